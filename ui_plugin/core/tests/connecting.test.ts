import { describe, expect, test } from "vitest";
import {
  addNode,
  applyEdits,
  canConnect,
  chainOf,
  connect,
  deleteNodes,
  duplicate,
  type Gesture,
  isRefused,
  moveToSection,
  parse,
  paste,
  rename,
  renamePort,
  rewire,
  setField,
  type TypeInfo,
  type TypesView,
  wrapInSweep,
} from "../src/index.ts";
import { VALID } from "./texts.ts";

const DOC = parse(VALID["mixed"] ?? "");

function type(name: string, parent: string | null, more: Partial<TypeInfo> = {}): TypeInfo {
  return {
    name: `core.${name}`,
    shown: name,
    kind: "entity",
    parent: parent && `core.${parent}`,
    library: "core",
    abstract: false,
    visible: true,
    doc: "",
    icon: "",
    color: "",
    fields: {},
    required: [],
    ports: { in: [], out: [] },
    with: {},
    view: "",
    examples: [],
    iri: "",
    open: false,
    brings: false,
    relations: [],
    ...more,
  };
}

const port = (name: string, of: string, more: object = {}) => ({
  name,
  type: `core.${of}`,
  optional: false,
  doc: "",
  declared: true,
  ...more,
});

const TYPES: TypesView = {
  types: [
    type("Table", null, { abstract: true }),
    type("CsvTable", "Table"),
    type("ParquetTable", "Table"),
    type("Model", null),
    type("Accuracy", null),
    type("Stage", null, { kind: "stage", open: true }),
    type("Split", "Stage", {
      kind: "stage",
      ports: {
        in: [port("table", "Table")],
        out: [port("train", "Table"), port("valid", "Table", { optional: true })],
      },
    }),
    type("Train", "Stage", {
      kind: "stage",
      ports: { in: [port("data", "ParquetTable")], out: [port("model", "Model")] },
    }),
    type("Evaluate", "Stage", {
      kind: "stage",
      ports: {
        in: [port("model", "Model"), port("data", "Table", { many: true })],
        out: [port("value", "Accuracy")],
      },
    }),
  ],
  relations: [],
  adapters: [
    {
      name: "tabular.csv_to_parquet",
      from: "core.CsvTable",
      to: "core.ParquetTable",
      lossless: true,
      cost: 1,
      doc: "",
    },
    {
      name: "tabular.quick",
      from: "core.CsvTable",
      to: "core.ParquetTable",
      lossless: false,
      cost: 0.1,
      doc: "",
    },
  ],
};

const to = (node: string, name?: string) => (name ? { node, port: name } : { node });

describe("what can be connected", () => {
  test("a fitting type is taken, and what would go is named", () => {
    const answer = canConnect(
      DOC,
      { from: to("stage:fit", "model"), to: to("stage:score", "model") },
      TYPES,
    );
    expect(answer).toEqual({ ok: true, replaces: "fit.model" });
  });

  test("another type is refused with both types, and the adapter that loses nothing is offered", () => {
    const answer = canConnect(
      DOC,
      { from: to("stage:split", "train"), to: to("stage:fit", "data") },
      TYPES,
    );
    expect(answer).toEqual({
      ok: false,
      typesOnly: true,
      reason: "'data' takes ParquetTable, and 'split.train' is CsvTable",
      adapters: ["tabular.csv_to_parquet"],
      lossy: false,
    });
  });

  test("where no adapter leads, none is offered", () => {
    const answer = canConnect(
      DOC,
      { from: to("stage:fit", "model"), to: to("stage:fit2", "data") },
      TYPES,
    );
    expect(answer.ok).toBe(false);
    const wrong = canConnect(
      DOC,
      { from: to("stage:fit", "model"), to: to("stage:score", "data") },
      TYPES,
    );
    expect(wrong).not.toHaveProperty("adapters");
    expect(chainOf(TYPES, "core.Model", "core.Table")).toBeNull();
  });

  test("a circle is refused, through entities too", () => {
    const answer = canConnect(DOC, {
      from: to("stage:score", "value"),
      to: to("stage:split", "table"),
    });
    expect(answer).toMatchObject({ ok: false, typesOnly: false });
    expect(answer.ok === false && answer.reason).toContain("wait for itself");
    const entity = canConnect(DOC, { from: to("stage:ship"), to: to("stage:ship") });
    expect(entity.ok).toBe(false);
  });

  test("a type that is not open has no other ports", () => {
    const answer = canConnect(
      DOC,
      { from: to("entity:table"), to: to("stage:fit", "more") },
      TYPES,
    );
    expect(answer).toMatchObject({ ok: false, reason: "'Train' has no port 'more'" });
  });

  test("an entity is filled once", () => {
    const answer = canConnect(DOC, { from: to("stage:fit", "model"), to: to("entity:accuracy") });
    expect(answer).toMatchObject({ ok: false, reason: "'accuracy' is given by 'score' already" });
  });

  test("only the types may be overruled: the gesture connects all the same", () => {
    const gesture = connect(
      DOC,
      { from: to("stage:split", "test"), to: to("stage:fit", "data") },
      TYPES,
    );
    expect(after(gesture)).toContain("takes: {data: split.test}");
  });

  test("a port that takes many keeps what it has", () => {
    const gesture = connect(
      DOC,
      { from: to("entity:table"), to: to("stage:score", "data") },
      TYPES,
    );
    expect(after(gesture)).toContain("takes: {model: fit.model, data: [split.test, table]}");
  });

  test("dropped on a stage, the first free port of its type is taken", () => {
    const doc = parse(
      "stages:\n  a: {is: Split, takes: {}}\nentities: {t: {is: CsvTable, at: ./t}}\n",
    );
    const gesture = connect(doc, { from: to("entity:t"), to: to("stage:a") }, TYPES);
    expect(after(gesture, doc.text)).toContain("a: {is: Split, takes: {table: t}}");
  });
});

