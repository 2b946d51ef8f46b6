import type { Draft } from "../draft.ts";
import { refuse } from "../draft.ts";
import { writeEntry } from "../insert-entry.ts";
import { locate } from "../locate.ts";
import { aliasReason } from "../set-value.ts";
import { root } from "../syntax.ts";
import type { SectionName } from "../things.ts";
import type { ValuePlace } from "../value-text.ts";
import { EXPERIMENT_KEYS } from "../vocabulary.ts";

/** Writes the text of a thing into its section, at the end or behind another; makes the section. */
export function writeThing(
  draft: Draft,
  section: SectionName,
  name: string,
  write: (place: ValuePlace) => string,
  after?: string,
): void {
  const { hops, node, alias } = locate(draft.doc, [section]);
  if (alias !== null) refuse(aliasReason(alias));
  const holder = hops[0]?.entry ?? null;
  draft.touch([section, name]);
  if (holder) {
    const added = {
      key: name,
      apart: isApart(draft, section),
      ...(after === undefined ? {} : { after }),
    };
    writeEntry(draft, { map: node, holder, flow: false }, added, write);
  } else {
    const top = { map: root(draft.doc.tree), holder: null, flow: false };
    writeEntry(draft, top, { key: section, order: EXPERIMENT_KEYS }, (place) => {
      if (place.flow) return `${section}: {${write(place)}}`;
      const indent = place.indent + place.step;
      return `${section}:${place.eol}${" ".repeat(indent)}${write({ ...place, indent })}`;
    });
  }
  draft.step();
}

/** Things are set off by a blank line where those before them are. */
export function isApart(draft: Draft, section: SectionName): boolean {
  const [first, second] = draft.doc.things.in(section);
  if (!first || !second) return false;
  const between = draft.doc.text.slice(first.entry.keySpan.end, second.entry.keySpan.start);
  return /\n[ \t]*\r?\n/.test(between);
}
