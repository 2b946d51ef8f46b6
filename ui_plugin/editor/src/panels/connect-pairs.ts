import type { Doc, GraphNode, GraphView, NodeId, TypesView } from "@mline/core";
import type { End, Verdict } from "../canvas/connecting.ts";
import * as gestures from "../state/gestures.ts";
import { nameOf } from "../state/names.ts";

/** Two ends that could be connected, and what the language says to it. */
export interface Pair {
  readonly from: End;
  readonly to: End;
  readonly text: string;
  readonly verdict: Verdict;
}

/** All that a node, or one end of it, could be connected with: what accepts comes first. */
export function pairsFor(
  doc: Doc,
  view: GraphView,
  types: TypesView | null,
  id: NodeId,
  end?: End,
): readonly Pair[] {
  const node = view.nodes.find((one) => one.id === id);
  if (!node) return [];
  const own = end ? [end] : endsOf(node);
  const others = view.nodes.filter((one) => one.id !== id).flatMap(endsOf);
  const taken = new Set(
    view.edges.map(
      (edge) => `${edge.from.node}.${edge.from.port ?? ""}>${edge.to.node}.${edge.to.port ?? ""}`,
    ),
  );
  const pairs = own.flatMap((one) =>
    others.flatMap((other) => {
      if (one.kind === other.kind) return [];
      const [from, to] = one.kind === "source" ? [one, other] : [other, one];
      if (taken.has(`${from.node}.${from.port ?? ""}>${to.node}.${to.port ?? ""}`)) return [];
      return [
        {
          from: one,
          to: other,
          text: `${text(from)} → ${text(to)}`,
          verdict: gestures.judge(doc, types, one, other),
        },
      ];
    }),
  );
  return pairs.toSorted((a, b) => rank(a) - rank(b));
}

function rank({ verdict }: Pair): number {
  if (verdict.ok) return 0;
  return verdict.adapters.length ? 1 : 2;
}

/** Where edges of a node can begin and end. */
export function endsOf(node: GraphNode): readonly End[] {
  if (node.kind === "service" || node.kind === "param") return [{ node: node.id, kind: "source" }];
  if (node.kind !== "stage") {
    return [
      { node: node.id, kind: "source" },
      { node: node.id, kind: "target" },
    ];
  }
  return [
    ...node.ports.in.map((port) => ({ node: node.id, port: port.name, kind: "target" as const })),
    ...node.ports.out.map((port) => ({ node: node.id, port: port.name, kind: "source" as const })),
    { node: node.id, kind: "target" },
    { node: node.id, kind: "source" },
  ];
}

function text(end: End): string {
  return `${nameOf(end.node)}${end.port ? `.${end.port}` : ""}`;
}
