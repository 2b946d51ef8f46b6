import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { type GraphEdge, type GraphNode, type GraphView, parse } from "../src/index.ts";
import { BUILT_IN_RELATIONS } from "../src/vocabulary.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");
const PYTHON = join(ROOT, ".venv", "bin", "python");
const FOLDERS = ["examples", "tests/cases/ok", "tests/cases/plan", "tests/cases/err"];

/** Golden experiments; libraries and what is no experiment are left out. */
function experiments(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".mline.yaml") && !name.endsWith(".types.mline.yaml"))
    .map((name) => join(ROOT, folder, name))
    .filter((path) => !/^library:/m.test(readFileSync(path, "utf8")))
    .sort();
}

function nodeKey({ id, kind, name, nameRange }: GraphNode): unknown {
  return { id, kind, name, nameRange };
}

function edgeKey({ id, from, to, kind, range, text, field, each }: GraphEdge): unknown {
  return { id, from, to, kind, range, text, field, each };
}

const PATHS = FOLDERS.flatMap(experiments);
const SOUND = PATHS.filter((path) => !path.includes("/cases/err/"));
const VIEWS = JSON.parse(
  execFileSync(PYTHON, [join(import.meta.dirname, "graph_views.py"), ...PATHS], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
    cwd: ROOT,
  }),
) as readonly GraphView[];

function viewsOf(path: string): { readonly mine: GraphView; readonly theirs: GraphView } {
  const theirs = VIEWS[PATHS.indexOf(path)];
  if (!theirs) throw new Error(`no view of ${path}`);
  return { mine: parse(readFileSync(path, "utf8")).graph, theirs };
}

describe("the graph of the text agrees with the compiler's", () => {
  test("there is enough to compare", () => {
    expect(SOUND.length).toBeGreaterThan(40);
    expect(VIEWS.flatMap(({ edges }) => edges).length).toBeGreaterThan(300);
  });

  for (const path of SOUND) {
    const name = relative(ROOT, path);
    test(`the nodes of ${name}`, () => {
      const { mine, theirs } = viewsOf(path);
      expect(mine.nodes.map(nodeKey)).toEqual(theirs.nodes.map(nodeKey));
    });

    test(`the edges of ${name}`, () => {
      const { mine, theirs } = viewsOf(path);
      const sorted = (edges: readonly GraphEdge[]): unknown[] =>
        [...edges].sort((a, b) => (a.id < b.id ? -1 : 1)).map(edgeKey);
      expect(sorted(mine.edges)).toEqual(sorted(theirs.edges));
    });

    // Which keys are relations of a custom library, only its types can tell.
    test(`the stated relations of ${name}`, () => {
      const { mine, theirs } = viewsOf(path);
      const stated = theirs.relations.filter(
        ({ inferred, relation }) => !inferred && BUILT_IN_RELATIONS.has(relation),
      );
      const keys = new Set(
        mine.relations.map(({ subject, relation, object }) => `${subject} ${relation} ${object}`),
      );
      for (const { subject, relation, object } of stated)
        expect(keys).toContain(`${subject} ${relation} ${object}`);
    });
  }

  test("every node that the compiler draws of a wrong experiment is drawn", () => {
    for (const path of PATHS.filter((one) => !SOUND.includes(one))) {
      const { mine, theirs } = viewsOf(path);
      const ids = new Set(mine.nodes.map(({ id }) => id));
      const declared = theirs.nodes.filter(({ kind }) => kind !== "missing");
      expect({ path, lacks: declared.map(({ id }) => id).filter((id) => !ids.has(id)) }).toEqual({
        path,
        lacks: [],
      });
    }
  });
});
