import { Annotation, type ChangeSpec, type Text, type Transaction } from "@codemirror/state";
import type { EditorView } from "@codemirror/view";
import type { TextEdit } from "@mline/core";

/** Marks a change that comes from the canvas, a form or the history, not from keys in the source. */
export const FromElsewhere = Annotation.define<boolean>();

/**
 * CodeMirror counts every line break as one unit and our text keeps `\r\n`; offsets are turned by the
 * line breaks before them. A text without `\r` needs no turning.
 */
export class Breaks {
  readonly #crlf: readonly number[];

  constructor(text: string) {
    const found: number[] = [];
    for (let at = text.indexOf("\r\n"); at >= 0; at = text.indexOf("\r\n", at + 2)) found.push(at);
    this.#crlf = found;
  }

  get plain(): boolean {
    return this.#crlf.length === 0;
  }

  /** Offset in CodeMirror's document for one in the text. */
  inEditor(offset: number): number {
    return offset - this.#before(offset);
  }

  /** Offset in the text for one in CodeMirror's document. */
  inText(offset: number): number {
    let low = 0;
    let high = this.#crlf.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#crlf[middle] ?? 0) - middle < offset) low = middle + 1;
      else high = middle;
    }
    return offset + low;
  }

  /** How many `\r\n` end at or before an offset of the text. */
  #before(offset: number): number {
    let low = 0;
    let high = this.#crlf.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#crlf[middle] ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** What was typed, as edits of the text. */
export function editsOf(transaction: Transaction, before: string): readonly TextEdit[] {
  const breaks = new Breaks(before);
  const lineBreak = breaks.plain ? "\n" : "\r\n";
  const edits: TextEdit[] = [];
  transaction.changes.iterChanges((from, to, _from, _to, inserted: Text) => {
    const text = inserted.sliceString(0, inserted.length, lineBreak);
    edits.push({ start: breaks.inText(from), end: breaks.inText(to), text });
  });
  return edits;
}

/** Edits of the text before, done in the editor. */
export function applyInEditor(view: EditorView, before: string, edits: readonly TextEdit[]): void {
  const breaks = new Breaks(before);
  const changes: ChangeSpec[] = edits.map(({ start, end, text }) => ({
    from: breaks.inEditor(start),
    to: breaks.inEditor(end),
    insert: view.state.toText(text),
  }));
  view.dispatch({ changes, annotations: FromElsewhere.of(true) });
}
