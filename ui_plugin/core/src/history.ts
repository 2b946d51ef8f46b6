import { type Applied, applyEdits, invertEdits, sortEdits, type TextEdit } from "./edit.ts";

/** What an undo or redo does to the text, for whoever shows it. */
export interface Change {
  readonly edits: readonly TextEdit[];
  readonly label: string;
  readonly select?: string;
}

interface Step extends Change {
  /** Lead back to the text before. */
  readonly back: readonly TextEdit[];
  /** The last moment of a burst of typing; null for a gesture. */
  readonly typed: number | null;
}

const BURST = 1000;
const MOST = 1000;

/**
 * One text with one history for canvas, forms and source. A gesture is one step; typing in one place
 * without a pause is one. Selection, zoom and positions are no part of it. Immutable.
 */
export class History {
  readonly text: string;
  readonly #done: readonly Step[];
  readonly #undone: readonly Step[];

  private constructor(text: string, done: readonly Step[], undone: readonly Step[]) {
    this.text = text;
    this.#done = done;
    this.#undone = undone;
  }

  static of(text: string): History {
    return new History(text, [], []);
  }

  /** What `undo` would take back, newest first. */
  get undoLabels(): readonly string[] {
    return this.#done.map(({ label }) => label).reverse();
  }

  /** What `redo` would do again, next first. */
  get redoLabels(): readonly string[] {
    return this.#undone.map(({ label }) => label).reverse();
  }

  apply(gesture: Applied): History {
    if (gesture.edits.length === 0) return this;
    return this.#with({ ...gesture, back: invertEdits(this.text, gesture.edits), typed: null });
  }

  /** Edits as they were typed, at a time in milliseconds. */
  type(edits: readonly TextEdit[], now: number): History {
    if (edits.length === 0) return this;
    const last = this.#done.at(-1);
    const step = { edits, label: "Typing", back: invertEdits(this.text, edits), typed: now };
    if (!last || !continues(last, step)) return this.#with(step);
    const before = applyEdits(this.text, last.back);
    const after = applyEdits(this.text, edits);
    const merged = { ...step, ...replacing(before, after) };
    return new History(after, [...this.#done.slice(0, -1), merged], []);
  }

  /** The history after taking back the last step, and what that does to the text; null when none is left. */
  undo(): { readonly history: History; readonly change: Change } | null {
    const last = this.#done.at(-1);
    if (!last) return null;
    const text = applyEdits(this.text, last.back);
    const history = new History(text, this.#done.slice(0, -1), [...this.#undone, last]);
    return { history, change: { edits: last.back, label: last.label } };
  }

  redo(): { readonly history: History; readonly change: Change } | null {
    const next = this.#undone.at(-1);
    if (!next) return null;
    const text = applyEdits(this.text, next.edits);
    const history = new History(text, [...this.#done, next], this.#undone.slice(0, -1));
    const { edits, label, select } = next;
    return { history, change: select === undefined ? { edits, label } : { edits, label, select } };
  }

  #with(step: Step): History {
    return new History(applyEdits(this.text, step.edits), [...this.#done, step].slice(-MOST), []);
  }
}

/** Typing goes on when there was no pause, and when it stands where the last edit ended. */
function continues(last: Step, next: Step): boolean {
  if (last.typed === null || next.typed === null || next.typed - last.typed > BURST) return false;
  const [before, other] = last.back;
  const [after, another] = next.edits;
  if (!before || !after || other || another) return false;
  const isLine = /[\r\n]/.test(after.text);
  return !isLine && after.start <= before.end && after.end >= before.start;
}

/** The one edit that leads from a text to another, and the one that leads back. */
function replacing(before: string, after: string): Pick<Step, "edits" | "back"> {
  let start = 0;
  const most = Math.min(before.length, after.length);
  while (start < most && before.charCodeAt(start) === after.charCodeAt(start)) start++;
  let same = 0;
  while (
    same < most - start &&
    before.charCodeAt(before.length - 1 - same) === after.charCodeAt(after.length - 1 - same)
  ) {
    same++;
  }
  const edit = { start, end: before.length - same, text: after.slice(start, after.length - same) };
  if (edit.start === edit.end && edit.text === "") return { edits: [], back: [] };
  return { edits: sortEdits([edit]), back: invertEdits(before, [edit]) };
}
