import type { Json } from "@mline/core";

export type FieldPath = readonly string[];

/** One field that has another value; `undefined` says that it is gone. */
export interface FieldChange {
  readonly path: FieldPath;
  readonly value: Json | undefined;
}

/**
 * What differs between two states of a form, at the deepest keys: each becomes an edit of just that
 * field in the text. Lists are changed as a whole.
 */
export function changes(
  before: Json | undefined,
  after: Json | undefined,
  path: FieldPath = [],
): readonly FieldChange[] {
  if (equal(before, after)) return [];
  if (isObject(before) && isObject(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap((key) => changes(before[key], after[key], [...path, key]));
  }
  if (before === undefined && isObject(after) && Object.keys(after).length === 0) return [];
  return [{ path, value: after }];
}

function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function equal(a: Json | undefined, b: Json | undefined): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
