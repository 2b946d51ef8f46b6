import type { Point } from "./layered.ts";

export interface Rectangle extends Point {
  readonly width: number;
  readonly height: number;
}

/** How far an arc leaves the straight line, as part of its length, and at most in pixels. */
const BOW = 0.18;
const MOST = 90;

/**
 * An arc from the border of one box to that of another, as an SVG path, and its middle. It bows to the
 * left of its way, so that the arc back lies at the other side.
 */
export function arc(from: Rectangle, to: Rectangle): { path: string; middle: Point } {
  const a = centre(from);
  const b = centre(to);
  const length = Math.hypot(b.x - a.x, b.y - a.y) || 1;
  const bow = Math.min(MOST, length * BOW) / length;
  const control = {
    x: (a.x + b.x) / 2 + (b.y - a.y) * bow,
    y: (a.y + b.y) / 2 - (b.x - a.x) * bow,
  };
  const start = onBorder(from, control);
  const end = onBorder(to, control);
  const middle = {
    x: (start.x + 2 * control.x + end.x) / 4,
    y: (start.y + 2 * control.y + end.y) / 4,
  };
  return { path: `M${text(start)}Q${text(control)} ${text(end)}`, middle };
}

function centre({ x, y, width, height }: Rectangle): Point {
  return { x: x + width / 2, y: y + height / 2 };
}

/** Where the line from the middle of a box to a point crosses its border. */
function onBorder(box: Rectangle, to: Point): Point {
  const { x, y } = centre(box);
  const [dx, dy] = [to.x - x, to.y - y];
  const part = Math.min(
    dx ? box.width / 2 / Math.abs(dx) : Infinity,
    dy ? box.height / 2 / Math.abs(dy) : Infinity,
    1,
  );
  return { x: x + dx * part, y: y + dy * part };
}

function text({ x, y }: Point): string {
  return `${x.toFixed(1)},${y.toFixed(1)}`;
}
