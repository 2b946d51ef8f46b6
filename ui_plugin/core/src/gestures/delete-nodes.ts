import type { Doc } from "../document.ts";
import { attempt, type Draft, refuse } from "../draft.ts";
import { type Gesture, isRefused } from "../edit.ts";
import type { NodeId } from "../graph.ts";
import { endOf } from "../graph-edges.ts";
import type { Occurrence } from "../occurrences.ts";
import { removeAt } from "../set-value.ts";
import type { Path } from "../syntax.ts";
import type { Thing, Things } from "../things.ts";
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
  const run = (together: boolean) =>
    attempt(doc, (draft) => {
      const things = [...new Set(ids)].map((id) => thingOf(doc, id));
      const [first] = things;
      if (!first) refuse("nothing is chosen");
      if (references === "remove") cutAll(draft, new Set(ids), together, types);
      removeAll(draft, things, together);
      const label = things.length === 1 ? `Delete ${first.name}` : `Delete ${things.length} nodes`;
      return { label };
    });
  const quick = run(true);
  // What is odd enough that its places depend on each other is done place by place.
  return isRefused(quick) ? run(false) : quick;
}

/**
 * Cuts every reference to what goes from what stays. Those of different nodes are cut together, and the
 * text is read again before the next ones of the same nodes, which may have moved.
 */
function cutAll(
  draft: Draft,
  gone: ReadonlySet<NodeId>,
  together: boolean,
  types?: TypesView,
): void {
  const left = new Set<string>();
  for (;;) {
    const { things } = draft.doc;
    const found = referencesOf(draft.doc, types).filter(
      (one) =>
        !(one.owner !== null && gone.has(one.owner)) &&
        !left.has(keyOf(one)) &&
        gone.has(namedBy(one, things)),
    );
    const round = together ? oneEach(found) : found.slice(-1);
    if (!round.length) return;
    const answers = draft.triesTogether(round.map((one) => () => cut(draft, one)));
    for (const [at, one] of round.entries()) if (answers[at] === false) left.add(keyOf(one));
  }
}

/** The last reference in each node, and in each of the other parts of a file. */
function oneEach(found: readonly Occurrence[]): readonly Occurrence[] {
  const place = ({ owner, path }: Occurrence) => owner ?? String(path[0]);
  return [...new Map(found.map((one) => [place(one), one])).values()];
}

/** Removes the entries of things; the last one of a section goes alone and takes the section along. */
function removeAll(draft: Draft, things: readonly Thing[], together: boolean): void {
  const paths = things.map((thing): Path => [thing.section, thing.name]);
  if (!together) {
    for (const path of paths) removeAt(draft, path);
    return;
  }
  const firsts = new Set(new Map([...paths].reverse().map((path) => [path[0], path])).values());
  let waiting = paths.filter((path) => !firsts.has(path));
  while (waiting.length) {
    const answers = draft.triesTogether(waiting.map((path) => () => removeAt(draft, path)));
    if (answers.includes(false)) refuse("one of them cannot be removed here; edit the source");
    waiting = waiting.filter((_, at) => answers[at] === null);
  }
  for (const path of firsts) removeAt(draft, path);
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
