import type { Doc } from "../document.ts";
import type { Occurrence } from "../occurrences.ts";
import { parseReference } from "../reference.ts";
import type { TypesView } from "../types-view.ts";
import { BUILT_IN_RELATIONS } from "../vocabulary.ts";

/**
 * Every reference of a text. With the types known, the relations of entities are those of the types;
 * without, those of the built-in libraries.
 */
export function referencesOf(doc: Doc, types?: TypesView): readonly Occurrence[] {
  if (!types) return doc.occurrences;
  const relations = new Set(
    types.relations.flatMap(({ name, inverse }) => [name, inverse ?? name]),
  );
  return doc.references((key) => relations.has(key) || BUILT_IN_RELATIONS.has(key));
}

/** Whether a reference names an output or an entity: `split.train`, `fit[*].model`, `accuracy`. */
export function namesEnd(text: string, head: string, port: string): boolean {
  const reference = parseReference(text);
  return reference?.head === head && reference.port === port;
}
