import type { NodeId } from "@mline/core";

/** Who changed the selection; the others follow, and the one that did does not jump. */
export type Chooser =
  | "canvas"
  | "source"
  | "outline"
  | "problems"
  | "search"
  | "gesture"
  | "address";

export interface Selection {
  /** In the order of choosing; the last one is the one that the inspector shows. */
  readonly nodes: readonly NodeId[];
  readonly edge: string | null;
  /** The field that is in question, as `with.depth`. */
  readonly field: string | null;
  readonly by: Chooser;
}

export const NOTHING: Selection = { nodes: [], edge: null, field: null, by: "gesture" };

export function selectNodes(
  nodes: readonly NodeId[],
  by: Chooser,
  field: string | null = null,
): Selection {
  return { nodes, edge: null, field, by };
}

export function selectEdge(edge: string, by: Chooser): Selection {
  return { nodes: [], edge, field: null, by };
}

/** The node that keys and the inspector are about. */
export function mainNode(selection: Selection): NodeId | null {
  return selection.nodes.at(-1) ?? null;
}

export function sameSelection(a: Selection, b: Selection): boolean {
  return (
    a.edge === b.edge &&
    a.field === b.field &&
    a.nodes.length === b.nodes.length &&
    a.nodes.every((node, index) => node === b.nodes[index])
  );
}
