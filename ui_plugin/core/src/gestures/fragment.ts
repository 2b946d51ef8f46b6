import type { Doc } from "../document.ts";
import { plainData } from "../plain-data.ts";
import { entryEnd, hasAnchors, isMap, readTree, root } from "../syntax.ts";
import { columnOf, lineEnd, startsLine } from "../text-lines.ts";
import type { Thing } from "../things.ts";
import { entryText, type ValuePlace } from "../value-text.ts";

/**
 * The text of a thing as it is written, comments included, at column 0; null when it cannot stand by
 * itself, as with anchors, aliases and `{}` around it.
 */
export function rawText(doc: Doc, { entry, body }: Thing): readonly string[] | null {
  const { text, tree } = doc;
  const { start } = entry.keySpan;
  if (!startsLine(text, start)) return null;
  const lines = text.slice(start, lineEnd(text, entryEnd(entry, text))).split(/\r\n|\n|\r/);
  const column = columnOf(text, start);
  const moved = lines.map((line, i) => (i === 0 ? line : dedent(line, column)));
  const alone = readTree(`${moved.join("\n")}\n`);
  const top = root(alone);
  if (alone.errors.length > 0 || !isMap(top) || top.items.length !== 1 || hasAnchors(alone))
    return null;
  const same =
    JSON.stringify(plainData(top, alone)) ===
    JSON.stringify({ [entry.key]: plainData(body, tree) });
  return same ? moved : null;
}

function dedent(line: string, column: number): string {
  let at = 0;
  while (at < column && line.charAt(at) === " ") at++;
  return line.slice(at);
}

/** Writes a thing into another place: as it was written where that can be, else from its values. */
export function thingText(doc: Doc, thing: Thing, place: ValuePlace): string {
  const lines = place.flow ? null : rawText(doc, thing);
  if (!lines) {
    const layout = thing.section === "stages" || thing.section === "services" ? "block" : "auto";
    return entryText(thing.name, plainData(thing.body, doc.tree), place, layout);
  }
  const pad = " ".repeat(place.indent);
  return lines
    .map((line, i) => (i === 0 || line.trim() === "" ? line : pad + line))
    .join(place.eol);
}
