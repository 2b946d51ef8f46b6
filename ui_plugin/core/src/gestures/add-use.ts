import type { Doc } from "../document.ts";
import { attempt, refuse } from "../draft.ts";
import type { Gesture } from "../edit.ts";
import { locate } from "../locate.ts";
import { plainData } from "../plain-data.ts";
import { setValue } from "../set-value.ts";
import { isList } from "../value-text.ts";

/** Adds a type library, by its id or its path, to `use`. */
export function addUse(doc: Doc, library: string): Gesture {
  return attempt(doc, (draft) => {
    const { node, rest } = locate(doc, ["use"]);
    const present = rest.length === 0 ? plainData(node, doc.tree) : null;
    if (present === library || (isList(present) && present.includes(library))) {
      refuse(`'${library}' is in 'use' already`);
    }
    if (present === null) setValue(draft, ["use"], [library]);
    else setValue(draft, ["use", isList(present) ? present.length : 1], library);
    return { label: `Use ${library}` };
  });
}
