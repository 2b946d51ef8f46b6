import type { GraphNode, GraphView, Layout, NodeId } from "@mline/core";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { type Box, boxOf, type Direction } from "../layout/box.ts";
import type { ElkInput } from "../layout/elk.ts";
import { keepInPlace } from "../layout/keep.ts";
import { lane } from "../layout/lane.ts";
import { type LayoutEdge, layered, type Point } from "../layout/layered.ts";
import { useOpen, useSession } from "../state/context.ts";
import type { SessionState } from "../state/session.ts";
import { hiddenBy, type Shown, visibleNodes } from "./model.ts";

type Points = ReadonlyMap<string, Point>;

/** Above this size the quick layout is shown first, and ELK is asked for only by "tidy". */
const LARGE = 300;
const PATIENCE = 1500;

export interface Arrangement {
  readonly points: Points;
  /** False until a first layout is there. */
  readonly ready: boolean;
  readonly move: (moved: Points) => void;
  /** Lays everything out anew. */
  readonly tidy: () => void;
}

/**
 * Where nodes are. What has a place keeps it; what is new finds one beside its neighbours; only a file
 * without any places, another direction or "tidy" lays out the whole.
 */
export function useArrangement(view: GraphView, shown: Shown): Arrangement {
  const { host, path } = useSession();
  const sized = useSized();
  const [kept, setKept] = useState<Points>(() =>
    readPoints(host.layout.read(path), shown.direction),
  );
  const [ready, setReady] = useState(kept.size > 0);
  const parts = useMemo(() => partsOf(view, shown), [view, shown]);
  const busy = useRef(false);

  const keep = useCallback(
    (points: Points) => {
      // For whoever measures how long drawing takes from here.
      performance.mark("graph");
      setKept(points);
      setReady(true);
      host.layout.write(path, writePoints(points, shown));
    },
    [host, path, shown],
  );

  const tidy = useCallback(() => {
    busy.current = true;
    void arranged(parts, shown.direction).then((points) => {
      busy.current = false;
      keep(points);
    });
  }, [parts, shown.direction, keep]);

  useEffect(() => {
    if (ready || busy.current || !sized || !parts.nodes.length) return;
    if (parts.nodes.length > LARGE) keep(quick(parts, shown.direction));
    else tidy();
  }, [ready, sized, parts, shown.direction, keep, tidy]);

  const points = useMemo(
    () => placed(parts, kept, shown.direction),
    [parts, kept, shown.direction],
  );
  useEffect(() => {
    if (ready && [...points.keys()].some((id) => !kept.has(id)))
      keep(new Map([...kept, ...points]));
  }, [ready, points, kept, keep]);

  const move = useCallback((moved: Points) => keep(new Map([...kept, ...moved])), [kept, keep]);
  return { points, ready, move, tidy };
}

/** Types bring ports, and ports make nodes taller: the first layout waits a moment for the server. */
function useSized(): boolean {
  const told = useOpen(isTold);
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), PATIENCE);
    return () => clearTimeout(timer);
  }, []);
  return told || late;
}

const isTold = (state: SessionState) => state.meaning !== null || state.analysis === "failed";

interface Parts {
  readonly nodes: readonly { readonly id: NodeId; readonly box: Box; readonly node: GraphNode }[];
  readonly services: readonly {
    readonly id: NodeId;
    readonly box: Box;
    readonly users: readonly NodeId[];
  }[];
  readonly edges: ElkInput["edges"];
  readonly groups: ElkInput["groups"];
}

function partsOf(view: GraphView, shown: Shown): Parts {
  const visible = visibleNodes(view, shown);
  const hidden = hiddenBy(view, shown);
  const here = new Set(visible.map((node) => node.id));
  const end = (id: NodeId) => hidden.get(id) ?? id;
  const boxed = visible.map((node) => ({ id: node.id, node, box: boxOf(node, shown.direction) }));
  const boxes = new Map(boxed.map(({ id, box }) => [id, box]));
  const socket = (id: NodeId, way: "in" | "out", port?: string) =>
    boxes.get(id)?.sockets.some((one) => one.id === `${way}:${port}`) ? `${way}:${port}` : way;
  const edges = view.edges.flatMap((edge) => {
    const from = end(edge.from.node);
    const to = end(edge.to.node);
    if (
      edge.kind === "service" ||
      edge.kind === "sweep" ||
      from === to ||
      !here.has(from) ||
      !here.has(to)
    )
      return [];
    const fromSocket = socket(from, "out", edge.from.port);
    return [{ id: edge.id, from, to, fromSocket, toSocket: socket(to, "in", edge.to.port) }];
  });
  const users = (id: NodeId) =>
    view.edges.flatMap((edge) =>
      edge.kind === "service" && edge.from.node === id ? [end(edge.to.node)] : [],
    );
  const groups = visible.flatMap((node) => {
    const members = node.sweep?.members.filter((id) => here.has(id)) ?? [];
    return members.length > 1 && !shown.collapsed.has(node.id)
      ? [{ id: `group:${node.id}`, members }]
      : [];
  });
  return {
    nodes: boxed.filter(({ node }) => node.kind !== "service"),
    services: boxed.flatMap(({ node, id, box }) =>
      node.kind === "service" ? [{ id, box, users: users(id) }] : [],
    ),
    edges,
    groups: withoutOverlap(groups),
  };
}

/** A stage can stand in one frame only; the first sweep has it. */
function withoutOverlap(groups: ElkInput["groups"]): ElkInput["groups"] {
  const taken = new Set<string>();
  return groups.flatMap(({ id, members }) => {
    const free = members.filter((member) => !taken.has(member));
    for (const member of free) taken.add(member);
    return free.length > 1 ? [{ id, members: free }] : [];
  });
}

async function arranged(parts: Parts, direction: Direction): Promise<Points> {
  try {
    const { layoutWithElk } = await import("../layout/elk-runner.ts");
    const { nodes, edges, groups } = parts;
    return withLane(parts, await layoutWithElk({ nodes, edges, groups, direction }), direction);
  } catch {
    return quick(parts, direction);
  }
}

function quick(parts: Parts, direction: Direction): Points {
  const sizes = parts.nodes.map(({ id, box }) => ({ id, width: box.width, height: box.height }));
  return withLane(parts, layered(sizes, parts.edges, direction), direction);
}

function withLane(parts: Parts, points: Points, direction: Direction): Points {
  const placedBoxes = new Map(
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
  const own = new Map(
    parts.nodes.flatMap(({ id }) => (points.has(id) ? [[id, points.get(id)] as const] : [])),
  );
  return new Map([...own, ...lane(services, placedBoxes, direction)] as [string, Point][]);
}

function placed(parts: Parts, kept: Points, direction: Direction): Points {
  const missing = [...parts.nodes, ...parts.services].some(({ id }) => !kept.has(id));
  if (!missing) return kept;
  const sizes = parts.nodes.map(({ id, box }) => ({ id, width: box.width, height: box.height }));
  const edges: readonly LayoutEdge[] = parts.edges;
  const points = keepInPlace(sizes, edges, kept, direction);
  const laid = withLane(parts, points, direction);
  return new Map([...laid, ...[...kept].filter(([id]) => laid.has(id))]);
}

function readPoints(layout: Layout | null, direction: Direction): Points {
  if (!layout || layout.direction !== direction) return new Map();
  return new Map(Object.entries(layout.positions));
}

function writePoints(points: Points, shown: Shown): Layout {
  return {
    direction: shown.direction,
    positions: Object.fromEntries(points),
    collapsed: [...shown.collapsed],
  };
}
