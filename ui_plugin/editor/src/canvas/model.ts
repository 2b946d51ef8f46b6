import type { EdgeKind, GraphEdge, GraphNode, GraphView, NodeId, Relation } from "@mline/core";
import { type Edge, type Node, Position } from "@xyflow/react";
import { type Box, boxOf, type Direction, type Side } from "../layout/box.ts";
import type { Point } from "../layout/layered.ts";

export interface NodeData extends Record<string, unknown> {
  readonly node: GraphNode;
  readonly box: Box;
  readonly direction: Direction;
  /** For a collapsed sweep: what it holds. */
  readonly holds?: readonly GraphNode[];
}

export interface GroupData extends Record<string, unknown> {
  readonly title: string;
  readonly detail: string;
  readonly home: NodeId;
}

export interface EdgeData extends Record<string, unknown> {
  readonly edge?: GraphEdge;
  readonly relation?: Relation;
  readonly kind: EdgeKind | "relation";
  readonly color?: string;
}

export type FlowNode = Node<NodeData> | Node<GroupData, "group">;
export type FlowEdge = Edge<EdgeData>;

const POSITION: { readonly [side in Side]: Position } = {
  left: Position.Left,
  right: Position.Right,
  top: Position.Top,
  bottom: Position.Bottom,
};

/** What of the network is drawn, and how. */
export interface Shown {
  readonly direction: Direction;
  /** Homes of sweeps that are drawn as one node. */
  readonly collapsed: ReadonlySet<NodeId>;
  readonly params: boolean;
  readonly relations: boolean;
}

/** The part of the network that is drawn: parameters on demand, a collapsed sweep as its home. */
export function visibleNodes(view: GraphView, shown: Shown): readonly GraphNode[] {
  const hidden = hiddenBy(view, shown);
  return view.nodes.filter(
    (node) => !hidden.has(node.id) && (shown.params || node.kind !== "param"),
  );
}

/** Which node stands for a hidden one. */
export function hiddenBy(view: GraphView, { collapsed }: Shown): ReadonlyMap<NodeId, NodeId> {
  const hidden = new Map<NodeId, NodeId>();
  for (const node of view.nodes) {
    if (!node.sweep || !collapsed.has(node.id)) continue;
    for (const member of node.sweep.members) if (member !== node.id) hidden.set(member, node.id);
  }
  return hidden;
}

const known = new WeakMap<GraphNode, string>();

function contentOf(node: GraphNode): string {
  const found = known.get(node);
  if (found) return found;
  const { range: _, schema: _schema, ...rest } = node;
  const content = JSON.stringify(rest);
  known.set(node, content);
  return content;
}

/**
 * Nodes as React Flow draws them, with size, measured size and handles given: only then it need not
 * draw all of them to know where edges end. An unchanged node stays the same object, and is not drawn anew.
 */
export function flowNodes(
  view: GraphView,
  shown: Shown,
  points: ReadonlyMap<string, Point>,
  selected: ReadonlySet<string>,
  before: ReadonlyMap<string, FlowNode>,
): FlowNode[] {
  const byId = new Map(view.nodes.map((node) => [node.id, node]));
  return visibleNodes(view, shown).map((node) => {
    const at = points.get(node.id) ?? { x: 0, y: 0 };
    const last = before.get(node.id);
    const collapsed = shown.collapsed.has(node.id);
    if (last && same(last, node, at, selected, shown.direction, collapsed)) return last;
    const holds = collapsed ? node.sweep?.members.flatMap((id) => byId.get(id) ?? []) : undefined;
    return flowNode(node, at, selected.has(node.id), shown.direction, holds);
  });
}

function same(
  last: FlowNode,
  node: GraphNode,
  at: Point,
  selected: ReadonlySet<string>,
  direction: Direction,
  collapsed: boolean,
): boolean {
  const data = last.data as NodeData;
  return (
    last.position.x === at.x &&
    last.position.y === at.y &&
    Boolean(last.selected) === selected.has(node.id) &&
    data.direction === direction &&
    Boolean(data.holds) === collapsed &&
    contentOf(data.node) === contentOf(node)
  );
}

function flowNode(
  node: GraphNode,
  position: Point,
  selected: boolean,
  direction: Direction,
  holds?: readonly GraphNode[],
): Node<NodeData> {
  const box = boxOf(node, direction);
  return {
    id: node.id,
    type: node.kind === "stage" || node.kind === "service" ? node.kind : "thing",
    position,
    selected,
    width: box.width,
    height: box.height,
    measured: { width: box.width, height: box.height },
    handles: box.sockets.map((socket) => ({
      id: socket.id,
      type: socket.kind,
      position: POSITION[socket.side],
      x: socket.x - 5,
      y: socket.y - 5,
      width: 10,
      height: 10,
    })),
    data: { node, box, direction, ...(holds ? { holds } : {}) },
  };
}

