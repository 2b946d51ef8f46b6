import type { GraphNode } from "@mline/core";

/** Which way data flows on the canvas. */
export type Direction = "right" | "down";

export type Side = "left" | "right" | "top" | "bottom";

/** A point of a node where edges end; `x` and `y` are of its middle, from the node's corner. */
export interface Socket {
  /** `in:data`, `out:model`, and `in`, `out`, `lane` for the node as a whole. */
  readonly id: string;
  readonly kind: "source" | "target";
  readonly side: Side;
  readonly x: number;
  readonly y: number;
}

/** How large a node is drawn and where its sockets are: known without drawing it. */
export interface Box {
  readonly width: number;
  readonly height: number;
  readonly sockets: readonly Socket[];
}

export const STAGE_WIDTH = 236;
export const HEADER = 50;
export const ROW = 23;
export const FOOT = 26;
const PILL_HEIGHT = 40;

export function boxOf(node: GraphNode, direction: Direction, collapsed = false): Box {
  if (node.kind === "stage") return stageBox(node, direction, collapsed);
  if (node.kind === "service") return serviceBox(node, direction);
  const width = pillWidth(node);
  return { width, height: PILL_HEIGHT, sockets: wholeSockets(width, PILL_HEIGHT, direction) };
}

function pillWidth(node: GraphNode): number {
  const letters = Math.max(node.name.length, (node.type ?? "").length * 0.86);
  return Math.round(Math.min(232, Math.max(124, 62 + letters * 7.4)));
}

/** A stage has a footer line for its condition and one for its sweep. */
export function footLines(node: GraphNode): number {
  return (node.when ? 1 : 0) + (node.sweep ? 1 : 0);
}

function stageBox(node: GraphNode, direction: Direction, collapsed: boolean): Box {
  const { in: takes, out: gives } = node.ports;
  const across = direction === "right";
  const rows = collapsed
    ? 0
    : across
      ? Math.max(takes.length, gives.length)
      : takes.length + gives.length;
  const foot = footLines(node) * FOOT;
  const height = HEADER + (rows ? rows * ROW + 8 : 0) + foot;
  const width = STAGE_WIDTH;
  const sockets = wholeSockets(width, height, direction);
  const lane: Socket = across
    ? { id: "lane", kind: "target", side: "top", x: width / 2, y: 0 }
    : { id: "lane", kind: "target", side: "left", x: 0, y: HEADER / 2 };
  const ports = across
    ? [...column(takes, "in", 0, collapsed), ...column(gives, "out", width, collapsed)]
    : [...line(takes, "in", width, 0), ...line(gives, "out", width, height)];
  return { width, height, sockets: [...sockets, lane, ...ports] };
}

type Named = readonly { readonly name: string }[];

function column(ports: Named, way: "in" | "out", x: number, collapsed: boolean): Socket[] {
  return ports.map(({ name }, index) => ({
    id: `${way}:${name}`,
    kind: way === "in" ? "target" : "source",
    side: way === "in" ? "left" : "right",
    x,
    y: collapsed ? HEADER / 2 : HEADER + 4 + index * ROW + ROW / 2,
  }));
}

function line(ports: Named, way: "in" | "out", width: number, y: number): Socket[] {
  return ports.map(({ name }, index) => ({
    id: `${way}:${name}`,
    kind: way === "in" ? "target" : "source",
    side: way === "in" ? "top" : "bottom",
    x: Math.round(44 + ((index + 0.5) * (width - 56)) / ports.length),
    y,
  }));
}

function wholeSockets(width: number, height: number, direction: Direction): Socket[] {
  const middle = Math.min(height, HEADER) / 2;
  if (direction === "right") {
    return [
      { id: "in", kind: "target", side: "left", x: 0, y: middle },
      { id: "out", kind: "source", side: "right", x: width, y: middle },
    ];
  }
  return [
    { id: "in", kind: "target", side: "top", x: 22, y: 0 },
    { id: "out", kind: "source", side: "bottom", x: 22, y: height },
  ];
}

function serviceBox(node: GraphNode, direction: Direction): Box {
  const width = Math.max(168, Math.min(236, 74 + node.name.length * 8));
  const height = 54;
  const lane: Socket =
    direction === "right"
      ? { id: "lane", kind: "source", side: "bottom", x: width / 2, y: height }
      : { id: "lane", kind: "source", side: "right", x: width, y: height / 2 };
  return { width, height, sockets: [lane] };
}
