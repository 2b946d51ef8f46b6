import { describe, expect, it } from "vitest";
import { keepInPlace } from "../src/layout/keep.ts";
import { lane } from "../src/layout/lane.ts";
import { layered, layersOf } from "../src/layout/layered.ts";

const node = (id: string) => ({ id, width: 100, height: 50 });
const diamond = {
  nodes: ["a", "b", "c", "d"].map(node),
  edges: [
    { from: "a", to: "b" },
    { from: "a", to: "c" },
    { from: "b", to: "d" },
    { from: "c", to: "d" },
  ],
};

describe("the quick layered layout", () => {
  it("puts each node behind all that it takes from", () => {
    const layers = layersOf(diamond.nodes, diamond.edges);
    expect(layers.map((row) => row.map(({ id }) => id))).toEqual([["a"], ["b", "c"], ["d"]]);
  });

  it("lays out a cycle as well", () => {
    const edges = [...diamond.edges, { from: "d", to: "a" }];
    expect(layersOf(diamond.nodes, edges).flat()).toHaveLength(4);
  });

  it("gives the same picture for the same graph", () => {
    const once = layered(diamond.nodes, diamond.edges, "right");
    expect([...layered(diamond.nodes, diamond.edges, "right")]).toEqual([...once]);
  });

  it("flows down when it is told to", () => {
    const points = layered(diamond.nodes, diamond.edges, "down");
    expect(points.get("d")?.y).toBeGreaterThan(points.get("b")?.y ?? 0);
    expect(points.get("b")?.y).toBe(points.get("c")?.y);
  });

  it("lets no two nodes overlap in a thousand", () => {
    const nodes = Array.from({ length: 1000 }, (_, index) => node(`n${index}`));
    const edges = nodes
      .slice(1)
      .map(({ id }, index) => ({ from: `n${Math.floor(index / 2)}`, to: id }));
    const boxes = [...layered(nodes, edges, "right").values()].map(({ x, y }) => `${x}:${y}`);
    expect(new Set(boxes).size).toBe(1000);
  });
});

describe("keeping things in place", () => {
  const kept = new Map([
    ["a", { x: 0, y: 0 }],
    ["b", { x: 300, y: 0 }],
  ]);

  it("moves nothing that has a place", () => {
    const points = keepInPlace(diamond.nodes, diamond.edges, kept, "right");
    expect(points.get("a")).toEqual({ x: 0, y: 0 });
    expect(points.get("b")).toEqual({ x: 300, y: 0 });
  });

  it("puts a new node behind what it takes from, where nothing lies", () => {
    const points = keepInPlace(diamond.nodes, diamond.edges, kept, "right");
    const c = points.get("c") ?? { x: 0, y: 0 };
    expect(c.x).toBeGreaterThanOrEqual(100);
    const apart = c.x >= 400 || c.x + 100 <= 300 || c.y >= 50;
    expect(apart).toBe(true);
  });

  it("puts a node without neighbours below everything", () => {
    const points = keepInPlace([...diamond.nodes, node("e")], [], kept, "right");
    expect(points.get("e")?.y).toBeGreaterThan(50);
  });
});

describe("the lane of services", () => {
  const placed = new Map([
    ["a", { x: 0, y: 0, width: 100, height: 50 }],
    ["b", { x: 400, y: 80, width: 100, height: 50 }],
  ]);

  it("is above all stages, each service over the middle of its users", () => {
    const points = lane([{ ...node("db"), users: ["a", "b"] }], placed, "right");
    expect(points.get("db")?.x).toBe(200);
    expect((points.get("db")?.y ?? 0) + 50).toBeLessThan(0);
  });

  it("lets services stand side by side", () => {
    const services = ["db", "cache"].map((id) => ({ ...node(id), users: ["a"] }));
    const points = lane(services, placed, "right");
    const distance = Math.abs((points.get("db")?.x ?? 0) - (points.get("cache")?.x ?? 0));
    expect(distance).toBeGreaterThanOrEqual(100);
  });
});
