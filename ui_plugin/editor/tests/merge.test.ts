import { describe, expect, it } from "vitest";
import { hunksOf, merged } from "../src/merge/three-way.ts";

const base = "one\ntwo\nthree\nfour\nfive\n";

describe("a three-way merge", () => {
  it("takes what only one side changed", () => {
    const mine = base.replace("one", "ONE");
    const theirs = base.replace("five", "FIVE");
    const hunks = hunksOf(mine, base, theirs);
    expect(hunks.map(({ kind }) => kind)).toEqual(["mine", "same", "theirs", "same"]);
    expect(merged(hunks, new Map())).toBe("ONE\ntwo\nthree\nfour\nFIVE\n");
  });

  it("asks where both changed the same lines", () => {
    const hunks = hunksOf(base.replace("three", "3"), base, base.replace("three", "III"));
    const at = hunks.findIndex(({ kind }) => kind === "conflict");
    expect(hunks[at]).toMatchObject({ base: ["three"], mine: ["3"], theirs: ["III"] });
    expect(merged(hunks, new Map())).toBeNull();
    expect(merged(hunks, new Map([[at, "theirs"]]))).toContain("\nIII\n");
    expect(merged(hunks, new Map([[at, "both"]]))).toContain("\n3\nIII\n");
    expect(merged(hunks, new Map([[at, "base"]]))).toBe(base);
  });

  it("does not ask when both did the same", () => {
    const both = base.replace("two", "2");
    expect(merged(hunksOf(both, base, both), new Map())).toBe(both);
  });

  it("knows what was there before where one side deleted or added lines", () => {
    const mine = base.replace("two\n", "");
    const theirs = `${base}six\n`;
    const hunks = hunksOf(mine, base, theirs);
    expect(hunks.find(({ kind }) => kind === "mine")).toMatchObject({ base: ["two"], mine: [] });
    expect(merged(hunks, new Map())).toBe("one\nthree\nfour\nfive\nsix\n");
  });

  it("asks about everything that differs when there is no common ancestor", () => {
    const hunks = hunksOf("a\nb\n", null, "a\nc\n");
    expect(hunks.some(({ kind }) => kind === "conflict")).toBe(true);
    expect(merged(hunks, new Map())).toBeNull();
  });

  it("keeps carriage returns", () => {
    const text = base.replaceAll("\n", "\r\n");
    const hunks = hunksOf(text.replace("one", "1"), text, text.replace("five", "5"));
    expect(merged(hunks, new Map())).toBe(text.replace("one", "1").replace("five", "5"));
  });
});
