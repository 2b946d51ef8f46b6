import { type GraphView, parse } from "@mline/core";
import { describe, expect, it } from "vitest";
import { drawnOf, meantBy } from "../src/canvas/drawn.ts";
import { flowEdges, relationEdges } from "../src/canvas/flow-edges.ts";
import { carried, partsOf, placed, waysOf } from "../src/canvas/parts.ts";
import { renamedBetween } from "../src/canvas/renamed.ts";
import { boxOf, portCells } from "../src/layout/box.ts";
import { detour } from "../src/layout/detour.ts";
import { leads, roundedPath, straightened } from "../src/layout/route.ts";
import { treeRows } from "../src/panels/outline-tree.ts";

const TEXT = `mline: 1
experiment: e
params: {seed: 1, rate: 2}
services:
  db: {image: db}
  cache: {image: cache}
stages:
  a: {run: 'true', gives: {x: Table, y: Table}, uses: [db, cache]}
  b: {takes: {x: a.x}, gives: {z: Table}, run: 'true', with: {s: $params.seed, r: $params.rate}}
  c: {takes: {z: b.z, y: a.y}, run: 'true', uses: [cache]}
`;
const { graph } = parse(TEXT);
const GROUP = { id: "own:1", title: "Mine", members: ["stage:a", "stage:b"] };

function drawn(collapsed: readonly string[], view: GraphView = graph, params = true) {
  const own = [GROUP];
  return drawnOf(view, { collapsed: new Set(collapsed), own, params, relations: false });
}

const ends = (edges: ReturnType<typeof flowEdges>) =>
  edges.map(({ source, sourceHandle, target, targetHandle }) =>
    [source, sourceHandle, target, targetHandle].join(" "),
  );

describe("a collapsed group on the canvas", () => {
  it("is one node in place of its members, with their problems", () => {
    const ids = drawn(["own:1"]).nodes.map(({ node }) => node.id);
    expect(ids).toContain("own:1");
    expect(ids).not.toContain("stage:a");
  });

  it("takes over the edges that lead out of it, each once", () => {
    const found = ends(flowEdges(drawn(["own:1"]), new Map(), null));
    expect(found.filter((text) => text.startsWith("own:1"))).toEqual([
      "own:1 out stage:c in:z",
      "own:1 out stage:c in:y",
    ]);
    expect(found.filter((text) => text.includes("stage:a"))).toEqual([]);
  });

  it("joins services in their lane, and parameters", () => {
    const found = ends(flowEdges(drawn(["services", "params"]), new Map(), null));
    expect(found).toContain("services lane stage:a lane");
    expect(found).toContain("services lane stage:c lane");
    expect(found.filter((text) => text.startsWith("params"))).toEqual(["params out stage:b in"]);
  });

  it("cannot be taken hold of where an edge leads elsewhere", () => {
    const [moved] = flowEdges(drawn(["own:1"]), new Map(), null).filter(
      ({ source }) => source === "own:1",
    );
    expect(moved?.reconnectable).toBe(false);
  });

  it("means all that it holds", () => {
    expect(meantBy(drawn(["own:1"]), ["own:1", "stage:c"])).toEqual([
      "stage:a",
      "stage:b",
      "stage:c",
    ]);
  });

  it("lies where its members lay, and takes them along", () => {
    const kept = new Map([
      ["stage:a", { x: 10, y: 20 }],
      ["stage:b", { x: 300, y: 0 }],
    ]);
    const now = drawn(["own:1"]);
    const points = placed(partsOf(now, "right"), kept, "right");
    expect(points.get("own:1")).toEqual({ x: 10, y: 0 });
    const moved = carried(now, points, kept, new Map([["own:1", { x: 110, y: 50 }]]));
    expect(moved.get("stage:a")).toEqual({ x: 110, y: 70 });
    expect(moved.get("stage:b")).toEqual({ x: 400, y: 50 });
    expect(moved.has("own:1")).toBe(false);
  });
});

