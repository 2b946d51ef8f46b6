import type { Point } from "./layered.ts";

/** A step aside that is no longer than this is no corner, but what rounding left. */
const STEP = 4;

/** A way without steps aside that an eye takes for a mistake; where it begins and ends stays. */
export function straightened(points: readonly Point[]): readonly Point[] {
  const way = points.map((point) => ({ ...point }));
  const [start, end] = way;
  if (way.length === 2 && start && end) {
    if (Math.abs(end.x - start.x) <= STEP) end.x = start.x;
    else if (Math.abs(end.y - start.y) <= STEP) end.y = start.y;
  }
  for (let at = 1; at + 2 < way.length; at++) {
    const [before, from, to, after] = [way[at - 1], way[at], way[at + 1], way[at + 2]];
    if (!before || !from || !to || !after) continue;
    if (Math.hypot(to.x - from.x, to.y - from.y) > STEP) continue;
    const across = from.x !== to.x ? "x" : "y";
    // The piece that hangs on neither end of the way gives way.
    if (at > 1) before[across] = from[across] = to[across];
    else if (at + 2 < way.length - 1) to[across] = after[across] = from[across];
  }
  return way.filter((point, at) => {
    const last = way[at - 1];
    return !last || point.x !== last.x || point.y !== last.y;
  });
}

/** How round the corners of a way are. */
const RADIUS = 9;

/** A way around nodes as an SVG path, with round corners. */
export function roundedPath(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (!first) return "";
  const parts = [`M${first.x},${first.y}`];
  for (const [index, corner] of rest.entries()) {
    const before = points[index];
    const after = rest[index + 1];
    if (!after || !before) {
      parts.push(`L${corner.x},${corner.y}`);
      continue;
    }
    const from = towards(corner, before);
    const to = towards(corner, after);
    parts.push(`L${from.x},${from.y}Q${corner.x},${corner.y} ${to.x},${to.y}`);
  }
  return parts.join("");
}

/** The point where a corner begins to be round, on the way to its neighbour. */
function towards(corner: Point, other: Point): Point {
  const length = Math.hypot(other.x - corner.x, other.y - corner.y);
  const part = length ? Math.min(RADIUS, length / 2) / length : 0;
  return {
    x: corner.x + (other.x - corner.x) * part,
    y: corner.y + (other.y - corner.y) * part,
  };
}

/** The middle of the longest straight of a way: there is room for a label. */
export function middleOf(points: readonly Point[]): Point {
  let best = { x: points[0]?.x ?? 0, y: points[0]?.y ?? 0 };
  let longest = -1;
  for (const [index, to] of points.slice(1).entries()) {
    const from = points[index] ?? to;
    const length = Math.hypot(to.x - from.x, to.y - from.y);
    if (length <= longest) continue;
    longest = length;
    best = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
  }
  return best;
}

/** Whether a way still leads from where an edge begins to where it ends; sockets reach out a little. */
export function leads(points: readonly Point[], from: Point, to: Point): boolean {
  const start = points[0];
  const end = points.at(-1);
  return start !== undefined && end !== undefined && near(start, from) && near(end, to);
}

const REACH = 7;

function near(a: Point, b: Point): boolean {
  return Math.abs(a.x - b.x) <= REACH && Math.abs(a.y - b.y) <= REACH;
}

/** As the browser keeps a way: x, y, x, y, … */
export function flat(points: readonly Point[]): readonly number[] {
  return points.flatMap(({ x, y }) => [x, y]);
}

export function unflat(numbers: readonly number[]): readonly Point[] {
  return Array.from({ length: Math.floor(numbers.length / 2) }, (_, index) => ({
    x: numbers[2 * index] ?? 0,
    y: numbers[2 * index + 1] ?? 0,
  }));
}
