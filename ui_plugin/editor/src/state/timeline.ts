import { type Applied, applyEdits, invertEdits, type TextEdit } from "@mline/core";

interface Step {
  readonly label: string;
  readonly forth: readonly TextEdit[];
  readonly back: readonly TextEdit[];
}

/** One history for canvas, forms and source. */
export class Timeline {
  text: string;
  #done: readonly Step[] = [];
  #undone: readonly Step[] = [];

  constructor(text: string) {
    this.text = text;
  }

  get undoLabel(): string | null {
    return this.#done.at(-1)?.label ?? null;
  }

  get redoLabel(): string | null {
    return this.#undone.at(-1)?.label ?? null;
  }

  apply({ edits, label }: Applied): void {
    this.#done = [...this.#done, { label, forth: edits, back: invertEdits(this.text, edits) }];
    this.#undone = [];
    this.text = applyEdits(this.text, edits);
  }

  typing(edits: readonly TextEdit[]): void {
    this.apply({ edits, label: "Typing" });
  }

  undo(): readonly TextEdit[] | null {
    const step = this.#done.at(-1);
    if (!step) return null;
    this.#done = this.#done.slice(0, -1);
    this.#undone = [...this.#undone, step];
    this.text = applyEdits(this.text, step.back);
    return step.back;
  }

  redo(): readonly TextEdit[] | null {
    const step = this.#undone.at(-1);
    if (!step) return null;
    this.#undone = this.#undone.slice(0, -1);
    this.#done = [...this.#done, step];
    this.text = applyEdits(this.text, step.forth);
    return step.forth;
  }
}
