import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..", "..");

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

function manifest(part: string): Manifest {
  return JSON.parse(readFileSync(join(ROOT, part, "package.json"), "utf8")) as Manifest;
}

function sources(part: string): string[] {
  return readdirSync(join(ROOT, part, "src"), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => join(ROOT, part, "src", name));
}

function imported(file: string): string[] {
  const text = readFileSync(file, "utf8");
  const words = [
    ...text.matchAll(/^(?:import|export)\b[^;"]*?from "([^"]+)"/gm),
    ...text.matchAll(/\bimport\(\s*"([^"]+)"/g),
  ];
  return words.map((word) => word[1] ?? "");
}

describe("schemas <- core <- editor", () => {
  test("core depends on yaml alone", () => {
    const { dependencies = {}, devDependencies = {} } = manifest("core");
    expect(Object.keys({ ...dependencies, ...devDependencies })).toEqual(["yaml"]);
  });

  test("core imports its own files and yaml, nothing else", () => {
    const files = sources("core");
    expect(files.length).toBeGreaterThan(5);
    const foreign = files.flatMap(imported).filter((name) => !/^(\.\.?\/|yaml$)/.test(name));
    expect(foreign).toEqual([]);
  });

  test("core is compiled without the DOM", () => {
    const config = readFileSync(join(ROOT, "..", "tsconfig.base.json"), "utf8");
    const own = readFileSync(join(ROOT, "core", "tsconfig.json"), "utf8");
    expect(config + own).not.toMatch(/"dom/i);
  });

  test("the editor depends on core, and takes it by its name", () => {
    expect(manifest("editor").dependencies).toHaveProperty("@mline/core");
    const reaching = sources("editor")
      .flatMap(imported)
      .filter((name) => name.includes("../core"));
    expect(reaching).toEqual([]);
  });

  test("every version is exact", () => {
    const root = JSON.parse(readFileSync(join(ROOT, "..", "package.json"), "utf8")) as Manifest;
    for (const { dependencies, devDependencies } of [root, manifest("core"), manifest("editor")]) {
      const versions = Object.values({ ...dependencies, ...devDependencies });
      expect(versions.filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
    }
  });

  test("the lock names no registry", () => {
    const lock = readFileSync(join(ROOT, "..", "package-lock.json"), "utf8");
    expect(lock).not.toMatch(/"resolved": "http/);
  });
});
