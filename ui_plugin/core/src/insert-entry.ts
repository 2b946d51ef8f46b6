import { type Draft, refuse } from "./draft.ts";
import type { Json } from "./json-schema.ts";
import {
  colonOf,
  type Entry,
  entriesOf,
  entryEnd,
  isFlow,
  isScalar,
  type Node,
  spanOf,
} from "./syntax.ts";
import { columnOf, eolOf, isBlankLine, lineEnd, nextLine, stepOf } from "./text-lines.ts";
import { entryText, type Layout, type ValuePlace } from "./value-text.ts";

/** A map that is written to; `holder` is the entry whose value it is, null for the file itself. */
export interface MapPlace {
  readonly map: Node | null;
  readonly holder: Entry | null;
  /** True when it stands inside `{}` or `[]`. */
  readonly flow: boolean;
}

export interface NewEntry {
  readonly key: string;
  readonly value: Json;
  readonly layout?: Layout;
  /** Keys in the order in which people write them; a key that it lacks comes last. */
  readonly order?: readonly string[];
  /** The key behind which it goes, whatever the order. */
  readonly after?: string;
  /** True to set it off by a blank line. */
  readonly apart?: boolean;
}

/** Writes a new entry into a map, which need not be there yet. */
export function insertEntry(draft: Draft, place: MapPlace, added: NewEntry): void {
  writeEntry(draft, place, added, (at) => entryText(added.key, added.value, at, added.layout));
}

/** The same for an entry whose text is made by `write`; its lines behind the first are indented. */
export function writeEntry(
  draft: Draft,
  place: MapPlace,
  added: Omit<NewEntry, "value" | "layout">,
  write: (at: ValuePlace) => string,
): void {
  const { text, tree } = draft.doc;
  const { map, holder } = place;
  const base = { eol: eolOf(text), step: stepOf(text, tree), column: 0 };
  if (map && isFlow(map) && !(isEmptyFlow(map, text) && !place.flow)) {
    intoFlow(draft, map, added, write({ ...base, flow: true, indent: 0 }));
  } else if (map && entriesOf(map).length > 0) {
    intoBlock(draft, map, added, (indent) => write({ ...base, flow: false, indent }), base.eol);
  } else if (!holder) {
    intoNothing(draft, write({ ...base, flow: false, indent: 0 }), base.eol);
  } else if (place.flow) {
    clearValue(draft, map);
    draft.edit(
      colonOf(holder, text),
      colonOf(holder, text),
      ` {${write({ ...base, flow: true, indent: 0 })}}`,
    );
  } else {
    clearValue(draft, map);
    const indent = columnOf(text, holder.keySpan.start) + base.step;
    const at = lineEnd(text, map ? spanOf(map).end : colonOf(holder, text));
    draft.edit(
      at,
      at,
      `${base.eol}${" ".repeat(indent)}${write({ ...base, flow: false, indent })}`,
    );
  }
}

function isEmptyFlow(map: Node, text: string): boolean {
  const { start, end } = spanOf(map);
  return /^\{\s*\}$/.test(text.slice(start, end));
}

/** Takes away an empty value, `{}` or `null`, with the space before it. */
function clearValue(draft: Draft, node: Node | null): void {
  if (!node) return;
  const { text } = draft.doc;
  const { start, end } = spanOf(node);
  const isNull = isScalar(node) && node.value === null;
  if (!isNull && !isEmptyFlow(node, text)) refuse(`'${text.slice(start, end)}' has no entries`);
  let from = start;
  while (from > 0 && text.charAt(from - 1) === " ") from--;
  draft.edit(from, end, "");
}

function previous(
  entries: readonly Entry[],
  { key, order, after }: Omit<NewEntry, "value">,
): Entry | null {
  const last = entries.at(-1) ?? null;
  if (after !== undefined) return entries.find((found) => found.key === after) ?? last;
  const rank = order?.indexOf(key) ?? -1;
  if (!order || rank < 0) return last;
  const before = new Set(order.slice(0, rank));
  return entries.findLast((found) => before.has(found.key)) ?? null;
}

function intoFlow(draft: Draft, map: Node, added: Omit<NewEntry, "value">, text: string): void {
  const source = draft.doc.text;
  const { start, end } = spanOf(map);
  if (source.charAt(start) !== "{" || source.charAt(end - 1) !== "}" || end - start < 2) {
    refuse("the map is not closed; mend it in the source");
  }
  const entries = entriesOf(map);
  const before = previous(entries, added);
  const first = entries[0];
  if (!first) {
    draft.edit(start + 1, start + 1, text);
  } else if (!before) {
    draft.edit(first.keySpan.start, first.keySpan.start, `${text}, `);
  } else {
    const at = entryEnd(before, source);
    const comma = /^\s*,/.exec(source.slice(at, end));
    const trailing = before === entries.at(-1) && comma;
    if (trailing) draft.edit(at + comma[0].length, at + comma[0].length, ` ${text}`);
    else draft.edit(at, at, `, ${text}`);
  }
}

function intoBlock(
  draft: Draft,
  map: Node,
  added: Omit<NewEntry, "value">,
  write: (indent: number) => string,
  eol: string,
): void {
  const { text } = draft.doc;
  const entries = entriesOf(map);
  const first = entries[0];
  if (!first) return;
  const indent = columnOf(text, first.keySpan.start);
  const pad = " ".repeat(indent);
  const before = previous(entries, added);
  if (!before) {
    draft.edit(first.keySpan.start, first.keySpan.start, write(indent) + eol + pad);
    return;
  }
  const gap = added.apart ? eol : "";
  const kept = keptBlockEnd(before, text);
  if (kept !== null) {
    draft.edit(kept, kept, `${gap}${pad}${write(indent)}${eol}`);
    return;
  }
  const at = behind(before, indent, text);
  draft.edit(at, at, `${eol}${gap}${pad}${write(indent)}`);
}

/** The end of a line behind which a new entry can stand: comments that belong to it are passed. */
function behind(before: Entry, indent: number, text: string): number {
  let at = lineEnd(text, entryEnd(before, text));
  for (;;) {
    const next = nextLine(text, at);
    if (next <= at || next >= text.length || isBlankLine(text, next)) return at;
    const end = lineEnd(text, next);
    const comment = /^ *(?=#)/.exec(text.slice(next, end));
    if (!comment || comment[0].length <= indent) return at;
    at = end;
  }
}

/** Where a block scalar that keeps its trailing blank lines ends; null when there is none. */
function keptBlockEnd(before: Entry, text: string): number | null {
  let node = before.node;
  for (let last = entriesOf(node).at(-1); last; last = entriesOf(node).at(-1)) node = last.node;
  if (!isScalar(node) || !/^[|>]\d?\+/.test(text.slice(spanOf(node).start))) return null;
  const { end } = spanOf(node);
  return /[\r\n]$/.test(text.slice(0, end)) ? end : null;
}

/** The first entry of a file that has none. */
function intoNothing(draft: Draft, entryLines: string, eol: string): void {
  const { text } = draft.doc;
  const bare = text.replace(/^\ufeff/, "");
  const gap = bare === "" || /[\r\n]$/.test(bare) ? "" : eol;
  draft.edit(text.length, text.length, `${gap}${entryLines}${eol}`);
}
