import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import {
  addNode,
  applyEdits,
  clearField,
  copyNodes,
  type Doc,
  deleteNodes,
  disconnect,
  duplicate,
  edgeAt,
  type Gesture,
  invertEdits,
  isRefused,
  liftToParam,
  moveToSection,
  nodeAt,
  parse,
  pathAt,
  rename,
  rewire,
  setField,
  wrapInSweep,
} from "../src/index.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");
const FILES = [
  "examples",
  "tests/cases/ok",
  "tests/cases/err/yaml",
  "tests/cases/err/many",
].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => join(ROOT, folder, name)),
);

/** Every gesture, on every node and edge that a file has, or on a few of many. */
function gestures(doc: Doc): readonly (() => Gesture)[] {
  const { nodes, edges } = doc.graph;
  const some = nodes.filter((_, i) => i === 0 || i === nodes.length - 1);
  return [
    () => addNode(doc, { section: "stages", type: "Train", name: "brand_new" }),
    () => addNode(doc, { section: "params", name: "brand_new", body: 3 }),
    ...some.flatMap(({ id }) => [
      () => rename(doc, id, "brand_new"),
      () => deleteNodes(doc, [id]),
      () => duplicate(doc, [id]),
      () => setField(doc, { node: id, path: ["doc"] }, "said # in: one line"),
      () => setField(doc, { node: id, path: ["with", "depth"] }, 3),
      () => clearField(doc, { node: id, path: ["is"] }),
      () => moveToSection(doc, id, "services"),
      () => wrapInSweep(doc, id, { over: { depth: [1, 2] } }),
      () => liftToParam(doc, { node: id, path: ["with", "depth"] }, "brand_new"),
    ]),
    ...edges
      .slice(0, 4)
      .flatMap(({ id }) => [
        () => disconnect(doc, [id]),
        () => rewire(doc, id, { from: { node: nodes[0]?.id ?? "" } }),
      ]),
  ];
}

function expectSound(doc: Doc, gesture: Gesture): void {
  if (isRefused(gesture)) {
    expect(gesture.refused).toMatch(/\S+ \S+ \S+/);
    return;
  }
  const after = applyEdits(doc.text, gesture.edits);
  expect(applyEdits(after, invertEdits(doc.text, gesture.edits))).toBe(doc.text);
  expect(parse(after).errors.length).toBeLessThanOrEqual(doc.errors.length);
}

describe("golden files, right and wrong", () => {
  test("there are many", () => expect(FILES.length).toBeGreaterThan(40));

  for (const path of FILES) {
    test(relative(ROOT, path), () => {
      const text = readFileSync(path, "utf8");
      if (text.length > 20_000) return;
      const doc = parse(text);
      expect(() => doc.graph).not.toThrow();
      for (const gesture of gestures(doc)) expectSound(doc, gesture());
      for (let at = 0; at <= text.length; at += 1 + (text.length >> 4)) {
        expect(() => [nodeAt(doc, at), edgeAt(doc, at), pathAt(doc, at)]).not.toThrow();
      }
      expect(() =>
        parse(
          copyNodes(
            doc,
            doc.graph.nodes.map(({ id }) => id),
          ),
        ),
      ).not.toThrow();
    });
  }

  test("a text that is cut off anywhere is still read and edited", () => {
    const text = readFileSync(join(ROOT, "examples/iris/iris.mline.yaml"), "utf8");
    for (let end = 0; end < text.length; end += 397) {
      const doc = parse(text.slice(0, end));
      for (const gesture of gestures(doc).slice(0, 12)) expectSound(doc, gesture());
    }
  });
});
