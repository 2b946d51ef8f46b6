import type { GraphNode, Group, NodeId } from "@mline/core";
import { type Box, boxOf, type Direction } from "../layout/box.ts";
import { detour } from "../layout/detour.ts";
import type { ElkInput } from "../layout/elk.ts";
import type { Laid } from "../layout/elk-runner.ts";
import { keepInPlace } from "../layout/keep.ts";
import { lane } from "../layout/lane.ts";
import { layered, type Point } from "../layout/layered.ts";
import { leads } from "../layout/route.ts";
import { late } from "../ui/late.ts";
import type { Drawn, DrawnNode } from "./drawn.ts";

export type Points = ReadonlyMap<string, Point>;

interface Part {
  readonly id: NodeId;
  readonly box: Box;
  readonly node: GraphNode;
}

/** What a layout is made from. */
export interface Parts {
  readonly nodes: readonly Part[];
  /** With those that use each. */
  readonly services: readonly (Part & { readonly users: readonly NodeId[] })[];
  readonly edges: ElkInput["edges"];
  readonly groups: ElkInput["groups"];
  /** Nodes that stand for a group: they lie where its members lie. */
  readonly standing: readonly DrawnNode[];
}

export function partsOf(drawn: Drawn, direction: Direction): Parts {
  const boxed = drawn.nodes.map(({ node, holds }) => ({
    id: node.id,
    node,
    box: boxOf(node, direction, Boolean(holds)),
  }));
  const boxes = new Map(boxed.map(({ id, box }) => [id, box]));
  const socket = (id: NodeId, way: "in" | "out", port?: string) =>
    boxes.get(id)?.sockets.some((one) => one.id === `${way}:${port}`) ? `${way}:${port}` : way;
  const edges = drawn.edges.flatMap(({ edge, from, to }) =>
    edge.kind === "service"
      ? []
      : [
          {
            id: edge.id,
            from: from.node,
            to: to.node,
            fromSocket: socket(from.node, "out", from.port),
            toSocket: socket(to.node, "in", to.port),
          },
        ],
  );
  const users = (id: NodeId) =>
    drawn.edges.flatMap(({ edge, from, to }) =>
      edge.kind === "service" && from.node === id ? [to.node] : [],
    );
  return {
    nodes: boxed.filter(({ node }) => node.kind !== "service"),
    services: boxed.flatMap((part) =>
      part.node.kind === "service" ? [{ ...part, users: users(part.id) }] : [],
    ),
    edges,
    groups: layoutGroups(drawn.frames.filter(({ kind }) => kind !== "services")),
    standing: drawn.nodes.filter(({ group }) => group),
  };
}

/** Frames as ELK takes them: a frame inside another one is its member, in place of its own members. */
function layoutGroups(frames: readonly Group[]): ElkInput["groups"] {
  return frames.map((outer, index) => {
    const inner = frames
      .slice(index + 1)
      .filter(({ members }) => members.every((member) => outer.members.includes(member)));
    const covered = new Set(inner.flatMap(({ members }) => members));
    const left = outer.members.filter((member) => !covered.has(member));
    return { id: frameId(outer), members: [...left, ...inner.map(frameId)] };
  });
}

export function frameId({ id }: Group): string {
  return `frame:${id}`;
}

/** ELK's layout; the quick one when it cannot be had. */
export async function arranged(parts: Parts, direction: Direction): Promise<Laid> {
  try {
    const { layoutWithElk } = await late(() => import("../layout/elk-runner.ts"));
    const { nodes, edges, groups } = parts;
    const { points, routes } = await layoutWithElk({ nodes, edges, groups, direction });
    return { points: withLane(parts, points, direction), routes };
  } catch {
    return { points: quick(parts, direction), routes: new Map() };
  }
}

/** A layout at once, without ELK. */
export function quick(parts: Parts, direction: Direction): Points {
  return withLane(parts, layered(sizesOf(parts), parts.edges, direction), direction);
}

function sizesOf({ nodes }: Parts) {
  return nodes.map(({ id, box }) => ({ id, width: box.width, height: box.height }));
}