/** Edges as React Flow draws them; ends inside a collapsed sweep move to its home. */
export function flowEdges(view: GraphView, shown: Shown, selectedEdge: string | null): FlowEdge[] {
  const hidden = hiddenBy(view, shown);
  const byId = new Map(view.nodes.map((node) => [node.id, node]));
  const end = (id: NodeId) => hidden.get(id) ?? id;
  const edges: FlowEdge[] = [];
  for (const edge of view.edges) {
    const source = end(edge.from.node);
    const target = end(edge.to.node);
    if (source === target || !byId.has(source) || !byId.has(target)) continue;
    if (edge.kind === "sweep") continue;
    if (!shown.params && byId.get(source)?.kind === "param") continue;
    const moved = { from: source !== edge.from.node, to: target !== edge.to.node };
    edges.push(flowEdge(edge, source, target, moved, byId, edge.id === selectedEdge));
  }
  return shown.relations ? [...edges, ...relationEdges(view, end, byId)] : edges;
}

function flowEdge(
  edge: GraphEdge,
  source: NodeId,
  target: NodeId,
  moved: { readonly from: boolean; readonly to: boolean },
  byId: ReadonlyMap<NodeId, GraphNode>,
  selected: boolean,
): FlowEdge {
  const color = edge.kind === "data" ? byId.get(edge.from.node)?.color : undefined;
  const lane = edge.kind === "service";
  return {
    id: edge.id,
    type: "line",
    source,
    target,
    sourceHandle: lane
      ? "lane"
      : socketOf(byId.get(source), "out", moved.from ? undefined : edge.from.port),
    targetHandle: lane
      ? "lane"
      : socketOf(byId.get(target), "in", moved.to ? undefined : edge.to.port),
    selected,
    focusable: false,
    data: { edge, kind: edge.kind, ...(color ? { color } : {}) },
  };
}

function socketOf(
  node: GraphNode | undefined,
  way: "in" | "out",
  port: string | undefined,
): string {
  return port && node?.kind === "stage" && node.ports[way].some(({ name }) => name === port)
    ? `${way}:${port}`
    : way;
}

/** Relations are drawn between the nodes that the two ends belong to. */
function relationEdges(
  view: GraphView,
  end: (id: NodeId) => NodeId,
  byId: ReadonlyMap<NodeId, GraphNode>,
): FlowEdge[] {
  const owner = (name: string): NodeId | undefined => {
    const stage = `stage:${name.split(".")[0]}`;
    const found = [`entity:${name}`, `external:${name}`, `service:${name}`, stage].find((id) =>
      byId.has(id),
    );
    return found && end(found);
  };
  return view.relations.flatMap((relation, index) => {
    const source = owner(relation.subject);
    const target = owner(relation.object);
    if (!source || !target || source === target) return [];
    if (byId.get(source)?.kind === "service" || byId.get(target)?.kind === "service") return [];
    return [
      {
        id: `relation:${index}:${relation.subject}:${relation.relation}:${relation.object}`,
        type: "line",
        source,
        target,
        sourceHandle: "out",
        targetHandle: "in",
        selectable: false,
        focusable: false,
        data: { relation, kind: "relation" as const },
      },
    ];
  });
}

/** A frame behind the stages of each sweep that is not collapsed. */
export function groupNodes(view: GraphView, shown: Shown, nodes: readonly FlowNode[]): FlowNode[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  return view.nodes.flatMap((node) => {
    const members = node.sweep?.members.flatMap((id) => byId.get(id) ?? []) ?? [];
    if (!node.sweep || members.length < 2 || shown.collapsed.has(node.id)) return [];
    return [frame(node, members)];
  });
}

function frame(home: GraphNode, members: readonly FlowNode[]): Node<GroupData, "group"> {
  const left = Math.min(...members.map(({ position }) => position.x)) - 20;
  const top = Math.min(...members.map(({ position }) => position.y)) - 40;
  const right = Math.max(...members.map(({ position, width = 0 }) => position.x + width)) + 20;
  const bottom = Math.max(...members.map(({ position, height = 0 }) => position.y + height)) + 20;
  const size = { width: right - left, height: bottom - top };
  return {
    id: `group:${home.id}`,
    type: "group",
    position: { x: left, y: top },
    ...size,
    measured: size,
    handles: [],
    draggable: false,
    selectable: false,
    focusable: false,
    zIndex: -1,
    data: { home: home.id, ...groupTitle(home) },
  };
}

export function groupTitle(home: GraphNode): { readonly title: string; readonly detail: string } {
  const sweep = home.sweep;
  const names = Object.keys(sweep?.over ?? {}).join(", ");
  const count = sweep?.instances ? `${sweep.instances} instances` : "sweep";
  return { title: `${count} over ${names}`, detail: sweep?.pick ? `picks ${sweep.pick}` : "" };
}
