import { type Draft, refuse } from "./draft.ts";
import type { Json } from "./json-schema.ts";
import type { Hop } from "./locate.ts";
import { type Quote, scalarText } from "./scalar-text.ts";
import { colonOf, contentEnd, isAlias, isFlow, isScalar, type Node, spanOf } from "./syntax.ts";
import { columnOf, eolOf, lineEnd, lineStart, stepOf } from "./text-lines.ts";
import {
  blockText,
  inlineText,
  isBlockText,
  isList,
  isRecord,
  type ValuePlace,
  valueText,
} from "./value-text.ts";

/** Writes another value where a hop leads; its anchor and the comments beside it stay. */
export function replaceValue(draft: Draft, hop: Hop, value: Json): void {
  const { node } = hop;
  const collection = isList(value) || isRecord(value);
  if (!node) {
    const at = hop.entry ? colonOf(hop.entry, draft.doc.text) : refuse("the list has a gap");
    draft.edit(at, at, valueText(value, placeOf(draft, hop)));
  } else if (isBlockScalar(node)) {
    replaceBlockScalar(draft, hop, node, value);
  } else if (!isScalar(node) && !isAlias(node) && !isFlow(node)) {
    replaceBlockCollection(draft, hop, node, value);
  } else if (!collection && isScalar(node) && !isBlockText(value)) {
    const { start, end } = spanOf(node);
    draft.edit(
      start,
      end,
      scalarText(value, hop, typeof value === "string" ? quoteOf(node) : "plain"),
    );
  } else {
    replaceInline(draft, hop, node, value);
  }
}

function quoteOf(node: Node): Quote {
  if (!isScalar(node)) return "plain";
  if (node.type === "QUOTE_DOUBLE") return "double";
  return node.type === "QUOTE_SINGLE" ? "single" : "plain";
}

function placeOf(draft: Draft, { entry, flow, node }: Hop): ValuePlace {
  const { text, tree } = draft.doc;
  const key = entry ? entry.keySpan.start : dashOf(text, node ? spanOf(node).start : 0);
  return {
    flow,
    indent: columnOf(text, key),
    column: entry ? columnOf(text, entry.keySpan.end) + 2 : columnOf(text, key) + 2,
    step: stepOf(text, tree),
    eol: eolOf(text),
  };
}

function dashOf(text: string, start: number): number {
  return Math.max(text.lastIndexOf("-", start - 1), lineStart(text, start));
}

/** A value that stays on its line, or takes its place with lines below. */
function replaceInline(draft: Draft, hop: Hop, node: Node, value: Json): void {
  const { text } = draft.doc;
  const { start, end } = spanOf(node);
  const place = placeOf(draft, hop);
  const written = valueText(value, place);
  // The lines below begin where this line ends, behind its comment.
  const until = lineEnd(text, end);
  if (written.startsWith(" ")) {
    const line = written.indexOf(place.eol);
    draft.edit(start, end, written.slice(1, line < 0 ? undefined : line));
    if (line >= 0) draft.edit(until, until, written.slice(line));
    return;
  }
  let from = start;
  while (text.charAt(from - 1) === " ") from--;
  if (lineEnd(text, start) !== until || !hop.entry) {
    draft.edit(start, end, inlineText(value, hop));
    return;
  }
  draft.edit(from, end, "");
  draft.edit(until, until, written);
}

function isBlockScalar(node: Node): boolean {
  return isScalar(node) && (node.type === "BLOCK_LITERAL" || node.type === "BLOCK_FOLDED");
}

/** `|` or `>` and its lines; a comment behind the `|` stays. */
function replaceBlockScalar(draft: Draft, hop: Hop, node: Node, value: Json): void {
  const { text } = draft.doc;
  const { start } = spanOf(node);
  const header = /^[|>][\d+-]*/.exec(text.slice(start))?.[0] ?? "|";
  const from = lineEnd(text, start);
  const to = blockBodyEnd(node, text, header);
  const place = placeOf(draft, hop);
  if (isBlockText(value)) {
    const written = blockText(value, place);
    const line = written.indexOf(place.eol);
    draft.edit(start, start + header.length, written.slice(0, line));
    draft.edit(from, to, written.slice(line));
  } else {
    draft.edit(start, start + header.length, inlineText(value, hop));
    draft.edit(from, to, "");
  }
}

/** The end of the last line that belongs to a block scalar, before its line break. */
function blockBodyEnd(node: Node, text: string, header: string): number {
  if (!header.includes("+"))
    return Math.max(contentEnd(node, text), lineEnd(text, spanOf(node).start));
  const { end } = spanOf(node);
  if (text.endsWith("\r\n", end)) return end - 2;
  return /[\r\n]/.test(text.charAt(end - 1)) ? end - 1 : end;
}

/** Lines below a key: they go, and what is new stands beside the key or below it. */
function replaceBlockCollection(draft: Draft, hop: Hop, node: Node, value: Json): void {
  const { text } = draft.doc;
  if (!hop.entry) refuse("this item is written over several lines; edit the source");
  const colon = colonOf(hop.entry, text);
  const line = lineEnd(text, colon);
  const end = contentEnd(node, text);
  const written = valueText(value, placeOf(draft, hop));
  if (line >= spanOf(node).start)
    refuse("this value is written in an unusual form; edit the source");
  if (written.startsWith(" ") && !isBlockText(value)) {
    draft.edit(colon, colon, written);
    draft.edit(line, lineEnd(text, end), "");
  } else {
    const below = written.indexOf(eolOf(text));
    draft.edit(colon, colon, written.slice(0, below));
    draft.edit(line, lineEnd(text, end), written.slice(below));
  }
}
