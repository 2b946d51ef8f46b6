import { type FixEdit, type Json, LineIndex, type Range, sortEdits } from "@mline/core";
import type { Session } from "../state/session.ts";

/** A change that the language server offers to mend something. */
export interface CodeAction {
  readonly title: string;
  readonly preferred: boolean;
  /** What it mends. */
  readonly mends: readonly { readonly code: string; readonly range: Range }[];
  readonly edits: readonly FixEdit[];
  /** The text that the edits are of. */
  readonly text: string;
}

/** As the Language Server Protocol has it. */
interface Told {
  readonly title: string;
  readonly isPreferred?: boolean;
  readonly diagnostics?: readonly { readonly code: string; readonly range: Range }[];
  readonly edit?: { readonly changes?: { readonly [uri: string]: readonly FixEdit[] } };
}

/** Under which name the language server knows an open file. */
export function uriOf({ path }: Session): string {
  return `mline:/${path}`;
}

/** Asks the language server what would mend a part of the text; the sensible changes come first. */
export async function codeActions(session: Session, range: Range): Promise<readonly CodeAction[]> {
  const { text } = session.doc;
  const uri = uriOf(session);
  const params = {
    textDocument: { uri },
    range,
    context: { diagnostics: [], only: ["quickfix"] },
  } as unknown as Json;
  const message = { jsonrpc: "2.0", id: 1, method: "textDocument/codeAction", params } as const;
  const answers = await session.host.lsp([{ uri, text, version: 1 }], [message]);
  const answer = answers.find(({ id }) => id === 1);
  const told = (answer?.["result"] ?? []) as unknown as readonly Told[];
  const found = told.map((action) => ({
    title: action.title,
    preferred: action.isPreferred ?? false,
    mends: action.diagnostics ?? [],
    edits: Object.values(action.edit?.changes ?? {}).flat(),
    text,
  }));
  return [...found].sort((a, b) => Number(b.preferred) - Number(a.preferred));
}

/** Does what the language server offers: one step of the history, however many places it changes. */
export function applyAction(session: Session, { title, edits, text }: CodeAction): void {
  if (session.doc.text !== text) {
    session.host.notify({ level: "info", text: "The text has changed since; look again." });
    return;
  }
  const lines = new LineIndex(text);
  const changes = edits.map(({ range, newText }) => ({ ...lines.span(range), text: newText }));
  session.apply({ edits: sortEdits(changes), label: title });
}
