import type { Direction } from "./box.ts";

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface LayoutNode {
  readonly id: string;
  readonly width: number;
  readonly height: number;
}

export interface LayoutEdge {
  readonly from: string;
  readonly to: string;
}

const BETWEEN_LAYERS = 84;
const BETWEEN_NODES = 30;

/**
 * Layers by longest path, order by the mean place of the neighbours (two sweeps of Sugiyama's method).
 * Linear, so that 1,000 nodes are shown at once; ELK's finer layout may follow. The same input gives
 * the same picture: ties keep the order of the file.
 */
export function layered(
  nodes: readonly LayoutNode[],
  edges: readonly LayoutEdge[],
  direction: Direction,
): Map<string, Point> {
  const layers = layersOf(nodes, edges);
  const { before, after } = neighbours(edges);
  for (let sweep = 0; sweep < 2; sweep++) {
    order(layers, before, false);
    order(layers, after, true);
  }
  return coordinates(layers, direction);
}

function neighbours(edges: readonly LayoutEdge[]) {
  const before = new Map<string, string[]>();
  const after = new Map<string, string[]>();
  for (const { from, to } of edges) {
    before.set(to, [...(before.get(to) ?? []), from]);
    after.set(from, [...(after.get(from) ?? []), to]);
  }
  return { before, after };
}

/** Longest path from the sources; an edge that closes a cycle is left out. */
export function layersOf(
  nodes: readonly LayoutNode[],
  edges: readonly LayoutEdge[],
): LayoutNode[][] {
  const { before } = neighbours(edges);
  const depth = new Map<string, number>();
  const open = new Set<string>();
  const known = new Set(nodes.map((node) => node.id));
  const visit = (id: string): number => {
    const found = depth.get(id);
    if (found !== undefined) return found;
    if (open.has(id)) return -1;
    open.add(id);
    let deepest = -1;
    for (const source of before.get(id) ?? [])
      if (known.has(source)) deepest = Math.max(deepest, visit(source));
    open.delete(id);
    depth.set(id, deepest + 1);
    return deepest + 1;
  };
  const layers: LayoutNode[][] = [];
  for (const node of nodes) {
    const layer = visit(node.id);
    const row = layers[layer] ?? [];
    layers[layer] = row;
    row.push(node);
  }
  return Array.from(layers, (row) => row ?? []);
}

function order(layers: LayoutNode[][], near: Map<string, string[]>, backward: boolean): void {
  const at = new Map<string, number>();
  const place = (row: readonly LayoutNode[]) => {
    for (const [index, node] of row.entries()) at.set(node.id, (index + 0.5) / row.length);
  };
  for (const row of layers) place(row);
  for (const row of backward ? [...layers].reverse() : layers) {
    const mean = new Map(
      row.map((node, index) => [node.id, wish(node.id, near, at) ?? (index + 0.5) / row.length]),
    );
    row.sort((a, b) => (mean.get(a.id) ?? 0) - (mean.get(b.id) ?? 0));
    place(row);
  }
}

function wish(id: string, near: Map<string, string[]>, at: Map<string, number>): number | null {
  const places = (near.get(id) ?? []).flatMap((other) => at.get(other) ?? []);
  return places.length ? places.reduce((sum, place) => sum + place, 0) / places.length : null;
}

function coordinates(layers: readonly LayoutNode[][], direction: Direction): Map<string, Point> {
  const across = direction === "right";
  const extent = (row: readonly LayoutNode[]) =>
    row.reduce(
      (sum, node) => sum + (across ? node.height : node.width) + BETWEEN_NODES,
      -BETWEEN_NODES,
    );
  const tallest = Math.max(0, ...layers.map(extent));
  const points = new Map<string, Point>();
  let along = 0;
  for (const row of layers) {
    let side = (tallest - extent(row)) / 2;
    let thick = 0;
    for (const node of row) {
      points.set(node.id, across ? { x: along, y: side } : { x: side, y: along });
      side += (across ? node.height : node.width) + BETWEEN_NODES;
      thick = Math.max(thick, across ? node.width : node.height);
    }
    along += thick + BETWEEN_LAYERS;
  }
  return points;
}
