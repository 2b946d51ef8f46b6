import type { EdgeEnd, GraphView, NodeId } from "@mline/core";
import { MarkerType } from "@xyflow/react";
import type { Laid } from "../layout/elk-runner.ts";
import type { Drawn, DrawnEdge } from "./drawn.ts";
import type { FlowEdge } from "./model.ts";

/** Edges as React Flow draws them, with the ways that the layout found for them. */
export function flowEdges(
  drawn: Drawn,
  routes: Laid["routes"],
  selectedEdge: string | null,
): FlowEdge[] {
  return drawn.edges.map((one) => flowEdge(drawn, one, routes, one.edge.id === selectedEdge));
}

function flowEdge(
  drawn: Drawn,
  { edge, from, to }: DrawnEdge,
  routes: Laid["routes"],
  selected: boolean,
): FlowEdge {
  const isLane = edge.kind === "service";
  const color = edge.kind === "data" ? drawn.byId.get(from.node)?.node.color : undefined;
  const route = routes.get(edge.id);
  const isWhole = from === edge.from && to === edge.to;
  return {
    id: edge.id,
    type: "line",
    source: from.node,
    target: to.node,
    sourceHandle: isLane ? "lane" : socketOf(drawn, from, "out"),
    targetHandle: isLane ? "lane" : socketOf(drawn, to, "in"),
    selected,
    focusable: false,
    // An end at a collapsed group is not where the reference leads.
    ...(isWhole ? {} : { reconnectable: false }),
    data: { edge, kind: edge.kind, ...(color ? { color } : {}), ...(route ? { route } : {}) },
  };
}

function socketOf(drawn: Drawn, { node, port }: EdgeEnd, way: "in" | "out"): string {
  const found = drawn.byId.get(node)?.node;
  const has = found?.kind === "stage" && found.ports[way].some(({ name }) => name === port);
  return port && has ? `${way}:${port}` : way;
}

/** What the data edges say already. */
const SAID: ReadonlySet<string> = new Set(["consumes", "produces", "uses"]);
/** With more than this, names are shown of the chosen node's relations alone. */
const FEW = 14;

/**
 * Relations are drawn between the nodes that their two ends belong to. Two nodes may have many: they
 * are one line with all of their names.
 */
export function relationEdges(
  view: GraphView,
  drawn: Drawn,
  selected: readonly NodeId[],
): FlowEdge[] {
  const found = new Map<string, { source: NodeId; target: NodeId; names: Set<string> }>();
  for (const { subject, relation, object } of view.relations) {
    const source = owner(drawn, subject);
    const target = owner(drawn, object);
    if (!source || !target || source === target || SAID.has(relation)) continue;
    const key = `${source}>${target}`;
    const line = found.get(key) ?? { source, target, names: new Set() };
    line.names.add(relation);
    found.set(key, line);
  }
  const chosen = new Set(selected.map(drawn.standIn));
  const others = chosen.size || found.size > FEW ? "faint" : "plain";
  return [...found].map(([key, { source, target, names }]) => ({
    id: `relation:${key}`,
    type: "relation",
    source,
    target,
    selectable: false,
    focusable: false,
    reconnectable: false,
    zIndex: 1,
    markerEnd: { type: MarkerType.ArrowClosed, color: "var(--relation)", width: 14, height: 14 },
    data: {
      relation: [...names].join(", "),
      kind: "relation",
      strength: chosen.has(source) || chosen.has(target) ? "strong" : others,
    },
  }));
}

/** The drawn node of what a relation names: `fit.model` is the stage's, when it has no node itself. */
function owner(drawn: Drawn, name: string): NodeId | undefined {
  const stage = `stage:${name.split(".")[0]}`;
  const ids = [`entity:${name}`, `external:${name}`, stage].map(drawn.standIn);
  const found = ids.find((id) => drawn.byId.has(id));
  return drawn.byId.get(found ?? "")?.node.kind === "service" ? undefined : found;
}
