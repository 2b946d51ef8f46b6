import type { Scalar } from "yaml";
import type { Draft } from "./draft.ts";
import { valueStart } from "./reference.ts";
import { scalarText } from "./scalar-text.ts";
import type { Path } from "./syntax.ts";
import { spanOf, textOf } from "./syntax.ts";

/** A word inside a scalar's value that is to be another. */
export interface Word {
  readonly scalar: Scalar;
  readonly path: Path;
  /** Offset in the value of the scalar; of a key, in the key. */
  readonly at: number;
  readonly length: number;
  readonly text: string;
}

/** Rewrites words where they stand; what is folded or escaped is written anew as a whole. */
export function rewriteWords(draft: Draft, words: readonly Word[]): void {
  const byScalar = grouped(words);
  for (const [scalar, found] of byScalar) {
    draft.touch(...found.map(({ path }) => path));
    rewriteScalar(draft, scalar, unique(found));
  }
}

function grouped(words: readonly Word[]): Map<Scalar, Word[]> {
  const groups = new Map<Scalar, Word[]>();
  for (const word of words) groups.set(word.scalar, [...(groups.get(word.scalar) ?? []), word]);
  return groups;
}

/** Through aliases one place is found several times. */
function unique(words: readonly Word[]): readonly Word[] {
  const seen = new Map(words.map((word) => [word.at, word]));
  return [...seen.values()].sort((a, b) => a.at - b.at);
}

function rewriteScalar(draft: Draft, scalar: Scalar, words: readonly Word[]): void {
  const source = draft.doc.text;
  const value = textOf(scalar) ?? String(scalar.source ?? scalar.value);
  const { start, end } = spanOf(scalar);
  const first = textOf(scalar) === null ? start : valueStart(scalar, source);
  if (first !== null) {
    for (const word of words) draft.edit(first + word.at, first + word.at + word.length, word.text);
    return;
  }
  const places = placesOf(source.slice(start, end), value, words);
  if (places && scalar.type !== "QUOTE_DOUBLE" && scalar.type !== "QUOTE_SINGLE") {
    for (const [i, word] of words.entries()) {
      const at = start + (places[i] ?? 0);
      draft.edit(at, at + word.length, word.text);
    }
    return;
  }
  const quote = scalar.type === "QUOTE_SINGLE" ? "single" : "double";
  draft.edit(start, end, scalarText(replaced(value, words), { flow: true }, quote));
}

function replaced(value: string, words: readonly Word[]): string {
  return words.reduceRight(
    (text, { at, length, text: word }) => text.slice(0, at) + word + text.slice(at + length),
    value,
  );
}

/**
 * Where the words of a value stand in its source, which differs from it in white space alone.
 * Null when it differs otherwise.
 */
function placesOf(source: string, value: string, words: readonly Word[]): readonly number[] | null {
  const body = /^[|>][^\r\n]*/.exec(source)?.[0].length ?? 0;
  const places: number[] = [];
  let at = body;
  let done = 0;
  const pass = (until: number): boolean => {
    for (; done < until; done++) {
      const unit = value.charAt(done);
      if (/\s/.test(unit)) continue;
      while (/\s/.test(source.charAt(at))) at++;
      if (source.charAt(at) !== unit) return false;
      at++;
    }
    while (at < source.length && /\s/.test(source.charAt(at))) at++;
    return true;
  };
  for (const word of words) {
    if (!pass(word.at)) return null;
    places.push(at);
  }
  return places;
}
