import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addNode,
  applyEdits,
  clearField,
  connect,
  copyNodes,
  type Doc,
  deleteNodes,
  disconnect,
  duplicate,
  fieldValue,
  type Gesture,
  invertEdits,
  isRefused,
  type Json,
  parse,
  paste,
  rename,
  rewire,
  setField,
  sortEdits,
  suggestId,
  wrapInSweep,
} from "../src/index.ts";
import { models } from "./models.ts";
import { at, type MutableJson, meaning, pathOf, set, unset, withoutEmpty } from "./oracle.ts";
import { Renderer, randomOf } from "./render.ts";

type Random = () => number;

/** `FC_RUNS=1000 npx vitest --project core properties` looks further. */
const RUNS = { numRuns: Number(process.env["FC_RUNS"] ?? 100) };

const texts = fc.tuple(models, fc.integer()).map(([model, seed]) => {
  return { model, text: new Renderer(randomOf(seed)).text(model) };
});

const VALUES: readonly Json[] = [
  1,
  "text",
  "a: b # c",
  "two\nlines\n",
  true,
  [],
  ["x", 2],
  { k: "v", l: [1] },
  null,
  "$params.p0",
];
const FIELDS = [
  ["doc"],
  ["with", "v0"],
  ["with", "new"],
  ["env", "A", "b"],
  ["takes", "in_0"],
  ["command"],
  ["labels"],
];

function choose<T>(random: Random, list: readonly T[]): T | undefined {
  return list[Math.floor(random() * list.length)];
}

const nodes = (doc: Doc) => doc.graph.nodes.filter(({ kind }) => kind !== "missing");

/** Each makes one gesture, with what the text must mean then where that can be said apart from it. */
const GESTURES: Readonly<
  Record<
    string,
    (
      doc: Doc,
      random: Random,
    ) => { gesture: Gesture; means?: (data: MutableJson) => MutableJson } | null
  >
> = {
  set: (doc, random) => {
    const node = choose(
      random,
      nodes(doc).filter(({ kind }) => kind === "stage"),
    );
    const path = choose(random, FIELDS);
    const value = choose(random, VALUES);
    if (!node || !path || value === undefined) return null;
    const gesture = setField(doc, { node: node.id, path }, value);
    return { gesture, means: (data) => set(data, [...pathOf(node.id), ...path], value) };
  },
  clear: (doc, random) => {
    const node = choose(
      random,
      nodes(doc).filter(({ kind }) => kind === "stage"),
    );
    const path = choose(random, FIELDS);
    if (!node || !path) return null;
    const gesture = clearField(doc, { node: node.id, path });
    return { gesture, means: (data) => unset(data, [...pathOf(node.id), ...path]) };
  },
  delete: (doc, random) => {
    const node = choose(random, nodes(doc));
    if (!node) return null;
    const gesture = deleteNodes(doc, [node.id], { references: "keep" });
    return { gesture, means: (data) => unset(data, pathOf(node.id), 0) };
  },
  "delete with its edges": (doc, random) => {
    const node = choose(random, nodes(doc));
    return node ? { gesture: deleteNodes(doc, [node.id]) } : null;
  },
  duplicate: (doc, random) => {
    const node = choose(random, nodes(doc));
    return node ? { gesture: duplicate(doc, [node.id]) } : null;
  },
  paste: (doc) => ({
    gesture: paste(doc, "stages:\n  stage_0: {call: a:b}\nparams: {p0: 1, fresh: 2}\n"),
  }),
  add: (doc, random) => {
    const section = choose(random, ["params", "entities", "services", "stages"] as const);
    return section
      ? {
          gesture: addNode(doc, {
            section,
            name: suggestId(doc, "fresh", section),
            body: { doc: "it is # new" },
          }),
        }
      : null;
  },
  disconnect: (doc, random) => {
    const edge = choose(random, doc.graph.edges);
    return edge ? { gesture: disconnect(doc, [edge.id]) } : null;
  },
  connect: (doc, random) => {
    const from = choose(random, nodes(doc));
    const to = choose(random, nodes(doc));
    const port = choose(random, from?.ports.out ?? [])?.name;
    if (!from || !to) return null;
    return {
      gesture: connect(doc, {
        from: port ? { node: from.id, port } : { node: from.id },
        to: { node: to.id, port: "fresh" },
      }),
    };
  },
  rewire: (doc, random) => {
    const edge = choose(random, doc.graph.edges);
    const from = choose(random, nodes(doc));
    const port = choose(random, from?.ports.out ?? [])?.name;
    if (!edge || !from) return null;
    return {
      gesture: rewire(doc, edge.id, { from: port ? { node: from.id, port } : { node: from.id } }),
    };
  },
  sweep: (doc, random) => {
    const node = choose(
      random,
      nodes(doc).filter(({ kind }) => kind === "stage"),
    );
    return node
      ? {
          gesture: wrapInSweep(doc, node.id, {
            over: { v0: [1, 2], w: { from: 1, to: 2, steps: 2 } },
          }),
        }
      : null;
  },
  rename: (doc, random) => {
    const node = choose(random, nodes(doc));
    if (!node) return null;
    return {
      gesture: rename(
        doc,
        node.id,
        suggestId(doc, "other", node.kind === "param" ? "params" : "stages"),
      ),
    };
  },
};

