import type { Doc } from "../document.ts";
import { attempt, refuse } from "../draft.ts";
import type { Gesture } from "../edit.ts";
import type { NodeId } from "../graph.ts";
import { removeAt } from "../set-value.ts";
import { PREFIXES, type SectionName } from "../things.ts";
import { namedBy } from "./delete-nodes.ts";
import { thingText } from "./fragment.ts";
import { checkName } from "./names.ts";
import { thingOf } from "./target.ts";
import { writeThing } from "./write-thing.ts";

/** Moves a node to another section, as it is written; what refers to it by a name of that kind stops it. */
export function moveToSection(doc: Doc, id: NodeId, section: SectionName): Gesture {
  return attempt(doc, (draft) => {
    const thing = thingOf(doc, id);
    if (thing.section === section) refuse(`'${thing.name}' is under '${section}' already`);
    const user = doc.occurrences.find(
      (found) => found.role !== "relation" && namedBy(found, doc.things) === id,
    );
    if (user)
      refuse(`'${user.text}' at '${user.path.join(".")}' needs it under '${thing.section}'`);
    removeAt(draft, [thing.section, thing.name]);
    checkName(draft.doc, thing.name, section);
    const moved = { ...thing, section };
    writeThing(draft, section, thing.name, (place) => thingText(doc, moved, place));
    return {
      label: `Move ${thing.name} to ${section}`,
      select: `${PREFIXES[section]}:${thing.name}`,
    };
  });
}
