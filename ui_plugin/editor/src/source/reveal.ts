import type { Range } from "@mline/core";
import type { Session } from "../state/session.ts";

type Shower = (range: Range, focus: boolean) => void;

const open = new WeakMap<Session, Shower>();

/** The source editor of a session says how to show a range in it. */
export function canShow(session: Session, show: Shower): () => void {
  open.set(session, show);
  return () => {
    if (open.get(session) === show) open.delete(session);
  };
}

/** Shows a range in the source beside the graph, when that is open. */
export function showLine(session: Session, range: Range, focus = false): void {
  open.get(session)?.(range, focus);
}
