import { expect, test } from "vitest";
import { late } from "../src/ui/late.ts";

function failing(times: number) {
  let asked = 0;
  return async () => {
    asked += 1;
    if (asked <= times) throw new Error(`dropped ${asked}`);
    return asked;
  };
}

test("what a network dropped is asked for again", async () => {
  expect(await late(failing(2), [1, 1])).toBe(3);
});

test("what cannot be had rejects with the last error", async () => {
  await expect(late(failing(9), [1, 1])).rejects.toThrow("dropped 3");
});
