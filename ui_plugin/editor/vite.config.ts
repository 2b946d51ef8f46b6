import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// Relative addresses: the page works below any base path.
export default defineConfig({
  base: "./",
  plugins: [react()],
  resolve: {
    alias: {
      // @rjsf/core's own tests import it, and nothing of it is used; Ajv needs `eval`.
      "@rjsf/validator-ajv8": fileURLToPath(new URL("src/inspector/no-ajv.ts", import.meta.url)),
    },
  },
  worker: { format: "es" },
  build: {
    outDir: "../static",
    emptyOutDir: true,
    target: "es2022",
    // ELK's worker is one file of 1.4 MB, asked for after the first paint.
    chunkSizeWarningLimit: 1500,
    modulePreload: { polyfill: false },
  },
});
