import { type GraphNode, sweepTitle } from "@mline/core";

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

export const HEADER = 50;
export const ROW = 23;
export const FOOT = 26;
const PILL_HEIGHT = 40;
const LEAST = 168;
const MOST = 264;
/** Ports stand side by side when data flows down: then a stage may be wide. */
const MOST_DOWN = 420;
/** Widths of a letter: names, types, and ports, which are in the fixed-width font. */
const NAME = 8.1;
const TYPE = 6.3;
const PORT = 6.7;
/** Room for the icon before a name and the badge behind it. */
const AROUND_NAME = 88;
const BADGE = 42;
const OPEN_BUTTON = 36;
const FOOT_LETTER = 6.2;
const AROUND_FOOT = 44;
/** Left of a row of ports that flow down, for the socket of the whole node. */
const ROW_START = 24;
const CELL_PADDING = 16;

/** `held` says that a node stands for a group, with a line of what it holds. */
export function boxOf(node: GraphNode, direction: Direction, held = false): Box {
  if (node.kind === "stage") return stageBox(node, direction, held);
  if (node.kind === "service") return serviceBox(node, direction, held);
  const width = pillWidth(node);
  return { width, height: PILL_HEIGHT, sockets: wholeSockets(width, PILL_HEIGHT, direction) };
}

function hasProblem({ problems }: GraphNode): boolean {
  return problems.error > 0 || problems.warning > 0;
}

function pillWidth(node: GraphNode): number {
  const badge = hasProblem(node) ? BADGE : 0;
  const letters = Math.max(node.name.length * NAME, (node.type ?? "").length * TYPE);
  return even(Math.min(240, Math.max(126, 70 + badge + letters)));
}

/** A stage has a footer line for its condition, one for its sweep, one for what it stands for. */
export function footLines(node: GraphNode, held: boolean): number {
  return (node.when ? 1 : 0) + (node.sweep ? 1 : 0) + (held ? 1 : 0);
}

function stageBox(node: GraphNode, direction: Direction, held: boolean): Box {
  const { in: takes, out: gives } = node.ports;
  const across = direction === "right";
  const rows = across ? Math.max(takes.length, gives.length) : 0;
  const lines = across ? 0 : (takes.length ? 1 : 0) + (gives.length ? 1 : 0);
  const foot = footLines(node, held) * FOOT;
  const height = HEADER + (rows ? rows * ROW + 8 : 0) + lines * ROW + foot;
  const width = across ? widthAcross(node, held) : widthDown(node, held);
  const sockets = wholeSockets(width, height, direction);
  const head = across || !takes.length ? 0 : ROW;
  const lane: Socket = across
    ? { id: "lane", kind: "target", side: "top", x: Math.round(width / 2), y: 0 }
    : { id: "lane", kind: "target", side: "left", x: 0, y: head + HEADER / 2 };
  const ports = across
    ? [...column(takes, "in", 0), ...column(gives, "out", width)]
    : [...line(takes, "in", width, 0), ...line(gives, "out", width, height)];
  return { width, height, sockets: [...sockets, lane, ...ports] };
}

type Named = readonly { readonly name: string; readonly many?: boolean }[];

function headWidth(node: GraphNode, held: boolean): number {
  const title = Math.max(node.name.length * NAME, (node.type ?? "Stage").length * TYPE);
  const sweep = node.sweep ? AROUND_FOOT + sweepTitle(node).title.length * FOOT_LETTER : 0;
  return Math.max(AROUND_NAME + title + (held ? OPEN_BUTTON : 0), sweep);
}

function portWidth(port: Named[number] | undefined): number {
  return port ? (port.name.length + (port.many ? 2 : 0)) * PORT : 0;
}

function widthAcross(node: GraphNode, held: boolean): number {
  const { in: takes, out: gives } = node.ports;
  const rows = Array.from(
    { length: Math.max(takes.length, gives.length) },
    (_, index) => 40 + portWidth(takes[index]) + portWidth(gives[index]),
  );
  return even(Math.min(MOST, Math.max(LEAST, headWidth(node, held), ...rows)));
}

function widthDown(node: GraphNode, held: boolean): number {
  const { in: takes, out: gives } = node.ports;
  const row = (ports: Named) => cells(ports).reduce((sum, cell) => sum + cell, 2 * ROW_START);
  return even(
    Math.min(
      MOST_DOWN,
      Math.max(LEAST, Math.min(MOST, headWidth(node, held)), row(takes), row(gives)),
    ),
  );
}

/** Even widths put the middle on a whole pixel. */
function even(width: number): number {
  return 2 * Math.ceil(width / 2);
}

function cells(ports: Named): number[] {
  return ports.map((port) => portWidth(port) + CELL_PADDING);
}

function column(ports: Named, way: "in" | "out", x: number): Socket[] {
  return ports.map(({ name }, index) => ({
    id: `${way}:${name}`,
    kind: way === "in" ? "target" : "source",
    side: way === "in" ? "left" : "right",
    x,
    y: HEADER + 4 + index * ROW + ROW / 2,
  }));
}

/** Where the names of ports that flow down stand, from the left of a node: start and width of each. */
export function portCells(
  ports: Named,
  width: number,
): readonly { readonly start: number; readonly width: number }[] {
  const wished = cells(ports);
  const room = width - 2 * ROW_START;
  const all = wished.reduce((sum, cell) => sum + cell, 0);
  const shrink = Math.min(1, room / all);
  const more = Math.max(0, room - all) / Math.max(1, ports.length);
  let start = ROW_START;
  return wished.map((cell) => {
    const found = { start: Math.round(start), width: Math.round(cell * shrink + more) };
    start += cell * shrink + more;
    return found;
  });
}

function line(ports: Named, way: "in" | "out", width: number, y: number): Socket[] {
  const places = portCells(ports, width);
  return ports.map(({ name }, index) => {
    const { start = 0, width: cell = 0 } = places[index] ?? {};
    return {
      id: `${way}:${name}`,
      kind: way === "in" ? "target" : "source",
      side: way === "in" ? "top" : "bottom",
      x: Math.round(start + cell / 2),
      y,
    };
  });
}

function wholeSockets(width: number, height: number, direction: Direction): Socket[] {
  if (direction === "right") {
    const middle = Math.min(height, HEADER) / 2;
    return [
      { id: "in", kind: "target", side: "left", x: 0, y: middle },
      { id: "out", kind: "source", side: "right", x: width, y: middle },
    ];
  }
  // A pill has no ports that the socket of the whole could be taken for.
  const x = height === PILL_HEIGHT ? Math.round(width / 2) : ROW_START / 2;
  return [
    { id: "in", kind: "target", side: "top", x, y: 0 },
    { id: "out", kind: "source", side: "bottom", x, y: height },
  ];
}

function serviceBox(node: GraphNode, direction: Direction, held: boolean): Box {
  const extras = (hasProblem(node) ? BADGE : 0) + (held ? OPEN_BUTTON : 0);
  const width = even(Math.max(152, Math.min(MOST, 62 + extras + node.name.length * NAME)));
  const height = held ? 54 + FOOT : 54;
  const lane: Socket =
    direction === "right"
      ? { id: "lane", kind: "source", side: "bottom", x: width / 2, y: height }
      : { id: "lane", kind: "source", side: "right", x: width, y: height / 2 };
  return { width, height, sockets: [lane] };
}
