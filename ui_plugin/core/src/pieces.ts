import { sortEdits, type TextEdit } from "./edit.ts";

/** A part of the first text, or text that was put in. */
type Piece = { readonly start: number; readonly end: number } | { readonly text: string };

/** A text under edits made one after the other, which knows them as edits of the first text. */
export class Pieces {
  readonly #pieces: readonly Piece[];

  private constructor(pieces: readonly Piece[]) {
    this.#pieces = pieces;
  }

  static of(text: string): Pieces {
    return new Pieces([{ start: 0, end: text.length }]);
  }

  /** Applies edits whose offsets are of the present text. */
  apply(edits: readonly TextEdit[]): Pieces {
    const result: Piece[] = [];
    const rest = [...this.#pieces].reverse();
    let at = 0;
    const take = (until: number, keep: boolean): void => {
      while (at < until) {
        const piece = rest.pop();
        if (!piece) throw new RangeError("an edit lies outside the text");
        const [taken, left] = split(piece, until - at);
        if (left) rest.push(left);
        if (keep) result.push(taken);
        at += lengthOf(taken);
      }
    };
    for (const edit of sortEdits(edits)) {
      take(edit.start, true);
      take(edit.end, false);
      if (edit.text) result.push({ text: edit.text });
    }
    result.push(...rest.reverse());
    return new Pieces(result);
  }

  /** The edits that lead from the first text to the present one, none of them empty. */
  edits(length: number): readonly TextEdit[] {
    const edits: TextEdit[] = [];
    let at = 0;
    let text = "";
    const flush = (start: number): void => {
      if (text || start > at) edits.push({ start: at, end: start, text });
      text = "";
    };
    for (const piece of this.#pieces) {
      if ("text" in piece) {
        text += piece.text;
      } else if (piece.start < piece.end) {
        flush(piece.start);
        at = piece.end;
      }
    }
    flush(length);
    return edits;
  }
}

function lengthOf(piece: Piece): number {
  return "text" in piece ? piece.text.length : piece.end - piece.start;
}

function split(piece: Piece, length: number): readonly [Piece, Piece | null] {
  if (length >= lengthOf(piece)) return [piece, null];
  if ("text" in piece)
    return [{ text: piece.text.slice(0, length) }, { text: piece.text.slice(length) }];
  const middle = piece.start + length;
  return [
    { start: piece.start, end: middle },
    { start: middle, end: piece.end },
  ];
}
