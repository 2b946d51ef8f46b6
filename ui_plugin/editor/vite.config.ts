import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// Relative addresses: the page works below any base path.
export default defineConfig({
  base: "./",
  plugins: [react()],
  worker: { format: "es" },
  build: { outDir: "../static", emptyOutDir: true, target: "es2022" },
});