describe("a new node", () => {
  test("gives what its type must give, of types that things can have", () => {
    const gesture = addNode(DOC, { section: "stages", type: "Split", name: "again" }, TYPES);
    expect(after(gesture)).toContain("  again:\n    is: Split\n    gives: {train: CsvTable}\n");
  });

  test("is connected to the port that it was opened from", () => {
    const connected = { from: to("stage:fit", "model"), port: "model" };
    const gesture = addNode(
      DOC,
      { section: "stages", type: "Evaluate", connect: connected },
      TYPES,
    );
    expect(after(gesture)).toContain(
      "  evaluate:\n    is: Evaluate\n    takes: {model: fit.model}\n",
    );
  });

  test("stands in a file that has nothing yet", () => {
    for (const text of [
      "",
      "mline: 1\n",
      "# only a comment",
      "stages:\n",
      "stages: {}\n",
      "stages: ~   # none\n",
    ]) {
      const doc = parse(text);
      const written = after(addNode(doc, { section: "stages", type: "Train", name: "fit" }), text);
      expect(parse(written).errors).toEqual([]);
      expect(parse(written).graph.nodes.map(({ id }) => id)).toEqual(["stage:fit"]);
    }
  });
});

describe("what cannot be done is refused in a sentence", () => {
  const anchored = parse(
    "stages:\n  a: &a {with: &w {x: 1}, call: m:f}\n  b: {with: *w, call: m:f}\n  c: *a\n",
  );
  const broken = parse("stages:\n  a: {call: m:f\n  b: 1\n");
  const cases: Readonly<Record<string, () => Gesture>> = {
    "deleting what an alias repeats": () => deleteNodes(anchored, ["stage:a"]),
    "setting what an alias repeats": () =>
      setField(anchored, { node: "stage:a", path: ["with", "x"] }, 2),
    "setting through an alias": () =>
      setField(anchored, { node: "stage:b", path: ["with", "x"] }, 2),
    "writing into a map that is not closed": () =>
      setField(broken, { node: "stage:a", path: ["doc"] }, "x"),
    "a name that is taken": () => rename(DOC, "stage:fit", "split"),
    "a name that is no id": () => rename(DOC, "stage:fit", "Fit it"),
    "a node that is not there": () => rename(DOC, "stage:nothing", "x"),
    "a node that is only referred to": () => deleteNodes(DOC, ["missing:x"]),
    "a port that the type declares": () =>
      renamePort(DOC, { node: "stage:fit", side: "out", name: "model" }, "tree", TYPES),
    "text that is no YAML": () => paste(DOC, "a: [1"),
    "text that is no node": () => paste(DOC, "hello"),
    "moving what is needed where it is": () => moveToSection(DOC, "stage:tune", "services"),
    "duplicating nothing": () => duplicate(DOC, []),
    "sweeping a service": () => wrapInSweep(DOC, "service:db", { over: { x: [1] } }),
    "a service where data go": () =>
      rewire(DOC, "data:stage:split.train->stage:fit.data", { from: to("service:db") }),
    "a key of a text": () => setField(DOC, { node: "stage:score", path: ["call", "x"] }, 1),
  };
  for (const [name, gesture] of Object.entries(cases)) {
    test(name, () => {
      const made = gesture();
      expect(isRefused(made) && made.refused).toMatch(/^['a-z].*\s.*\s.*[^.]$/);
    });
  }
});

describe("anchors", () => {
  test("renaming changes the anchor's text once, and what repeats it follows", () => {
    const doc = parse(
      "stages:\n  a: {gives: {o: Model}}\n  b: {takes: &t {x: a.o}}\n  c: {takes: *t}\n",
    );
    expect(after(rename(doc, "stage:a", "z"), doc.text)).toBe(
      "stages:\n  z: {gives: {o: Model}}\n  b: {takes: &t {x: z.o}}\n  c: {takes: *t}\n",
    );
  });

  test("an alias itself can be replaced", () => {
    const doc = parse("stages:\n  a: {with: {x: &n 1}}\n  b: {with: {x: *n}}\n");
    const gesture = setField(doc, { node: "stage:b", path: ["with", "x"] }, 2);
    expect(after(gesture, doc.text)).toBe("stages:\n  a: {with: {x: &n 1}}\n  b: {with: {x: 2}}\n");
  });

  test("a copy of what has an anchor has its values", () => {
    const doc = parse("stages:\n  a: {with: &w {x: 1}, call: m:f}\n  b: {with: *w, call: m:f}\n");
    expect(after(duplicate(doc, ["stage:b"]), doc.text)).toContain(
      "  b_2:\n    with: {x: 1}\n    call: m:f\n",
    );
  });
});

function after(gesture: Gesture, text = DOC.text): string {
  if (isRefused(gesture)) throw new Error(gesture.refused);
  return applyEdits(text, gesture.edits);
}
