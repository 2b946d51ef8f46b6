import type { GraphEdge, GraphView, NodeId } from "@mline/core";
import { canvasView } from "../canvas/canvas-view.ts";
import { type Drawn, drawnOf, meantBy } from "../canvas/drawn.ts";
import { directionNow } from "../canvas/flow-direction.ts";
import { groupingOf } from "../canvas/grouping.ts";
import type { Direction } from "../layout/box.ts";
import { mainNode, selectNodes } from "../state/selection.ts";
import type { Session } from "../state/session.ts";

/** Arrow keys go along edges: forward and back, and between those that hang on the same node. */
export function walk(session: Session, event: KeyboardEvent): boolean {
  if (!event.key.startsWith("Arrow")) return false;
  const { view, selection } = session.state.get();
  const drawn = drawnOf(view, { ...canvasView.get(), ...groupingOf(session).get() });
  const from = mainNode(selection);
  const next = from
    ? step(asDrawn(drawn), drawn.standIn(from), event.key, directionNow(session))
    : firstNode(view);
  if (!next) return true;
  const reached = meantBy(drawn, [next]);
  const nodes = event.shiftKey
    ? [...selection.nodes.filter((node) => !reached.includes(node)), ...reached]
    : reached;
  session.select(selectNodes(nodes, "outline"));
  return true;
}

/** What the canvas shows, as nodes and edges to walk along: into a collapsed group, not through it. */
function asDrawn({ nodes, edges }: Drawn): Walked {
  return {
    nodes: nodes.map(({ node }) => node),
    edges: edges.map(({ edge, from, to }) => ({ ...edge, from, to })),
  };
}

type Walked = Pick<GraphView, "nodes" | "edges">;

function firstNode(view: GraphView): NodeId | null {
  return view.nodes.find((node) => node.kind === "stage")?.id ?? view.nodes[0]?.id ?? null;
}

/** Where an arrow leads; null when there is nothing that way. */
export function step(view: Walked, from: NodeId, key: string, direction: Direction): NodeId | null {
  const [forward, back, next] =
    direction === "right"
      ? ["ArrowRight", "ArrowLeft", "ArrowDown"]
      : ["ArrowDown", "ArrowUp", "ArrowRight"];
  const edges = view.edges.filter((edge) => edge.kind !== "sweep");
  const drawn = new Set(
    view.nodes.flatMap((node) => (node.kind === "param" && node.id !== from ? [] : [node.id])),
  );
  const after = (id: NodeId) =>
    unique(
      edges.filter((edge) => edge.from.node === id).map((edge) => edge.to.node),
      drawn,
    );
  const before = (id: NodeId) =>
    unique(
      edges.filter((edge) => edge.to.node === id).map((edge) => edge.from.node),
      drawn,
    );
  if (key === forward) return after(from)[0] ?? null;
  if (key === back) return before(from)[0] ?? null;
  const sources = before(from);
  const family = sources.length ? unique(sources.flatMap(after), drawn) : roots(view, edges, drawn);
  const at = family.indexOf(from);
  return family[at + (key === next ? 1 : -1)] ?? null;
}

function roots(
  view: Walked,
  edges: readonly GraphEdge[],
  drawn: ReadonlySet<NodeId>,
): readonly NodeId[] {
  const taken = new Set(edges.map((edge) => edge.to.node));
  return view.nodes.flatMap((node) => (taken.has(node.id) || !drawn.has(node.id) ? [] : [node.id]));
}

function unique(ids: readonly NodeId[], drawn: ReadonlySet<NodeId>): readonly NodeId[] {
  return [...new Set(ids)].filter((id) => drawn.has(id));
}
