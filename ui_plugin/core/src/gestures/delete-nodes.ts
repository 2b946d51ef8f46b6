import type { Doc } from "../document.ts";
import { attempt, type Draft, refuse } from "../draft.ts";
import type { Gesture } from "../edit.ts";
import type { NodeId } from "../graph.ts";
import { endOf } from "../graph-edges.ts";
import type { Occurrence } from "../occurrences.ts";
import { removeAt } from "../set-value.ts";
import type { Path } from "../syntax.ts";
import type { Things } from "../things.ts";
import type { TypesView } from "../types-view.ts";
import { cut } from "./cut.ts";
import { referencesOf } from "./references.ts";
import { thingOf } from "./target.ts";

export interface DeleteOptions {
  /** `keep` leaves references to what is gone in the text, as problems. */
  readonly references?: "remove" | "keep";
}

/**
 * Deletes nodes and, unless told otherwise, the references to them: a parameter gives way to its
 * default, an output that filled an entity gives one of its own. What only a person can rewrite,
 * such as a condition of several parts, stays and becomes a problem.
 */
export function deleteNodes(
  doc: Doc,
  ids: readonly NodeId[],
  { references = "remove" }: DeleteOptions = {},
  types?: TypesView,
): Gesture {
  return attempt(doc, (draft) => {
    const things = [...new Set(ids)].map((id) => thingOf(doc, id));
    const [first] = things;
    if (!first) refuse("nothing is chosen");
    if (references === "remove") cutAll(draft, new Set(ids), types);
    const paths = things.map((thing): Path => [thing.section, thing.name]);
    for (const path of paths) removeAt(draft, path);
    const label = things.length === 1 ? `Delete ${first.name}` : `Delete ${things.length} nodes`;
    return { label };
  });
}

/** Cuts every reference to what goes from what stays; each cut may move the others. */
function cutAll(draft: Draft, gone: ReadonlySet<NodeId>, types?: TypesView): void {
  const left = new Set<string>();
  for (;;) {
    const found = referencesOf(draft.doc, types).findLast(
      (one) =>
        !(one.owner !== null && gone.has(one.owner)) &&
        !left.has(keyOf(one)) &&
        gone.has(namedBy(one, draft.doc.things)),
    );
    if (!found) return;
    if (!draft.tries(() => cut(draft, found))) left.add(keyOf(found));
  }
}

function keyOf({ role, path, at, text }: Occurrence): string {
  return JSON.stringify([role, path, at, text]);
}

/** The node that a reference names; empty for ports, scripts and names under `with`. */
export function namedBy({ role, text }: Occurrence, things: Things): NodeId {
  const [root = "", name = ""] = text.split(".");
  switch (role) {
    case "take":
    case "relation":
    case "condition":
    case "pick":
    case "schedule":
      if (role === "condition" && root === "params") return `param:${name}`;
      return relatedTo(text, things);
    case "fill":
      return `entity:${text}`;
    case "service":
      return `service:${text}`;
    case "after":
      return `stage:${text}`;
    case "param":
      return `param:${text}`;
    case "value":
      return root === "params" ? `param:${name}` : root === "services" ? `service:${name}` : "";
    default:
      return "";
  }
}

function relatedTo(text: string, things: Things): NodeId {
  const { node } = endOf(text, things);
  return node.startsWith("missing:") && things.has(`service:${text}`) ? `service:${text}` : node;
}
