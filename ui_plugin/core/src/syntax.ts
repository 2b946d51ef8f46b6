import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Pair,
  parseDocument,
  type Scalar,
  visit,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import type { Span } from "./position.ts";

/** A node of the YAML tree that has a place in the text. */
export type Node = Scalar | YAMLMap | YAMLSeq | Alias;
export type Alias = import("yaml").Alias;
export type Tree = Document;
export type Step = string | number;
/** Keys and indices from the root of the file. */
export type Path = readonly Step[];

/** A key with its value; `node` is null where nothing is written. */
export interface Entry {
  readonly key: string;
  readonly keyNode: Scalar;
  readonly keySpan: Span;
  readonly node: Node | null;
  readonly pair: Pair;
}

/**
 * Reads YAML 1.2 with the core schema, as the compiler does. Never throws.
 *
 * `title: Iris: the flowers` makes every later key a part of the title. The second colon of such a
 * line is read as text, so that what stands behind it is still drawn; the error stays.
 */
export function readTree(text: string): Tree {
  const tree = parseYaml(text);
  const errors = tree.errors.filter(({ code }) => code === "BLOCK_AS_IMPLICIT_KEY");
  const readable = errors.reduce((read, { pos }) => withoutColon(read, pos[0]), text);
  if (readable === text) return tree;
  const mended = parseYaml(readable);
  mended.errors.unshift(...errors);
  return mended;
}

function parseYaml(text: string): Tree {
  return parseDocument(text, {
    version: "1.2",
    schema: "core",
    merge: false,
    prettyErrors: false,
    keepSourceTokens: true,
    logLevel: "silent",
  });
}

/** The text with the next colon of the line at `from` as a letter: every place stays. */
function withoutColon(text: string, from: number): string {
  const line = /^[^\r\n]*?:(?=[ \t\r\n]|$)/.exec(text.slice(from));
  if (!line) return text;
  const colon = from + line[0].length - 1;
  return `${text.slice(0, colon)}_${text.slice(colon + 1)}`;
}

export function asNode(value: unknown): Node | null {
  return isScalar(value) || isMap(value) || isSeq(value) || isAlias(value) ? (value as Node) : null;
}

/** The offsets of a node without its anchor; a value that is not written has no width. */
export function spanOf(node: Node): Span {
  const range = node.range ?? [0, 0, 0];
  return { start: range[0], end: range[1] };
}

/** Where the last thing of a node is written: block collections end with their last child. */
export function contentEnd(node: Node, text: string): number {
  const { start, end } = spanOf(node);
  if (isFlow(node)) return end;
  if (isMap(node)) {
    const last = entriesOf(node).at(-1);
    return last ? entryEnd(last, text) : end;
  }
  if (isSeq(node)) {
    const last = asNode(node.items.at(-1));
    return last ? contentEnd(last, text) : end;
  }
  let at = end;
  while (at > start && /\s/.test(text.charAt(at - 1))) at--;
  return at;
}

/** Where the last thing of an entry is written, at least its colon. */
export function entryEnd(entry: Entry, text: string): number {
  const colon = colonOf(entry, text);
  return entry.node ? Math.max(contentEnd(entry.node, text), colon) : colon;
}

/** The offset behind the colon of an entry, or behind its key when it has none. */
export function colonOf(entry: Entry, text: string): number {
  const sep = (entry.pair as { srcToken?: { sep?: readonly SourceToken[] } }).srcToken?.sep;
  const colon = sep?.find((token) => token.type === "map-value-ind");
  if (colon) return colon.offset + 1;
  const end = entry.keySpan.end;
  return text.charAt(end) === ":" ? end + 1 : end;
}

interface SourceToken {
  readonly type: string;
  readonly offset: number;
  readonly source: string;
}

/** `{…}` and `[…]`. */
export function isFlow(node: Node): boolean {
  return (isMap(node) || isSeq(node)) && node.flow === true;
}

const KNOWN_ENTRIES = new WeakMap<YAMLMap, readonly Entry[]>();

/** The entries of a map in the order of the text; of a key that stands twice, the first. */
export function entriesOf(node: Node | null | undefined): readonly Entry[] {
  if (!isMap(node)) return [];
  const known = KNOWN_ENTRIES.get(node) ?? readEntries(node);
  KNOWN_ENTRIES.set(node, known);
  return known;
}

function readEntries(node: YAMLMap): readonly Entry[] {
  const entries: Entry[] = [];
  const seen = new Set<string>();
  for (const pair of node.items) {
    const entry = isPair(pair) ? entryOf(pair) : null;
    if (!entry || seen.has(entry.key)) continue;
    seen.add(entry.key);
    entries.push(entry);
  }
  return entries;
}

function entryOf(pair: Pair): Entry | null {
  const { key, value } = pair;
  if (!isScalar(key) || !key.range) return null;
  return {
    key: keyText(key),
    keyNode: key,
    keySpan: { start: key.range[0], end: key.range[1] },
    node: asNode(value),
    pair,
  };
}

function keyText(key: Scalar): string {
  return typeof key.value === "string" ? key.value : (key.source ?? String(key.value));
}

export function entry(node: Node | null | undefined, key: string): Entry | null {
  return entriesOf(node).find((found) => found.key === key) ?? null;
}

const KNOWN_ALIASES = new WeakMap<Tree, ReadonlyMap<Alias, Node>>();

/** Every alias of a file with what it stands for: the last anchor of its name before it. */
export function aliasesOf(tree: Tree): ReadonlyMap<Alias, Node> {
  const known = KNOWN_ALIASES.get(tree);
  if (known) return known;
  const anchors = new Map<string, Node>();
  const found = new Map<Alias, Node>();
  visit(tree, {
    Node: (_key, node) => {
      if (isAlias(node)) {
        const anchored = anchors.get(node.source);
        if (anchored) found.set(node, anchored);
      } else if ((node as Scalar).anchor) {
        anchors.set((node as Scalar).anchor ?? "", node as Node);
      }
    },
  });
  KNOWN_ALIASES.set(tree, found);
  return found;
}

/** Whether a file has any anchor or alias. */
export function hasAnchors(tree: Tree): boolean {
  let found = false;
  visit(tree, {
    Node: (_key, node) => {
      if (!isAlias(node) && !(node as Scalar).anchor) return undefined;
      found = true;
      return visit.BREAK;
    },
  });
  return found;
}

/** What an alias stands for, the node itself otherwise; null for an alias without an anchor. */
export function target(node: Node | null | undefined, tree: Tree): Node | null {
  if (!node) return null;
  return isAlias(node) ? (aliasesOf(tree).get(node) ?? null) : node;
}

/** The text of a scalar that is text; null for all else. */
export function textOf(node: Node | null | undefined): string | null {
  return isScalar(node) && typeof node.value === "string" ? node.value : null;
}

/** The scalars of "a text or a list of texts". */
export function wordsOf(node: Node | null, tree: Tree): readonly Scalar<string>[] {
  const found = target(node, tree);
  const items = isSeq(found) ? found.items.map((item) => target(asNode(item), tree)) : [found];
  return items.filter((item): item is Scalar<string> => textOf(item) !== null);
}

export function root(tree: Tree): Node | null {
  return asNode(tree.contents);
}

export { isAlias, isMap, isScalar, isSeq };
