import { type Draft, refuse } from "./draft.ts";
import type { Span } from "./position.ts";
import {
  asNode,
  contentEnd,
  type Entry,
  entriesOf,
  entryEnd,
  isFlow,
  isScalar,
  isSeq,
  type Node,
  spanOf,
} from "./syntax.ts";
import { isBlankLine, lineEnd, lineStart, nextLine, startsLine } from "./text-lines.ts";

/** Takes an entry out of its map, with its comment on the same line. The map may end up empty. */
export function removeEntry(draft: Draft, map: Node, entry: Entry): void {
  const { text } = draft.doc;
  const part = { start: entry.keySpan.start, end: endOf(entry.node, entryEnd(entry, text), text) };
  if (isFlow(map)) {
    const parts = entriesOf(map).map((found) => found.keySpan.start);
    removeFlow(draft, { start: part.start, end: entryEnd(entry, text) }, parts, map);
  } else if (startsLine(text, part.start)) {
    removeLines(draft, part);
  } else {
    removeBesideDash(draft, map, entry, part);
  }
}

/** Takes an item out of a list. */
export function removeItem(draft: Draft, list: Node, index: number): void {
  const { text } = draft.doc;
  const item = isSeq(list) ? asNode(list.items[index]) : null;
  if (!isSeq(list) || !item) refuse("there is no such item");
  const { start } = spanOf(item);
  if (isFlow(list)) {
    const parts = list.items.map((found) => spanOf(asNode(found) ?? item).start);
    removeFlow(draft, { start: propsStart(start, text), end: contentEnd(item, text) }, parts, list);
    return;
  }
  const dash = text.lastIndexOf("-", start - 1);
  if (dash < 0 || !startsLine(text, dash)) refuse("this list is written in one line with another");
  removeLines(draft, { start: dash, end: endOf(item, contentEnd(item, text), text) });
}

/** An anchor stands before its value. */
function propsStart(start: number, text: string): number {
  const anchor = /&[^\s,[\]{}]+\s+$/.exec(text.slice(0, start));
  return anchor ? start - anchor[0].length : start;
}

/** A block scalar that keeps its blank lines owns them. */
function endOf(node: Node | null, end: number, text: string): number {
  let last = node;
  for (let found = entriesOf(last).at(-1); found; found = entriesOf(last).at(-1)) last = found.node;
  if (!isScalar(last)) return end;
  const span = spanOf(last);
  if (!/^[|>]\d?\+/.test(text.slice(span.start, span.start + 3))) return end;
  return Math.max(end, span.end - 1);
}

/** Removes whole lines; of two runs of blank lines around them one stays. */
function removeLines(draft: Draft, { start, end }: Span): void {
  const { text } = draft.doc;
  let from = lineStart(text, start);
  let to = nextLine(text, end);
  const before =
    from === 0 ? -1 : lineStart(text, from - 1 - (text.startsWith("\r\n", from - 2) ? 1 : 0));
  if (before < 0 || isBlankLine(text, before)) {
    while (isBlankLine(text, to)) to = nextLine(text, to);
  }
  const unended = to === text.length && lineEnd(text, end) === text.length;
  if (unended && from > 0 && !isBom(text, from)) from -= text.startsWith("\r\n", from - 2) ? 2 : 1;
  draft.edit(from, to, "");
}

function isBom(text: string, from: number): boolean {
  return from === 1 && text.charCodeAt(0) === 0xfeff;
}

/** The first entry behind a dash: what follows moves up to its place. */
function removeBesideDash(draft: Draft, map: Node, entry: Entry, part: Span): void {
  const { text } = draft.doc;
  const entries = entriesOf(map);
  const next = entries[entries.indexOf(entry) + 1];
  if (!next) {
    draft.edit(part.start, entryEnd(entry, text), "{}");
    return;
  }
  const between = text.slice(nextLine(text, part.end), next.keySpan.start);
  if (between.includes("#")) refuse("a comment stands in between; edit the source");
  draft.edit(part.start, next.keySpan.start, "");
}

/** Removes one part of `{…}` or `[…]` with one comma; lines that it had for itself go too. */
function removeFlow(draft: Draft, part: Span, starts: readonly number[], whole: Node): void {
  const { text } = draft.doc;
  const index = starts.findIndex((start) => start >= part.start && start <= part.end);
  const isLast = index === starts.length - 1;
  const behind = /^(\s*),([ \t]*)/.exec(text.slice(part.end, spanOf(whole).end));
  if (!isLast || (behind && !onOneLine(text, spanOf(whole)))) {
    if (!behind) refuse("a comma is missing; mend it in the source");
    removeWithBlank(draft, part.start, part.end + behind[0].length);
    return;
  }
  const ahead = /,(\s*)$/.exec(text.slice(spanOf(whole).start, part.start));
  if (!ahead) {
    draft.edit(part.start, part.end + (behind?.[0].length ?? 0), "");
  } else if (/[\r\n]/.test(ahead[1] ?? "")) {
    const comma = part.start - ahead[0].length;
    draft.edit(comma, comma + 1, "");
    removeWithBlank(draft, part.start, part.end);
  } else {
    draft.edit(part.start - ahead[0].length, part.end, "");
  }
}

function onOneLine(text: string, { start, end }: Span): boolean {
  return !/[\r\n]/.test(text.slice(start, end));
}

/** Removes a part, and its line with a comment at its end when nothing else stands there. */
function removeWithBlank(draft: Draft, start: number, end: number): void {
  const { text } = draft.doc;
  const rest = text.slice(end, lineEnd(text, end)).trim();
  if (startsLine(text, start) && (rest === "" || rest.startsWith("#"))) {
    draft.edit(lineStart(text, start), nextLine(text, end), "");
  } else {
    draft.edit(start, end, "");
  }
}
