import type { Doc } from "../document.ts";
import { refuse } from "../draft.ts";
import type { NodeId } from "../graph.ts";
import type { Path } from "../syntax.ts";
import { nameOf, sectionOf, type Thing } from "../things.ts";

/** The file itself, for fields such as `title` and `defaults`. */
export const EXPERIMENT = "experiment";

/** The thing of an id; refuses when the text does not declare it. */
export function thingOf(doc: Doc, id: NodeId): Thing {
  const thing = doc.things.get(id);
  return thing ?? refuse(`'${nameOf(id)}' is not declared in this file`);
}

/** The path of a node: `["stages", "fit"]`; of the experiment it is empty. */
export function pathOf(doc: Doc, id: NodeId): Path {
  if (id === EXPERIMENT) return [];
  const section = sectionOf(id);
  if (!section || !doc.things.has(id)) refuse(`'${nameOf(id)}' is not declared in this file`);
  return [section, nameOf(id)];
}
