import type { Session } from "../state/session.ts";
import { jumpTo } from "./Problems.tsx";

const last = new WeakMap<Session, number>();

/** Goes to the next problem of the text, and from the last one to the first. */
export function nextProblem(session: Session, step: 1 | -1): void {
  const { diagnostics } = session.state.get();
  if (!diagnostics.length) {
    session.host.notify({ level: "info", text: "There are no problems." });
    return;
  }
  const before = last.get(session) ?? (step > 0 ? -1 : 0);
  const at = (before + step + diagnostics.length) % diagnostics.length;
  last.set(session, at);
  const problem = diagnostics[at];
  if (problem) jumpTo(session, problem);
}
