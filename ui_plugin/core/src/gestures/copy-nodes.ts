import type { Doc } from "../document.ts";
import type { NodeId } from "../graph.ts";
import { SECTIONS } from "../things.ts";
import { thingText } from "./fragment.ts";

/** Nodes as YAML text in their sections, for the clipboard; ids that are not declared are left out. */
export function copyNodes(doc: Doc, ids: readonly NodeId[]): string {
  const wanted = new Set(ids);
  const place = { flow: false, indent: 2, column: 2, step: 2, eol: "\n" };
  const parts = SECTIONS.flatMap((section) => {
    const things = doc.things.in(section).filter(({ id }) => wanted.has(id));
    const lines = things.map((thing) => `  ${thingText(doc, thing, place)}\n`);
    return lines.length > 0 ? [`${section}:\n${lines.join("")}`] : [];
  });
  return parts.join("");
}
