import type { GraphEdge, GraphNode, GraphView } from "./graph.ts";

/**
 * The graph of the present text with what the server knows of it: types of ports, schemas, looks,
 * problems. The server's answer may be of an older text: what is there and where stays the text's.
 */
export function overlay(local: GraphView, server: GraphView | null, isCurrent: boolean): GraphView {
  if (!server) return local;
  const nodes = new Map(server.nodes.map((node) => [node.id, node]));
  const edges = new Map(server.edges.map((edge) => [edge.id, edge]));
  return {
    ...local,
    diagnostics: server.diagnostics,
    nodes: local.nodes.map((node) => withServer(node, nodes.get(node.id), isCurrent)),
    edges: local.edges.map((edge) => withMeaning(edge, edges.get(edge.id))),
    relations: isCurrent ? server.relations : merged(local, server),
    types_used: server.types_used,
    ok: isCurrent ? server.ok : local.ok && server.ok,
  };
}

function withServer(node: GraphNode, known: GraphNode | undefined, isCurrent: boolean): GraphNode {
  if (!known) return node;
  const ranges = { range: node.range, nameRange: node.nameRange };
  if (isCurrent) return { ...known, ...ranges };
  const ports = {
    in: withPorts(node.ports.in, known.ports.in),
    out: withPorts(node.ports.out, known.ports.out),
  };
  const sweep =
    node.sweep && known.sweep ? { sweep: { ...known.sweep, ...changed(node, known) } } : {};
  const { schema, icon, color, problems } = known;
  return {
    ...node,
    ports,
    problems,
    icon,
    color,
    schema: node.kind === "param" ? node.schema : schema,
    ...sweep,
  };
}

/** What the text now says of a sweep, beside what the server counted. */
function changed(node: GraphNode, known: GraphNode): Partial<NonNullable<GraphNode["sweep"]>> {
  const isSame = JSON.stringify(node.sweep?.over) === JSON.stringify(known.sweep?.over);
  return { pick: node.sweep?.pick ?? null, ...(isSame ? {} : { over: node.sweep?.over ?? {} }) };
}

/** Ports that the type declares, with what the text now writes for them, then the text's own. */
function withPorts<P extends { readonly name: string; readonly declared: boolean }>(
  local: readonly P[],
  known: readonly P[],
): readonly P[] {
  const own = new Map(local.map((port) => [port.name, port]));
  const names = new Set(known.map(({ name }) => name));
  const kept = known
    .filter((port) => port.declared || own.has(port.name))
    .map((port) => {
      const written = own.get(port.name) as (P & { readonly refs?: readonly string[] }) | undefined;
      return written?.refs ? { ...port, refs: written.refs } : port;
    });
  return [...kept, ...local.filter((port) => !names.has(port.name))];
}

function withMeaning(edge: GraphEdge, known: GraphEdge | undefined): GraphEdge {
  const problem = known?.problem === undefined ? {} : { problem: known.problem };
  return { ...edge, ...problem, ...(known?.adapter ? { adapter: known.adapter } : {}) };
}

function merged(local: GraphView, server: GraphView): GraphView["relations"] {
  return [...local.relations, ...server.relations.filter(({ inferred }) => inferred)];
}
