import type { Doc } from "../document.ts";
import { attempt, refuse } from "../draft.ts";
import type { Gesture } from "../edit.ts";
import type { NodeId } from "../graph.ts";
import type { Json } from "../json-schema.ts";
import { valueAt } from "../locate.ts";
import { removeAt, setValue, shortKey } from "../set-value.ts";
import { isScalar, type Path } from "../syntax.ts";
import { nameOf } from "../things.ts";
import { EXPERIMENT, pathOf } from "./target.ts";

/** A value of a node, or with the id `experiment` of the file: `["with", "depth"]`. */
export interface Field {
  readonly node: NodeId;
  readonly path: Path;
}

/**
 * Writes a value: the scalar alone when there is one, else the entry with the maps that it needs.
 * Of a map or list only what differs is written.
 */
export function setField(doc: Doc, field: Field, value: Json): Gesture {
  return attempt(doc, (draft) => {
    if (field.path.length === 0) refuse("say which field is meant");
    setValue(draft, shortened(doc, wholePath(doc, field)), value);
    return { label: `Set ${labelOf(field)}`, ...selected(field) };
  });
}

/** Takes a field away, and the maps that it leaves empty; what is not there is no error. */
export function clearField(doc: Doc, field: Field): Gesture {
  return attempt(doc, (draft) => {
    if (field.path.length === 0) refuse("say which field is meant");
    removeAt(draft, shortened(doc, wholePath(doc, field)));
    return { label: `Clear ${labelOf(field)}`, ...selected(field) };
  });
}

function wholePath(doc: Doc, { node, path }: Field): Path {
  return [...pathOf(doc, node), ...path];
}

/** The field that a short form is: `default` of `depth: 3` is the 3. */
function shortened(doc: Doc, path: Path): Path {
  const parent = path.slice(0, -1);
  const node = valueAt(doc, parent);
  const isShort = isScalar(node) && node.value !== null && shortKey(parent) === path.at(-1);
  return isShort ? parent : path;
}

function labelOf({ node, path }: Field): string {
  const field = path.join(".");
  return node === EXPERIMENT ? field : `${field} of ${nameOf(node)}`;
}

function selected({ node }: Field): { readonly select?: string } {
  return node === EXPERIMENT ? {} : { select: node };
}
