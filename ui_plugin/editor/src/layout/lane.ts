import type { Direction } from "./box.ts";
import type { LayoutNode, Point } from "./layered.ts";

const GAP_TO_STAGES = 76;
const GAP = 28;

/** A service, and the places of those that use it. */
export interface LaneNode extends LayoutNode {
  readonly users: readonly string[];
}

/**
 * Services in a lane of their own: above the stages, or left of them when data flows down. Each stands
 * as near to the middle of its users as the others let it.
 */
export function lane(
  services: readonly LaneNode[],
  placed: ReadonlyMap<string, Point & { readonly width: number; readonly height: number }>,
  direction: Direction,
): Map<string, Point> {
  const across = direction === "right";
  const all = [...placed.values()];
  const edge = all.length ? Math.min(...all.map((box) => (across ? box.y : box.x))) : 0;
  const start = all.length ? Math.min(...all.map((box) => (across ? box.x : box.y))) : 0;
  const wishes = services.map((service) => {
    const middles = service.users.flatMap((id) => {
      const box = placed.get(id);
      return box ? [across ? box.x + box.width / 2 : box.y + box.height / 2] : [];
    });
    const size = across ? service.width : service.height;
    const middle = middles.length
      ? middles.reduce((a, b) => a + b, 0) / middles.length
      : start + size / 2;
    return { service, size, at: middle - size / 2 };
  });
  wishes.sort((a, b) => a.at - b.at);
  const points = new Map<string, Point>();
  let free = Number.NEGATIVE_INFINITY;
  for (const { service, size, at } of wishes) {
    const along = Math.round(Math.max(at, free));
    free = along + size + GAP;
    const depth = Math.round(edge - GAP_TO_STAGES - (across ? service.height : service.width));
    points.set(service.id, across ? { x: along, y: depth } : { x: depth, y: along });
  }
  return points;
}