function withLane(parts: Parts, points: Points, direction: Direction): Points {
  const boxes = new Map(
    parts.nodes.flatMap(({ id, box }) => {
      const at = points.get(id);
      return at ? [[id, { ...at, width: box.width, height: box.height }] as const] : [];
    }),
  );
  const services = parts.services.map(({ id, box, users }) => ({
    id,
    width: box.width,
    height: box.height,
    users,
  }));
  const own = parts.nodes.flatMap(({ id }): [string, Point][] => {
    const at = points.get(id);
    return at ? [[id, at]] : [];
  });
  return new Map([...own, ...lane(services, boxes, direction)]);
}

/** Places for all: what has one keeps it, a collapsed group lies where its members lay. */
export function placed(parts: Parts, kept: Points, direction: Direction): Points {
  const known = withStanding(parts.standing, kept);
  const missing = [...parts.nodes, ...parts.services].some(({ id }) => !known.has(id));
  if (!missing) return known;
  const points = keepInPlace(sizesOf(parts), parts.edges, known, direction);
  const laid = withLane(parts, points, direction);
  return new Map([...laid, ...[...known].filter(([id]) => laid.has(id))]);
}

function withStanding(standing: readonly DrawnNode[], kept: Points): Points {
  if (!standing.length) return kept;
  const points = new Map(kept);
  for (const { node, holds = [] } of standing) {
    const places = holds.flatMap(({ id }) => kept.get(id) ?? []);
    if (!places.length) continue;
    points.set(node.id, {
      x: Math.min(...places.map(({ x }) => x)),
      y: Math.min(...places.map(({ y }) => y)),
    });
  }
  return points;
}

const STACKED = 70;

/**
 * All places, after some nodes of the canvas moved from `before` to `after`: what a collapsed group
 * holds moves along with it.
 */
export function carried(drawn: Drawn, before: Points, kept: Points, after: Points): Points {
  const all = new Map(kept);
  for (const [id, at] of after) {
    const { holds, group } = drawn.byId.get(id) ?? {};
    if (!group) all.set(id, at);
    const from = before.get(id) ?? at;
    for (const [index, { id: held }] of (holds ?? []).entries()) {
      if (held === id) continue;
      const old = kept.get(held);
      const place = old && { x: old.x + at.x - from.x, y: old.y + at.y - from.y };
      all.set(held, place ?? { x: at.x, y: at.y + index * STACKED });
    }
  }
  return all;
}

/** With more nodes than this a way that the layout did not find is a plain curve. */
const MOST_WALKED = 200;

/**
 * The ways of edges as nodes lie now: those of the layout where both ends are where they were, and
 * for what is new or was moved a way around the nodes.
 */
export function waysOf(
  parts: Parts,
  points: Points,
  routes: Laid["routes"],
  direction: Direction,
): Laid["routes"] {
  const all = [...parts.nodes, ...parts.services];
  if (all.length > MOST_WALKED) return routes;
  const places = new Map(
    all.flatMap(({ id, box }) => {
      const at = points.get(id);
      return at ? [[id, { ...at, width: box.width, height: box.height, box }] as const] : [];
    }),
  );
  const nodes = [...places.values()];
  const end = (id: NodeId, socket: string): Point | null => {
    const place = places.get(id);
    const found = place?.box.sockets.find((one) => one.id === socket);
    return place && found ? { x: place.x + found.x, y: place.y + found.y } : null;
  };
  const ways = new Map(routes);
  for (const { id, from, to, fromSocket, toSocket } of parts.edges) {
    const [a, b] = [end(from, fromSocket), end(to, toSocket)];
    const route = routes.get(id);
    if (!a || !b || (route && leads(route, a, b))) continue;
    const way = detour(a, b, nodes, direction);
    if (way) ways.set(id, way);
  }
  return ways;
}

/** How large a layout is. */
export function extentOf(parts: Parts, points: Points): { width: number; height: number } {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { id, box } of [...parts.nodes, ...parts.services]) {
    const at = points.get(id);
    if (!at) continue;
    left = Math.min(left, at.x);
    top = Math.min(top, at.y);
    right = Math.max(right, at.x + box.width);
    bottom = Math.max(bottom, at.y + box.height);
  }
  return { width: right - left, height: bottom - top };
}
