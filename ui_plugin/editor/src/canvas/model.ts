import type { EdgeKind, GraphEdge, GraphNode, Group } from "@mline/core";
import { type Edge, type Node, Position } from "@xyflow/react";
import { type Box, boxOf, type Direction, type Side } from "../layout/box.ts";
import type { Point } from "../layout/layered.ts";
import type { Drawn, DrawnNode } from "./drawn.ts";

export interface NodeData extends Record<string, unknown> {
  readonly node: GraphNode;
  readonly box: Box;
  readonly direction: Direction;
  /** For a collapsed group: what it holds. */
  readonly holds?: readonly GraphNode[];
  /** The group that it stands for, when it is no node of the network. */
  readonly group?: Group;
}

export interface FrameData extends Record<string, unknown> {
  readonly group: Group;
}

export interface EdgeData extends Record<string, unknown> {
  readonly edge?: GraphEdge;
  /** Names of the relations that it stands for. */
  readonly relation?: string;
  /** Of a relation: `strong` when one of its ends is chosen, then the others are `faint`. */
  readonly strength?: "strong" | "plain" | "faint";
  readonly kind: EdgeKind | "relation";
  readonly color?: string;
  /** The way that the layout found around the nodes. */
  readonly route?: readonly Point[];
}

export type FlowNode = Node<NodeData> | Node<FrameData, "frame">;
export type FlowEdge = Edge<EdgeData>;

export const SIDE: { readonly [side in Side]: Position } = {
  left: Position.Left,
  right: Position.Right,
  top: Position.Top,
  bottom: Position.Bottom,
};

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
  drawn: Drawn,
  direction: Direction,
  points: ReadonlyMap<string, Point>,
  selected: ReadonlySet<string>,
  before: ReadonlyMap<string, FlowNode>,
): FlowNode[] {
  return drawn.nodes.map((one) => {
    const at = points.get(one.node.id) ?? { x: 0, y: 0 };
    const last = before.get(one.node.id);
    if (last && same(last, one, at, selected, direction)) return last;
    return flowNode(one, at, selected.has(one.node.id), direction);
  });
}

function same(
  last: FlowNode,
  { node, holds }: DrawnNode,
  at: Point,
  selected: ReadonlySet<string>,
  direction: Direction,
): boolean {
  const data = last.data as NodeData;
  return (
    last.position.x === at.x &&
    last.position.y === at.y &&
    Boolean(last.selected) === selected.has(node.id) &&
    data.direction === direction &&
    namesOf(data.holds) === namesOf(holds) &&
    contentOf(data.node) === contentOf(node)
  );
}

function namesOf(holds: readonly GraphNode[] | undefined): string {
  return holds?.map(({ name }) => name).join() ?? "";
}

function flowNode(
  { node, holds, group }: DrawnNode,
  position: Point,
  selected: boolean,
  direction: Direction,
): Node<NodeData> {
  const box = boxOf(node, direction, Boolean(holds));
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
      position: SIDE[socket.side],
      x: socket.x - 5,
      y: socket.y - 5,
      width: 10,
      height: 10,
    })),
    data: { node, box, direction, ...(holds ? { holds } : {}), ...(group ? { group } : {}) },
  };
}
