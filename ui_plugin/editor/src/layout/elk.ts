import type { ElkNode } from "elkjs/lib/elk-api.js";
import type { Box, Direction, Side } from "./box.ts";
import type { LayoutEdge, Point } from "./layered.ts";
import { straightened } from "./route.ts";

export interface ElkInput {
  readonly nodes: readonly { readonly id: string; readonly box: Box }[];
  readonly edges: readonly (LayoutEdge & {
    readonly id: string;
    readonly fromSocket: string;
    readonly toSocket: string;
  })[];
  /** Nodes that are to stand together, as the stages of a sweep do; a group may hold groups. */
  readonly groups: readonly { readonly id: string; readonly members: readonly string[] }[];
  readonly direction: Direction;
}

const SIDES: { readonly [side in Side]: string } = {
  left: "WEST",
  right: "EAST",
  top: "NORTH",
  bottom: "SOUTH",
};

/** The graph as ELK reads it: ports at fixed places, the order of the file as tie-breaker. */
export function elkGraph({ nodes, edges, groups, direction }: ElkInput): ElkNode {
  const holder = new Map(groups.flatMap(({ id, members }) => members.map((one) => [one, id])));
  const outermost = (id: string): string => {
    const around = holder.get(id);
    return around === undefined ? id : outermost(around);
  };
  const made = new Map<string, ElkNode>(nodes.map(({ id, box }) => [id, elkNode(id, box)]));
  // Inner groups come later in the list, and must be there before what holds them.
  for (const { id, members } of [...groups].reverse()) {
    made.set(id, {
      id,
      layoutOptions: { ...SPACING, "elk.padding": "[top=44,left=22,bottom=22,right=22]" },
      children: members.flatMap((member) => made.get(member) ?? []),
    });
  }
  return {
    id: "root",
    layoutOptions: options(direction, nodes.length),
    // A group stands where the file has its first member: the order breaks ties.
    children: [...new Set(nodes.map(({ id }) => outermost(id)))].flatMap(
      (id) => made.get(id) ?? [],
    ),
    edges: edges.map(({ id, from, to, fromSocket, toSocket }) => ({
      id,
      sources: [`${from}|${fromSocket}`],
      targets: [`${to}|${toSocket}`],
    })),
  };
}

/** Not inherited by groups: they get it as well. */
const SPACING = {
  "elk.spacing.nodeNode": "28",
  "elk.spacing.edgeNode": "18",
  "elk.spacing.edgeEdge": "12",
  "elk.layered.spacing.nodeNodeBetweenLayers": "58",
  "elk.layered.spacing.edgeNodeBetweenLayers": "20",
  "elk.layered.spacing.edgeEdgeBetweenLayers": "12",
};

function elkNode(id: string, box: Box): ElkNode {
  return {
    id,
    width: box.width,
    height: box.height,
    layoutOptions: { "elk.portConstraints": "FIXED_POS" },
    ports: box.sockets.map((socket) => ({
      id: `${id}|${socket.id}`,
      x: socket.x,
      y: socket.y,
      width: 0,
      height: 0,
      layoutOptions: { "elk.port.side": SIDES[socket.side] },
    })),
  };
}

function options(direction: Direction, size: number): { [name: string]: string } {
  return {
    "elk.algorithm": "layered",
    "elk.direction": direction === "right" ? "RIGHT" : "DOWN",
    "elk.hierarchyHandling": "INCLUDE_CHILDREN",
    "elk.edgeRouting": "ORTHOGONAL",
    "elk.json.edgeCoords": "ROOT",
    "elk.randomSeed": "1",
    ...SPACING,
    "elk.layered.considerModelOrder.strategy": "NODES_AND_EDGES",
    "elk.layered.nodePlacement.strategy": size > 300 ? "SIMPLE" : "NETWORK_SIMPLEX",
    "elk.layered.nodePlacement.favorStraightEdges": "true",
    ...(size > 300 ? { "elk.layered.thoroughness": "1" } : {}),
  };
}

/** Absolute corners of all nodes, also of those inside groups. */
export function elkPoints(laid: ElkNode): Map<string, Point> {
  const points = new Map<string, Point>();
  const visit = (node: ElkNode, x: number, y: number) => {
    for (const child of node.children ?? []) {
      const at = { x: Math.round(x + (child.x ?? 0)), y: Math.round(y + (child.y ?? 0)) };
      points.set(child.id, at);
      visit(child, at.x, at.y);
    }
  };
  visit(laid, 0, 0);
  return points;
}

/** The way of each edge around the nodes, from socket to socket. */
export function elkRoutes(laid: ElkNode): Map<string, readonly Point[]> {
  const routes = new Map<string, readonly Point[]>();
  for (const { id, sections } of laid.edges ?? []) {
    const [section] = sections ?? [];
    if (!section) continue;
    const points = [section.startPoint, ...(section.bendPoints ?? []), section.endPoint];
    const whole = points.map(({ x, y }) => ({ x: Math.round(x), y: Math.round(y) }));
    routes.set(id, straightened(whole));
  }
  return routes;
}
