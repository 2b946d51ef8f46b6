import {
  type EdgeEnd,
  type GraphEdge,
  type GraphNode,
  type GraphView,
  type Group,
  groupsOf,
  type NodeId,
  type OwnGroup,
  standIns,
} from "@mline/core";

/** What of the network is to be drawn. */
export interface Shown {
  /** Ids of groups that are drawn as one node. */
  readonly collapsed: ReadonlySet<string>;
  readonly own: readonly OwnGroup[];
  readonly params: boolean;
  readonly relations: boolean;
}

/** A node of the canvas: one of the network, or one that stands for a collapsed group. */
export interface DrawnNode {
  readonly node: GraphNode;
  /** For a collapsed group: what it holds. */
  readonly holds?: readonly GraphNode[];
  /** The group that a node stands for which is none of the network. */
  readonly group?: Group;
}

export interface DrawnEdge {
  readonly edge: GraphEdge;
  readonly from: EdgeEnd;
  readonly to: EdgeEnd;
}

/** The network as it is drawn: parameters on demand, each collapsed group as one node. */
export interface Drawn {
  readonly nodes: readonly DrawnNode[];
  readonly byId: ReadonlyMap<NodeId, DrawnNode>;
  readonly edges: readonly DrawnEdge[];
  /** Groups that get a frame, outer ones first, with the members that are drawn. */
  readonly frames: readonly Group[];
  /** Which node is drawn for one of the network. */
  readonly standIn: (id: NodeId) => NodeId;
}

export function drawnOf(view: GraphView, shown: Shown): Drawn {
  const isShown = (node: GraphNode) => shown.params || node.kind !== "param";
  const groups = groupsOf(view, shown.own).filter(({ kind }) => shown.params || kind !== "params");
  const hidden = standIns(groups, shown.collapsed);
  const standIn = (id: NodeId) => hidden.get(id) ?? id;
  const nodes = drawnNodes(view.nodes.filter(isShown), groups, shown.collapsed, hidden);
  const byId = new Map(nodes.map((one) => [one.node.id, one]));
  const frames = groups.flatMap((group): readonly Group[] => {
    const members = group.members.filter((id) => byId.has(id) && standIn(id) === id);
    return shown.collapsed.has(group.id) || members.length < 2 ? [] : [{ ...group, members }];
  });
  return { nodes, byId, edges: drawnEdges(view.edges, byId, standIn), frames, standIn };
}

function drawnNodes(
  nodes: readonly GraphNode[],
  groups: readonly Group[],
  collapsed: ReadonlySet<string>,
  hidden: ReadonlyMap<NodeId, NodeId>,
): readonly DrawnNode[] {
  const known = new Map(nodes.map((node) => [node.id, node]));
  const held = new Map<NodeId, DrawnNode>();
  for (const group of groups) {
    if (!collapsed.has(group.id) || hidden.has(group.home ?? group.id)) continue;
    const holds = group.members.flatMap((id) => known.get(id) ?? []);
    const home = group.home === null ? null : (known.get(group.home) ?? null);
    held.set(
      home?.id ?? group.id,
      home ? { node: home, holds } : { node: nodeOf(group, holds), holds, group },
    );
  }
  const own = nodes.flatMap((node) => (hidden.has(node.id) ? [] : [held.get(node.id) ?? { node }]));
  return [...own, ...[...held.values()].filter(({ group }) => group)];
}

const KIND = { sweep: "stage", own: "stage", services: "service", params: "param" } as const;

/** A node that stands for a group, with the problems of all that it holds. */
function nodeOf(group: Group, holds: readonly GraphNode[]): GraphNode {
  const nowhere = { line: 0, character: 0 };
  const sum = (level: "error" | "warning" | "info") =>
    holds.reduce((all, { problems }) => all + problems[level], 0);
  return {
    id: group.id,
    kind: KIND[group.kind],
    name: group.title,
    type: null,
    title: "",
    doc: "",
    range: { start: nowhere, end: nowhere },
    nameRange: { start: nowhere, end: nowhere },
    problems: { error: sum("error"), warning: sum("warning"), info: sum("info") },
    ports: { in: [], out: [] },
    schema: {},
    icon: group.kind === "own" ? "layers" : "",
    color: "",
  };
}

/** Edges with their ends moved to what stands there; those that look the same then are one. */
function drawnEdges(
  edges: readonly GraphEdge[],
  byId: ReadonlyMap<NodeId, DrawnNode>,
  standIn: (id: NodeId) => NodeId,
): readonly DrawnEdge[] {
  const seen = new Set<string>();
  return edges.flatMap((edge) => {
    if (edge.kind === "sweep") return [];
    const from = moved(edge.from, standIn);
    const to = moved(edge.to, standIn);
    if (from.node === to.node || !byId.has(from.node) || !byId.has(to.node)) return [];
    if (from === edge.from && to === edge.to) return [{ edge, from, to }];
    const look = `${edge.kind}:${from.node}.${from.port ?? ""}>${to.node}.${to.port ?? ""}`;
    if (seen.has(look)) return [];
    seen.add(look);
    return [{ edge, from, to }];
  });
}

function moved(end: EdgeEnd, standIn: (id: NodeId) => NodeId): EdgeEnd {
  const node = standIn(end.node);
  return node === end.node ? end : { node };
}

/** The nodes of the network that nodes of the canvas are: of a group, all that it holds. */
export function meantBy({ byId }: Drawn, ids: readonly NodeId[]): readonly NodeId[] {
  return ids.flatMap((id) => {
    const { group, holds = [] } = byId.get(id) ?? {};
    return group ? holds.map((node) => node.id) : [id];
  });
}
