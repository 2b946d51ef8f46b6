import { choices } from "../host/browser-store.ts";
import type { Direction } from "../layout/box.ts";
import type { Session } from "../state/session.ts";
import { Store, useStore } from "../ui/store.ts";

const open = new WeakMap<Session, Store<Direction | null>>();

/** Which way an open file flows: as it did before, else as the user likes it; null until its shape decides. */
export function directionOf(session: Session): Store<Direction | null> {
  const known = open.get(session);
  if (known) return known;
  const kept = session.host.layout.read(session.path);
  const before = kept && Object.keys(kept.positions).length ? kept.direction : null;
  const made = new Store<Direction | null>(
    before ?? choices.read<Direction | null>("direction", null),
  );
  open.set(session, made);
  return made;
}

export function useDirection(session: Session): Direction {
  return useStore(directionOf(session), orRight);
}

export function directionNow(session: Session): Direction {
  return orRight(directionOf(session).get());
}

const orRight = (direction: Direction | null): Direction => direction ?? "right";

/** Lets the graph flow the other way, and files that are opened for the first time as well. */
export function flipDirection(session: Session): void {
  const flipped = directionNow(session) === "right" ? "down" : "right";
  choices.write("direction", flipped);
  directionOf(session).set(flipped);
}
