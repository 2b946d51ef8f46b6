import { expect, test } from "vitest";
import { parse } from "../src/index.ts";

test("a half-broken file gives the parts that can be read, and the errors", () => {
  const doc = parse("mline: 1\nstages:\n  fit: {is: Train}\n  bad: {is: \n");
  expect(doc.graph.nodes.map((node) => node.id)).toContain("stage:fit");
  expect(doc.errors).not.toEqual([]);
});