function expectSound(doc: Doc, gesture: Gesture): Doc {
  if (isRefused(gesture)) {
    expect(gesture.refused).toMatch(/\S+ \S+ \S+/);
    return doc;
  }
  expect(() => sortEdits(gesture.edits)).not.toThrow();
  const after = applyEdits(doc.text, gesture.edits);
  expect(applyEdits(after, invertEdits(doc.text, gesture.edits))).toBe(doc.text);
  const next = parse(after);
  expect(next.errors).toEqual([]);
  if (doc.text.includes("\r\n")) expect(after.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
  return next;
}

describe("over random experiments in random textures", () => {
  test("the text means what it was written from", () => {
    fc.assert(
      fc.property(texts, ({ model, text }) => {
        expect(parse(text).errors).toEqual([]);
        expect(meaning(text)).toEqual(model);
      }),
      RUNS,
    );
  });

  for (const [name, make] of Object.entries(GESTURES)) {
    test(`${name}: edits are sound, undo is exact, the meaning is as expected`, () => {
      let done = 0;
      let refused = 0;
      fc.assert(
        fc.property(texts, fc.integer(), ({ text }, seed) => {
          const doc = parse(text);
          const made = make(doc, randomOf(seed));
          if (!made) return;
          done++;
          const after = expectSound(doc, made.gesture);
          if (isRefused(made.gesture)) refused++;
          else if (made.means) {
            const expected = made.means(meaning(text));
            expect(withoutEmpty(meaning(after.text))).toEqual(withoutEmpty(expected));
          }
        }),
        RUNS,
      );
      expect(refused).toBeLessThan(done * (name === "connect" || name === "rewire" ? 0.9 : 0.4));
    });
  }

  test("sequences of gestures stay sound, and undoing all of them gives the first text", () => {
    fc.assert(
      fc.property(
        texts,
        fc.array(fc.tuple(fc.constantFrom(...Object.keys(GESTURES)), fc.integer()), {
          maxLength: 8,
        }),
        ({ text }, steps) => {
          let doc = parse(text);
          const back: (readonly [readonly { start: number; end: number; text: string }[]])[] = [];
          for (const [name, seed] of steps) {
            const made = GESTURES[name]?.(doc, randomOf(seed));
            if (!made) continue;
            const next = expectSound(doc, made.gesture);
            if (!isRefused(made.gesture)) back.push([invertEdits(doc.text, made.gesture.edits)]);
            doc = next;
          }
          let undone = doc.text;
          for (const [edits] of back.reverse()) undone = applyEdits(undone, edits);
          expect(undone).toBe(text);
        },
      ),
      RUNS,
    );
  });

  test("renaming there and back gives the first text, byte for byte", () => {
    fc.assert(
      fc.property(texts, fc.nat(50), ({ text }, which) => {
        const doc = parse(text);
        const all = nodes(doc);
        const node = all[which % all.length];
        if (!node) return;
        const there = rename(doc, node.id, "other_name");
        if (isRefused(there)) throw new Error(there.refused);
        const renamed = parse(applyEdits(text, there.edits));
        const edges = (one: Doc, from: string, to: string): string[] =>
          one.graph.edges
            .map(({ id }) => id.replaceAll(new RegExp(`\\b${from}\\b`, "g"), to))
            .sort();
        expect(edges(renamed, "other_name", node.name)).toEqual(
          edges(doc, "other_name", node.name),
        );
        const back = rename(renamed, there.select ?? "", node.name);
        if (isRefused(back)) throw new Error(back.refused);
        expect(applyEdits(renamed.text, back.edits)).toBe(text);
      }),
      RUNS,
    );
  });

  test("what is copied into an empty file means the same", () => {
    fc.assert(
      fc.property(texts, ({ text }) => {
        const doc = parse(text);
        const ids = nodes(doc).map(({ id }) => id);
        const pasted = paste(parse("mline: 1\n"), copyNodes(doc, ids));
        if (isRefused(pasted)) throw new Error(pasted.refused);
        const copy = parse(applyEdits("mline: 1\n", pasted.edits));
        for (const id of ids)
          expect(fieldValue(copy, { node: id, path: [] })).toEqual(
            fieldValue(doc, { node: id, path: [] }),
          );
      }),
      RUNS,
    );
  });

  test("a value that is set is there, and clearing what was added restores the meaning", () => {
    fc.assert(
      fc.property(texts, fc.nat(20), fc.constantFrom(...VALUES), ({ text }, which, value) => {
        const doc = parse(text);
        const stages = nodes(doc).filter(({ kind }) => kind === "stage");
        const node = stages[which % stages.length];
        if (!node) return;
        const field = { node: node.id, path: ["resources", "memory"] };
        const added = setField(doc, field, value);
        if (isRefused(added)) throw new Error(added.refused);
        const after = parse(applyEdits(text, added.edits));
        expect(fieldValue(after, field)).toEqual(value);
        const cleared = clearField(after, field);
        if (isRefused(cleared)) throw new Error(cleared.refused);
        expect(withoutEmpty(meaning(applyEdits(after.text, cleared.edits)))).toEqual(
          withoutEmpty(meaning(text)),
        );
        expect(at(meaning(after.text), [...pathOf(node.id), ...field.path])).toEqual(value);
      }),
      RUNS,
    );
  });
});
