import type { Direction } from "../layout/box.ts";
import type { Drawn } from "./drawn.ts";
import { extentOf, partsOf, quick } from "./parts.ts";

/** How much larger a graph must be drawn when it flows down, to flow down: people read to the right. */
const WORTH = 1.15;

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Which way a graph is drawn larger in the room that there is. */
export function directionThatFits(drawn: Drawn, room: Size): Direction {
  const zoom = (direction: Direction) => {
    const parts = partsOf(drawn, direction);
    const { width, height } = extentOf(parts, quick(parts, direction));
    return Math.min(1, room.width / width, room.height / height);
  };
  return zoom("down") > zoom("right") * WORTH ? "down" : "right";
}
