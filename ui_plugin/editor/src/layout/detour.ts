import type { Rectangle } from "./arc.ts";
import type { Direction } from "./box.ts";
import type { Point } from "./layered.ts";

/** How far a way stays from the nodes that it passes. */
const MARGIN = 10;
/** How far it goes out of a socket before it turns. */
const OUT = 20;
/** What a corner costs, in pixels of length. */
const CORNER = 24;

/**
 * A way of straight pieces from one socket to another that crosses no node: the shortest of those with
 * two or four corners. Null when all of them cross one.
 */
export function detour(
  from: Point,
  to: Point,
  nodes: readonly Rectangle[],
  direction: Direction,
): readonly Point[] | null {
  const turned = direction === "down";
  const [a, b] = turned ? [swap(from), swap(to)] : [from, to];
  const boxes = turned ? nodes.map(swapBox) : nodes;
  const passed = boxes.filter((box) => isPassed(box, a, b));
  let best: readonly Point[] | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const way of candidates(a, b, passed)) {
    const cost = costOf(way);
    if (cost >= least || !isClear(way, boxes)) continue;
    least = cost;
    best = way;
  }
  return best && (turned ? best.map(swap) : best);
}

/** Ways to the right, and around what lies between. */
function* candidates(a: Point, b: Point, boxes: readonly Rectangle[]): Generator<readonly Point[]> {
  if (b.x > a.x && Math.abs(b.y - a.y) < 1) yield [a, b];
  const [first, last] = [a.x + OUT, b.x - OUT];
  if (first <= last) {
    const between = boxes.flatMap(({ x, width }) => [x - MARGIN - 1, x + width + MARGIN + 1]);
    for (const x of [(a.x + b.x) / 2, first, last, ...between]) {
      if (x >= first && x <= last) yield [a, { x, y: a.y }, { x, y: b.y }, b];
    }
  }
  for (const { y, height } of boxes) {
    for (const along of [y - MARGIN - 1, y + height + MARGIN + 1]) {
      yield [
        a,
        { x: first, y: a.y },
        { x: first, y: along },
        { x: last, y: along },
        { x: last, y: b.y },
        b,
      ];
    }
  }
}

/** Whether a box lies anywhere near the way between two points. */
function isPassed(box: Rectangle, a: Point, b: Point): boolean {
  const near = 4 * OUT;
  return (
    box.x < Math.max(a.x, b.x) + near &&
    box.x + box.width > Math.min(a.x, b.x) - near &&
    box.y < Math.max(a.y, b.y) + 10 * near &&
    box.y + box.height > Math.min(a.y, b.y) - 10 * near
  );
}

function costOf(way: readonly Point[]): number {
  let cost = (way.length - 2) * CORNER;
  for (const [at, to] of way.slice(1).entries()) {
    const from = way[at] ?? to;
    cost += Math.abs(to.x - from.x) + Math.abs(to.y - from.y);
  }
  return cost;
}

function isClear(way: readonly Point[], boxes: readonly Rectangle[]): boolean {
  return way.slice(1).every((to, at) => {
    const from = way[at] ?? to;
    // The first and the last piece begin at the border of a node.
    const slack = at === 0 || at === way.length - 2 ? -1 : MARGIN;
    return !boxes.some((box) => crosses(from, to, box, slack));
  });
}

function crosses(from: Point, to: Point, box: Rectangle, slack: number): boolean {
  return (
    Math.max(from.x, to.x) > box.x - slack &&
    Math.min(from.x, to.x) < box.x + box.width + slack &&
    Math.max(from.y, to.y) > box.y - slack &&
    Math.min(from.y, to.y) < box.y + box.height + slack
  );
}

function swap({ x, y }: Point): Point {
  return { x: y, y: x };
}

function swapBox({ x, y, width, height }: Rectangle): Rectangle {
  return { x: y, y: x, width: height, height: width };
}