describe("frames", () => {
  it("are around the members that are drawn", () => {
    expect(drawn([]).frames.map(({ id }) => id)).toEqual(["own:1", "services", "params"]);
    expect(drawn(["own:1"]).frames.map(({ id }) => id)).toEqual(["services", "params"]);
    expect(drawn([], graph, false).frames.map(({ id }) => id)).toEqual(["own:1", "services"]);
  });
});

describe("the tree", () => {
  const rows = (collapsed: readonly string[], asked = "") =>
    treeRows({
      view: graph,
      groups: drawnGroups(),
      collapsed: new Set(collapsed),
      turned: new Set(),
      asked,
    });
  const drawnGroups = () => drawn([]).frames;

  it("has the groups of the canvas with their members below them", () => {
    const found = rows([]).map(({ level, text }) => `${level} ${text}`);
    expect(found.slice(0, 4)).toEqual(["1 Groups", "2 Mine", "3 a", "3 b"]);
  });

  it("is closed where the canvas is", () => {
    const open = rows(["own:1", "services"]);
    expect(open.find(({ text }) => text === "Mine")?.isOpen).toBe(false);
    expect(open.map(({ text }) => text)).not.toContain("a");
    expect(open.map(({ text }) => text)).not.toContain("db");
  });

  it("finds what is in closed groups", () => {
    expect(rows(["services"], "cache").map(({ text }) => text)).toContain("cache");
  });

  it("counts each level for those who do not see it", () => {
    const inside = rows([]).filter(({ parent }) => parent === "group:own:1");
    expect(inside.map(({ at, of }) => `${at}/${of}`)).toEqual(["1/2", "2/2"]);
  });
});

describe("a rename", () => {
  it("is seen as one: nodes and edges keep their places", () => {
    const renamed = parse(TEXT.replace("  b: {", "  bee: {").replace("b.z", "bee.z")).graph;
    const found = renamedBetween(graph, renamed);
    expect(Object.fromEntries(found?.nodes ?? [])).toEqual({ "stage:b": "stage:bee" });
    expect(found?.edges.get("data:stage:b.z->stage:c.z")).toBe("data:stage:bee.z->stage:c.z");
  });

  it("is not seen where nodes changed places, came or went", () => {
    const added = parse(`${TEXT}  d: {run: 'true'}\n`).graph;
    expect(renamedBetween(graph, added)).toBeNull();
    const [first, second, ...rest] = graph.nodes;
    const swapped = { ...graph, nodes: [second, first, ...rest].flatMap((node) => node ?? []) };
    expect(renamedBetween(graph, swapped)).toBeNull();
  });
});

describe("the way of an edge", () => {
  it("has round corners", () => {
    const path = roundedPath([
      { x: 0, y: 0 },
      { x: 50, y: 0 },
      { x: 50, y: 60 },
    ]);
    expect(path).toBe("M0,0L41,0Q50,0 50,9L50,60");
  });

  it("has no steps that rounding left, and ends where it did", () => {
    const way = [
      { x: 0, y: 0 },
      { x: 40, y: 0 },
      { x: 40, y: 100 },
      { x: 41, y: 100 },
      { x: 41, y: 200 },
    ];
    const [start, corner, end] = [way[0], { x: 41, y: 0 }, way[4]];
    expect(straightened(way).filter(({ y }, at, all) => y !== 100 || at === all.length)).toEqual([
      start,
      corner,
      end,
    ]);
  });

  it("is no longer one when an end was moved", () => {
    const way = [
      { x: 0, y: 0 },
      { x: 50, y: 0 },
    ];
    expect(leads(way, { x: 5, y: 0 }, { x: 45, y: 0 })).toBe(true);
    expect(leads(way, { x: 5, y: 0 }, { x: 45, y: 30 })).toBe(false);
  });
});

