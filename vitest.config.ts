import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { projects: ["ui_plugin/core", "ui_plugin/editor"], passWithNoTests: false },
});
