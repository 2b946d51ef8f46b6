import { type Diagnostic, LineIndex } from "@mline/core";
import type { Session } from "./session.ts";

/** Does what a problem offers as its fix: one step of the history. */
export function applyFix(session: Session, diagnostic: Diagnostic): void {
  const { fix } = diagnostic;
  if (!fix) return;
  const lines = new LineIndex(session.doc.text);
  const edits = fix.edits.map(({ range, newText }) => ({ ...lines.span(range), text: newText }));
  session.apply({ edits, label: fix.title });
}