describe("a way around the nodes", () => {
  const box = (x: number, y: number) => ({ x, y, width: 100, height: 50 });
  const nodes = [box(0, 0), box(200, 0), box(400, 0)];
  const crosses = (
    way: readonly { x: number; y: number }[],
    { x, y, width, height }: ReturnType<typeof box>,
  ) =>
    way.slice(1).some((to, at) => {
      const from = way[at] ?? to;
      return (
        Math.max(from.x, to.x) > x &&
        Math.min(from.x, to.x) < x + width &&
        Math.max(from.y, to.y) > y &&
        Math.min(from.y, to.y) < y + height
      );
    });

  it("is straight where nothing is between", () => {
    const way = detour({ x: 100, y: 25 }, { x: 200, y: 25 }, nodes, "right");
    expect(way).toEqual([
      { x: 100, y: 25 },
      { x: 200, y: 25 },
    ]);
  });

  it("leaves out what lies between", () => {
    const way = detour({ x: 100, y: 25 }, { x: 400, y: 25 }, nodes, "right") ?? [];
    expect(way.length).toBe(6);
    expect(nodes.some((node) => crosses(way, node))).toBe(false);
  });

  it("goes back where it must", () => {
    const way = detour({ x: 500, y: 25 }, { x: 0, y: 25 }, nodes, "right") ?? [];
    expect(way.length).toBe(6);
    expect(nodes.some((node) => crosses(way, node))).toBe(false);
  });

  it("flows down as it flows right", () => {
    const turned = nodes.map(({ x, y, width, height }) => ({
      x: y,
      y: x,
      width: height,
      height: width,
    }));
    const way = detour({ x: 25, y: 100 }, { x: 25, y: 400 }, turned, "down") ?? [];
    expect(way[0]).toEqual({ x: 25, y: 100 });
    expect(turned.some((node) => crosses(way, node))).toBe(false);
  });

  it("is found for what was moved, and not for what stands where it was laid out", () => {
    const parts = partsOf(drawn([]), "right");
    const { points } = { points: placed(parts, new Map(), "right") };
    const ways = waysOf(parts, points, new Map(), "right");
    expect(ways.has("data:stage:a.x->stage:b.x")).toBe(true);
    const again = waysOf(parts, points, ways, "right");
    expect(again.get("data:stage:a.x->stage:b.x")).toBe(ways.get("data:stage:a.x->stage:b.x"));
  });
});

describe("a stage whose data flows down", () => {
  it("has its ports side by side, and their sockets in the middle of their names", () => {
    const node = graph.nodes.find(({ id }) => id === "stage:a");
    if (!node) throw new Error("there is no such node");
    const box = boxOf(node, "down");
    const cells = portCells(node.ports.out, box.width);
    const x = (id: string) => box.sockets.find((socket) => socket.id === id)?.x ?? 0;
    const [first, second] = cells;
    if (!first || !second) throw new Error("there are two ports");
    expect(first.start + first.width).toBeLessThanOrEqual(second.start + 1);
    expect(Math.abs(x("out:x") - first.start - first.width / 2)).toBeLessThanOrEqual(1);
    expect(box.height).toBeLessThan(boxOf(node, "right").height + 1);
  });
});

describe("relations", () => {
  const view: GraphView = {
    ...graph,
    relations: [
      { subject: "a.x", relation: "derived_from", object: "b.z", inferred: true },
      { subject: "a.y", relation: "part_of", object: "b.z", inferred: true },
      { subject: "a", relation: "consumes", object: "b.z", inferred: true },
    ],
  };

  it("between two nodes are one line with all names, and none for what edges say", () => {
    const [line, ...more] = relationEdges(
      view,
      drawnOf(view, { collapsed: new Set(), own: [], params: false, relations: true }),
      [],
    );
    expect(more).toEqual([]);
    expect([line?.source, line?.target, line?.data?.relation]).toEqual([
      "stage:a",
      "stage:b",
      "derived_from, part_of",
    ]);
  });

  it("inside a collapsed group are not drawn", () => {
    expect(relationEdges(view, drawn(["own:1"], view), [])).toEqual([]);
  });
});
