import { type Doc, parse } from "./document.ts";
import { applyEdits, type Gesture, type TextEdit } from "./edit.ts";
import { Pieces } from "./pieces.ts";
import type { AliasView } from "./plain-data.ts";
import type { Path } from "./syntax.ts";
import { differenceOf } from "./untouched.ts";

/** Why a gesture cannot be done; it never leaves this package. */
export class Refusal extends Error {}

export function refuse(reason: string): never {
  throw new Refusal(reason);
}

/** What a gesture is called, and which node it leads to. */
export interface Outcome {
  readonly label: string;
  readonly select?: string;
}

/**
 * A gesture in the making: edits are collected, applied step by step, and checked at the end.
 * Everything whose path is not under `touch` must mean afterwards what it meant before.
 */
export class Draft {
  readonly first: Doc;
  #doc: Doc;
  #pieces: Pieces;
  #pending: TextEdit[] = [];
  readonly #touched: Path[] = [];
  /** While parts are tried together, all of them see the text as it was. */
  #isHeld = false;
  /** `named` when what stands behind an anchor may change with all that repeats it. */
  aliases: AliasView = "expanded";

  constructor(doc: Doc) {
    this.first = doc;
    this.#doc = doc;
    this.#pieces = Pieces.of(doc.text);
  }

  /** The text as it is now, pending edits left out. */
  get doc(): Doc {
    return this.#doc;
  }

  /** Replaces a part of the present text. */
  edit(start: number, end: number, text: string): void {
    if (start !== end || text !== "") this.#pending.push({ start, end, text });
  }

  /** Tries a part that may be refused; then nothing of it is done, and the answer is false. */
  tries(part: () => void): boolean {
    this.step();
    try {
      part();
      this.step();
      return true;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#pending = [];
      return false;
    }
  }

  /**
   * Tries parts that are about different places, each as `tries` does, and reads the text once for
   * all. A part that changes what another one changes waits: its answer is null.
   */
  triesTogether(parts: readonly (() => void)[]): readonly (boolean | null)[] {
    this.step();
    const together: TextEdit[] = [];
    this.#isHeld = true;
    const answers = parts.map((part) => {
      const done = this.#collected(part);
      if (done === null) return false;
      if (done.some((edit) => together.some((other) => touches(edit, other)))) return null;
      together.push(...done);
      return true;
    });
    this.#isHeld = false;
    this.#pending = together;
    this.step();
    return answers;
  }

  /** The edits of one part; null when it is refused. */
  #collected(part: () => void): readonly TextEdit[] | null {
    this.#pending = [];
    try {
      part();
      return this.#pending;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return null;
    } finally {
      this.#pending = [];
    }
  }

  /** Says that what stands at a path may change, come or go. */
  touch(...paths: readonly Path[]): void {
    this.#touched.push(...paths);
  }

  /** Applies what is pending; what follows sees the new text. */
  step(): Doc {
    if (this.#pending.length === 0 || this.#isHeld) return this.#doc;
    this.#pieces = this.#pieces.apply(this.#pending);
    this.#doc = parse(applyEdits(this.#doc.text, this.#pending));
    this.#pending = [];
    return this.#doc;
  }

  /** The edits of the first text; refuses when they would change what they should not. */
  finish({ label, select }: Outcome): Gesture {
    const after = this.step();
    if (after.errors.length > this.first.errors.length) {
      refuse("the text around it does not allow this change; mend it in the source");
    }
    const difference = differenceOf(this.first, after, this.#touched, this.aliases);
    if (difference) {
      const where = difference.join(".") || "the file";
      refuse(`this would change '${where}' too, by its anchor or its layout; edit the source`);
    }
    const edits = this.#pieces.edits(this.first.text.length);
    return select === undefined ? { edits, label } : { edits, label, select };
  }
}

function touches(a: TextEdit, b: TextEdit): boolean {
  return a.start <= b.end && b.start <= a.end;
}

/** Runs the steps of a gesture; a refusal on the way is its result. */
export function attempt(doc: Doc, steps: (draft: Draft) => Outcome): Gesture {
  const draft = new Draft(doc);
  try {
    return draft.finish(steps(draft));
  } catch (error) {
    if (error instanceof Refusal) return { refused: error.message };
    throw error;
  }
}
