import { describe, expect, it } from "vitest";
import { readCondition, withoutName } from "../src/condition.ts";

describe("a condition without a name", () => {
  it.each([
    ["a >= 0.9 and b < 9", "b", "a >= 0.9"],
    ["a >= 0.9  and  b < 9 and c == 1", "b", "a >= 0.9 and c == 1"],
    ["a >= 0.9 and b < 9", "a", "b < 9"],
    ["a > 1 or not (b < 9)", "b", "a > 1"],
    ["(a > 1 or b < 9) and c", "b", "(a > 1) and c"],
    ["(b > 1 or b < 9) and c == 'x and y'", "b", "c == 'x and y'"],
    ["not b and a", "b", "a"],
    ["$b < 1 and a", "b", "a"],
    ["fit.model.b < 1 and a", "fit.model.b", "a"],
    ["b < 1", "b", null],
    ["b < 1 or (b > 2 and not b)", "b", null],
  ])("%j loses %s: %j", (text, name, left) => {
    expect(withoutName(text, name)).toBe(left);
  });

  it("keeps a comparison with another name when there is something to write in its place", () => {
    expect(withoutName("a > params.b and c", "params.b", "0.5")).toBe("a > 0.5 and c");
    expect(withoutName("a > params.b", "params.b")).toBeNull();
    expect(withoutName("params.b < 9 and c", "params.b", "0.5")).toBe("c");
  });

  it.each(["a >", "a > 1 and", "(a > 1", "a > 1)", "a ; b", "and", "", "a > 1 b"])(
    "is not made of %j, which is not whole",
    (text) => {
      expect(readCondition(text)).toBeNull();
      expect(withoutName(text, "a")).toBeNull();
    },
  );
});
