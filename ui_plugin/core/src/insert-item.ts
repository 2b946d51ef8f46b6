import { type Draft, refuse } from "./draft.ts";
import type { Json } from "./json-schema.ts";
import type { Hop } from "./locate.ts";
import { asNode, contentEnd, isFlow, isSeq, type Node, spanOf } from "./syntax.ts";
import { columnOf, eolOf, lineEnd, startsLine, stepOf } from "./text-lines.ts";
import { inlineText, linesText } from "./value-text.ts";

/** Adds an item at the end of a list. */
export function insertItem(draft: Draft, list: Node, holder: Hop | undefined, value: Json): void {
  const { text, tree } = draft.doc;
  if (!isSeq(list)) refuse("this is no list");
  const last = asNode(list.items.at(-1));
  const { start, end } = spanOf(list);
  if (isFlow(list)) {
    if (text.charAt(start) !== "[" || text.charAt(end - 1) !== "]" || end - start < 2) {
      refuse("the list is not closed; mend it in the source");
    }
    const written = inlineText(value, { flow: true });
    const at = last ? contentEnd(last, text) : start + 1;
    const comma = last ? /^\s*,/.exec(text.slice(at, end)) : null;
    if (comma) draft.edit(at + comma[0].length, at + comma[0].length, ` ${written}`);
    else draft.edit(at, at, last ? `, ${written}` : written);
    return;
  }
  if (!last) refuse("this list has no items to add to");
  const dash = text.lastIndexOf("-", spanOf(last).start - 1);
  if (dash < 0 || !startsLine(text, dash)) refuse("this list is written in an unusual form");
  const at = lineEnd(text, contentEnd(last, text));
  const place = { flow: holder?.flow ?? false, indent: columnOf(text, dash), column: 0 };
  const lines = linesText([value], { ...place, step: stepOf(text, tree), eol: eolOf(text) });
  draft.edit(at, at, eolOf(text) + lines);
}
