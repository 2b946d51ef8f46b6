import type { Doc } from "./document.ts";
import type { Json } from "./json-schema.ts";
import { type AliasView, plainData } from "./plain-data.ts";
import { type Path, root } from "./syntax.ts";
import { isList, isRecord } from "./value-text.ts";

/** The paths that may change, as a tree; an empty one may change wholly. */
type Touched = Map<string, Touched>;

/**
 * The first path whose meaning differs between two texts, those under `touched` left out; null when
 * there is none. Map entries are compared by key, whatever their order.
 */
export function differenceOf(
  before: Doc,
  after: Doc,
  touched: readonly Path[],
  aliases: AliasView,
): Path | null {
  const tree = treeOf(touched);
  if (tree === null) return null;
  const data = (doc: Doc): Json => plainData(root(doc.tree), doc.tree, aliases);
  return new Comparison().values(data(before), data(after), tree, []);
}

class Comparison {
  readonly #compared = new WeakMap<object, WeakSet<object>>();

  values(a: Json, b: Json, free: Touched | undefined, path: Path): Path | null {
    if (Object.is(a, b) || free?.size === 0) return null;
    if (!free && this.#isKnown(a, b)) return null;
    if (isRecord(a) && isRecord(b)) return this.#entries(a, b, free, path);
    if (isList(a) && isList(b) && a.length === b.length) return this.#items(a, b, free, path);
    const isFree = free && [a, b].every((side) => side === null || onlyTouched(side, free));
    return isFree ? null : path;
  }

  #entries(
    a: { readonly [key: string]: Json },
    b: { readonly [key: string]: Json },
    free: Touched | undefined,
    path: Path,
  ): Path | null {
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
      const found = this.#entry(a[key], b[key], free?.get(key), [...path, key]);
      if (found) return found;
    }
    return null;
  }

  #entry(
    a: Json | undefined,
    b: Json | undefined,
    free: Touched | undefined,
    path: Path,
  ): Path | null {
    if (a !== undefined && b !== undefined) return this.values(a, b, free, path);
    return free && onlyTouched(a ?? b, free) ? null : path;
  }

  #items(
    a: readonly Json[],
    b: readonly Json[],
    free: Touched | undefined,
    path: Path,
  ): Path | null {
    for (const [i, item] of a.entries()) {
      const found = this.values(item, b[i] ?? null, free?.get(String(i)), [...path, i]);
      if (found) return found;
    }
    return null;
  }

  /** Aliases share objects: each pair is compared once. */
  #isKnown(a: Json, b: Json): boolean {
    if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
    const others = this.#compared.get(a) ?? new WeakSet();
    if (others.has(b)) return true;
    this.#compared.set(a, others.add(b));
    return false;
  }
}

/** Whether a value holds nothing but what may change: `takes` whose only entry was removed. */
function onlyTouched(value: Json | undefined, free: Touched): boolean {
  if (value === undefined || value === null || free.size === 0) return true;
  if (isList(value)) return value.every((item, i) => inner(item, free.get(String(i))));
  return (
    isRecord(value) && Object.entries(value).every(([key, item]) => inner(item, free.get(key)))
  );
}

function inner(value: Json, free: Touched | undefined): boolean {
  return free !== undefined && onlyTouched(value, free);
}

/** Null when everything may change. */
function treeOf(paths: readonly Path[]): Touched | undefined | null {
  const tree: Touched = new Map();
  for (const path of paths) {
    if (path.length === 0) return null;
    let at = tree;
    for (const [i, step] of path.entries()) {
      const key = String(step);
      const known = at.get(key);
      if (known?.size === 0) break;
      const next: Touched = i === path.length - 1 ? new Map() : (known ?? new Map());
      at.set(key, next);
      at = next;
    }
  }
  return paths.length > 0 ? tree : undefined;
}
