import type { Span } from "./position.ts";

/** The text between two offsets is replaced by another; all offsets are of the text before. */
export interface TextEdit extends Span {
  readonly text: string;
}

/** What a gesture does to the text, with a name for the history and the node to select then. */
export interface Applied {
  readonly edits: readonly TextEdit[];
  /** Imperative, for "Undo …": `Rename fit to train`. */
  readonly label: string;
  /** Id of the node to select afterwards. */
  readonly select?: string;
}

/** Why a gesture cannot be done, in a sentence for the user. */
export interface Refused {
  readonly refused: string;
}

export type Gesture = Applied | Refused;

export function isRefused(gesture: Gesture): gesture is Refused {
  return "refused" in gesture;
}

/** The edits in the order of the text. Throws a RangeError when two of them overlap. */
export function sortEdits(edits: readonly TextEdit[]): readonly TextEdit[] {
  const sorted = edits
    .map((edit, index) => ({ edit, index }))
    .sort((a, b) => a.edit.start - b.edit.start || a.edit.end - b.edit.end || a.index - b.index)
    .map(({ edit }) => edit);
  for (const [i, edit] of sorted.entries()) {
    const before = sorted[i - 1];
    if (edit.end < edit.start || (before && before.end > edit.start)) {
      throw new RangeError(`edits overlap at ${edit.start}`);
    }
  }
  return sorted;
}

/** The text after the edits; insertions at one place keep the order of the list. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  const parts: string[] = [];
  let at = 0;
  for (const edit of sortEdits(edits)) {
    parts.push(text.slice(at, edit.start), edit.text);
    at = edit.end;
  }
  parts.push(text.slice(at));
  return parts.join("");
}

/** The edits that turn the text after `edits` back into `text`. */
export function invertEdits(text: string, edits: readonly TextEdit[]): readonly TextEdit[] {
  let shift = 0;
  return sortEdits(edits).map((edit) => {
    const start = edit.start + shift;
    shift += edit.text.length - (edit.end - edit.start);
    return { start, end: start + edit.text.length, text: text.slice(edit.start, edit.end) };
  });
}

/** Where an offset of the text before the edits lies after them. */
export function mapOffset(offset: number, edits: readonly TextEdit[]): number {
  let shift = 0;
  for (const edit of sortEdits(edits)) {
    if (edit.start > offset || (edit.start === offset && edit.end > offset)) break;
    if (edit.end > offset) return edit.start + shift + edit.text.length;
    shift += edit.text.length - (edit.end - edit.start);
  }
  return offset + shift;
}
