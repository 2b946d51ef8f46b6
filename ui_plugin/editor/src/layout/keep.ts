import type { Direction } from "./box.ts";
import type { LayoutEdge, LayoutNode, Point } from "./layered.ts";

const GAP = 30;
const STEP = 84;

/**
 * Places for all nodes, where everything that has a place keeps it. A new node goes behind what it
 * takes from, or before what takes from it, at the first free spot; then nothing else moves.
 */
export function keepInPlace(
  nodes: readonly LayoutNode[],
  edges: readonly LayoutEdge[],
  kept: ReadonlyMap<string, Point>,
  direction: Direction,
): Map<string, Point> {
  const sizes = new Map(nodes.map((node) => [node.id, node]));
  const points = new Map<string, Point>();
  for (const { id } of nodes) {
    const at = kept.get(id);
    if (at) points.set(id, at);
  }
  for (const node of nodes) {
    if (points.has(node.id)) continue;
    const wished = wishFor(node, edges, points, sizes, direction);
    points.set(node.id, firstFree(node, wished, points, sizes, direction));
  }
  return points;
}

type Sizes = ReadonlyMap<string, LayoutNode>;
type Points = ReadonlyMap<string, Point>;

function wishFor(
  node: LayoutNode,
  edges: readonly LayoutEdge[],
  points: Points,
  sizes: Sizes,
  direction: Direction,
): Point {
  const sources = boxes(
    edges.filter((edge) => edge.to === node.id).map((edge) => edge.from),
    points,
    sizes,
  );
  const targets = boxes(
    edges.filter((edge) => edge.from === node.id).map((edge) => edge.to),
    points,
    sizes,
  );
  const across = direction === "right";
  if (sources.length) {
    return across
      ? {
          x: Math.max(...sources.map((box) => box.x + box.width)) + STEP,
          y: mean(sources.map((box) => box.y)),
        }
      : {
          x: mean(sources.map((box) => box.x)),
          y: Math.max(...sources.map((box) => box.y + box.height)) + STEP,
        };
  }
  if (targets.length) {
    return across
      ? {
          x: Math.min(...targets.map((box) => box.x)) - STEP - node.width,
          y: mean(targets.map((box) => box.y)),
        }
      : {
          x: mean(targets.map((box) => box.x)),
          y: Math.min(...targets.map((box) => box.y)) - STEP - node.height,
        };
  }
  const all = boxes([...points.keys()], points, sizes);
  if (!all.length) return { x: 0, y: 0 };
  return across
    ? {
        x: Math.min(...all.map((box) => box.x)),
        y: Math.max(...all.map((box) => box.y + box.height)) + GAP,
      }
    : {
        x: Math.max(...all.map((box) => box.x + box.width)) + GAP,
        y: Math.min(...all.map((box) => box.y)),
      };
}

function boxes(ids: readonly string[], points: Points, sizes: Sizes) {
  return ids.flatMap((id) => {
    const at = points.get(id);
    const size = sizes.get(id);
    return at && size ? [{ ...at, width: size.width, height: size.height }] : [];
  });
}

function mean(values: readonly number[]): number {
  return Math.round(values.reduce((sum, value) => sum + value, 0) / values.length);
}

function firstFree(
  node: LayoutNode,
  wished: Point,
  points: Points,
  sizes: Sizes,
  direction: Direction,
): Point {
  const taken = boxes([...points.keys()], points, sizes);
  let at = wished;
  for (let tries = 0; tries < 400; tries++) {
    const hit = taken.find((box) => overlap(at, node, box));
    if (!hit) return at;
    at =
      direction === "right"
        ? { x: at.x, y: hit.y + hit.height + GAP }
        : { x: hit.x + hit.width + GAP, y: at.y };
  }
  return at;
}

function overlap(
  at: Point,
  node: LayoutNode,
  box: Point & { readonly width: number; readonly height: number },
): boolean {
  return (
    at.x < box.x + box.width + GAP / 2 &&
    box.x < at.x + node.width + GAP / 2 &&
    at.y < box.y + box.height + GAP / 2 &&
    box.y < at.y + node.height + GAP / 2
  );
}
