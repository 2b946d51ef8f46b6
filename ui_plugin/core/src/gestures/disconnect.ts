import type { Doc } from "../document.ts";
import { attempt, type Draft, refuse } from "../draft.ts";
import type { Gesture } from "../edit.ts";
import type { GraphEdge } from "../graph.ts";
import type { Drawn } from "../graph-edges.ts";
import { nameOf } from "../things.ts";
import { cut } from "./cut.ts";

/** Takes edges out, by the references that make them. */
export function disconnect(doc: Doc, ids: readonly string[]): Gesture {
  return attempt(doc, (draft) => {
    const edges = ids.map((id) => drawnOf(draft, id));
    const [first] = edges;
    if (!first) refuse("no edge is chosen");
    // From the last to the first, so that the items of one list keep their numbers.
    for (const { edge } of [...edges].reverse()) cut(draft, drawnOf(draft, edge.id).occurrence);
    const label =
      edges.length === 1 ? `Disconnect ${shown(first.edge)}` : `Disconnect ${edges.length} edges`;
    return { label };
  });
}

/** The edge of an id with its reference, in the present text of a draft. */
export function drawnOf(draft: Draft, id: string): Drawn {
  const found = draft.doc.drawn.find(({ edge }) => edge.id === id);
  return found ?? refuse("this edge is not in the text any more");
}

export function shown({ from, to }: GraphEdge): string {
  return `${nameOf(from.node)} and ${nameOf(to.node)}`;
}
