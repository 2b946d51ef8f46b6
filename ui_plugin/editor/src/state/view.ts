import type { Doc, GraphEdge, GraphNode, GraphView } from "@mline/core";

/** What the server said of a text. */
export interface Meaning {
  readonly text: string;
  readonly view: GraphView;
}

/**
 * The network to draw: the structure of the text as it is now, with the server's meaning over it by id.
 * When the server has seen this very text, its answer is the whole truth.
 */
export function viewOf(doc: Doc, meaning: Meaning | null): GraphView {
  if (!meaning) return doc.graph;
  if (meaning.text === doc.text) return withBroken(doc.graph, meaning.view);
  const nodes = new Map(meaning.view.nodes.map((node) => [node.id, node]));
  const edges = new Map(meaning.view.edges.map((edge) => [edge.id, edge]));
  return {
    ...doc.graph,
    nodes: doc.graph.nodes.map((node) => withMeaning(node, nodes.get(node.id))),
    edges: doc.graph.edges.map((edge) => withEdgeMeaning(edge, edges.get(edge.id))),
    relations: meaning.view.relations,
    types_used: meaning.view.types_used,
    diagnostics: [],
    ok: meaning.view.ok,
  };
}

/** What the server could not make sense of is still drawn, as the text has it. */
function withBroken(drawn: GraphView, server: GraphView): GraphView {
  const nodes = new Set(server.nodes.map((node) => node.id));
  const edges = new Set(server.edges.map((edge) => edge.id));
  const more = drawn.nodes.filter((node) => !nodes.has(node.id));
  const lines = drawn.edges.filter((edge) => !edges.has(edge.id) && edge.problem);
  if (!more.length && !lines.length) return server;
  return { ...server, nodes: [...server.nodes, ...more], edges: [...server.edges, ...lines] };
}

function withMeaning(node: GraphNode, meant: GraphNode | undefined): GraphNode {
  if (!meant || meant.kind !== node.kind) return node;
  const { schema, icon, color } = meant;
  const same = meant.type === node.type || node.type === null;
  return {
    ...node,
    type: node.type ?? meant.type,
    title: node.title || meant.title,
    problems: meant.problems,
    ports: same ? withPortTypes(node, meant) : node.ports,
    ...(same ? { schema, icon, color } : {}),
    ...(meant.sweep && node.sweep ? { sweep: { ...meant.sweep, over: node.sweep.over } } : {}),
  };
}

/** Ports that the type declares are there even where the text does not write them. */
function withPortTypes(node: GraphNode, meant: GraphNode): GraphNode["ports"] {
  const merge = <P extends { readonly name: string }>(
    written: readonly P[],
    known: readonly P[],
  ): readonly P[] => {
    const names = new Map(known.map((port) => [port.name, port]));
    const own = written.filter((port) => !names.has(port.name));
    return [...known, ...own];
  };
  return { in: merge(node.ports.in, meant.ports.in), out: merge(node.ports.out, meant.ports.out) };
}

function withEdgeMeaning(edge: GraphEdge, meant: GraphEdge | undefined): GraphEdge {
  if (!meant) return edge;
  return {
    ...edge,
    ...(meant.problem ? { problem: meant.problem } : {}),
    ...(meant.adapter ? { adapter: meant.adapter } : {}),
  };
}
