import { describe, expect, test } from "vitest";
import {
  asId,
  EXPERIMENT,
  edgeAt,
  fieldValue,
  type GraphView,
  LineIndex,
  nodeAt,
  overlay,
  parse,
  pathAt,
  SearchIndex,
  spanOfField,
  spanOfNode,
  suggestId,
} from "../src/index.ts";
import { VALID } from "./texts.ts";

const TEXT = VALID["unicode"] ?? "";
const DOC = parse(TEXT);

describe("positions", () => {
  test("offsets count UTF-16 units, and every line break ends a line", () => {
    const lines = new LineIndex("a🌸b\r\nc\rd\n");
    expect(lines.position(3)).toEqual({ line: 0, character: 3 });
    expect(lines.position(6)).toEqual({ line: 1, character: 0 });
    expect(lines.position(8)).toEqual({ line: 2, character: 0 });
    expect(lines.lines).toBe(4);
  });

  test("every offset is found again", () => {
    for (const text of Object.values(VALID)) {
      const lines = new LineIndex(text);
      for (let offset = 0; offset <= text.length; offset += 7) {
        expect(lines.offset(lines.position(offset))).toBe(offset);
      }
    }
  });

  test("what lies outside is clamped", () => {
    const lines = new LineIndex("ab\ncd");
    expect(lines.offset({ line: 9, character: 0 })).toBe(5);
    expect(lines.offset({ line: -1, character: 0 })).toBe(0);
    expect(lines.position(99)).toEqual({ line: 1, character: 2 });
  });
});

describe("selection", () => {
  test("every character of a node leads to the node, and the node to its text", () => {
    for (const text of Object.values(VALID)) {
      const doc = parse(text);
      for (const { id } of doc.things.all()) {
        const span = spanOfNode(doc, id);
        if (!span) throw new Error(id);
        expect(nodeAt(doc, span.start)).toBe(id);
        expect(nodeAt(doc, span.end - 1)).toBe(id);
      }
    }
  });

  test("between the nodes there is none", () => {
    expect(nodeAt(DOC, 0)).toBeNull();
    expect(nodeAt(DOC, DOC.text.indexOf("stages:"))).toBeNull();
  });

  test("a reference leads to its edge", () => {
    const at = DOC.text.indexOf("split.train");
    expect(edgeAt(DOC, at + 3)).toBe("data:stage:split.train->stage:fit.data");
    expect(edgeAt(DOC, 0)).toBeNull();
  });

  test("a field leads to its text, and a place in the text to its field", () => {
    const span = spanOfField(DOC, "stage:fit", ["with", "rounds"]);
    expect(span && DOC.text.slice(span.start, span.end)).toBe("rounds: 7");
    expect(pathAt(DOC, span?.end ?? 0)).toEqual(["stages", "fit", "with", "rounds"]);
    expect(spanOfField(DOC, "stage:fit", ["command", 1])).not.toBeNull();
    expect(spanOfField(DOC, "stage:fit", ["nothing"])).toBeNull();
  });

  test("a field is read with its short form and through aliases", () => {
    const doc = parse(
      "params: {depth: 3}\nentities: {a: Accuracy}\nstages: {s: {with: &w {x: 1}}, t: {with: *w}}\ntitle: T\n",
    );
    expect(fieldValue(doc, { node: "param:depth", path: ["default"] })).toBe(3);
    expect(fieldValue(doc, { node: "entity:a", path: ["is"] })).toBe("Accuracy");
    expect(fieldValue(doc, { node: "stage:t", path: ["with", "x"] })).toBe(1);
    expect(fieldValue(doc, { node: EXPERIMENT, path: ["title"] })).toBe("T");
    expect(fieldValue(doc, { node: "stage:t", path: ["with", "y"] })).toBeUndefined();
  });
});

describe("search", () => {
  const index = new SearchIndex(DOC, [
    {
      code: "unknown-stage",
      severity: "error",
      message: "'nothing' is not declared",
      range: { start: { line: 0, character: 0 }, end: { line: 0, character: 1 } },
      related: [],
      node: "stage:fit",
    },
  ]);

  test("a name is found first, before lines that hold it", () => {
    expect(index.find("fit")[0]).toMatchObject({ kind: "node", node: "stage:fit" });
    expect(index.find("depth")[0]).toMatchObject({ kind: "node", node: "param:depth" });
  });

  test("problems are found by code and by words, lines by what stands there", () => {
    expect(index.find("unknown-stage")[0]).toMatchObject({ kind: "problem", node: "stage:fit" });
    const line = index.find("$IN_MODEL score").find(({ kind }) => kind === "line");
    expect(line?.span && DOC.text.slice(line.span.start, line.span.end)).toContain("score");
  });

  test("all words must be there, and nothing finds nothing", () => {
    expect(index.find("fit nowhere")).toEqual([]);
    expect(index.find("  ")).toEqual([]);
  });
});

describe("names", () => {
  test("an id follows from what people type", () => {
    expect(asId("Größe der Blüte!")).toBe("gro_e_der_blute");
    expect(asId("CsvTable")).toBe("csv_table");
    expect(asId("12 monkeys")).toBe("monkeys");
    expect(asId("🌸")).toBe("thing");
  });

  test("a name that is taken gets a number", () => {
    expect(suggestId(DOC, "Fit")).toBe("fit_2");
    expect(suggestId(DOC, "table", "entities")).toBe("table_2");
    expect(suggestId(DOC, "depth", "params")).toBe("depth_2");
    expect(suggestId(DOC, "a".repeat(99))).toHaveLength(63);
  });
});

describe("the server's view over the text's", () => {
  const server: GraphView = {
    ...DOC.graph,
    nodes: DOC.graph.nodes.map((node) => ({
      ...node,
      type: `core.${node.type}`,
      icon: "box",
      problems: { error: 1, warning: 0, info: 0 },
      ports: {
        ...node.ports,
        out: node.ports.out.map((port) => ({ ...port, type: "core.Model", declared: true })),
      },
    })),
  };
  const later = parse(
    TEXT.replace("  fit:\n", "  fitted:\n").replace(
      "call: ship:now",
      "gives: {new: Model}\n    call: ship:now",
    ),
  );

  test("a current view gives types, looks and problems", () => {
    const node = overlay(DOC.graph, server, true).nodes.find(({ id }) => id === "stage:fit");
    expect(node).toMatchObject({ icon: "box", type: "core.Train", problems: { error: 1 } });
  });

  test("an old view leaves what is there and where to the text", () => {
    const view = overlay(later.graph, server, false);
    const ids = view.nodes.map(({ id }) => id);
    expect(ids).toContain("stage:fitted");
    expect(ids).not.toContain("stage:fit");
    const ship = view.nodes.find(({ id }) => id === "stage:ship");
    expect(ship?.ports.out.map(({ name }) => name)).toEqual(["new"]);
    expect(ship?.icon).toBe("box");
    expect(view.edges.map(({ id }) => id)).toEqual(later.graph.edges.map(({ id }) => id));
  });

  test("without a server the text's own view stands", () => {
    expect(overlay(DOC.graph, null, true)).toBe(DOC.graph);
  });
});
