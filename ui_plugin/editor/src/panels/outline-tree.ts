import type { GraphEdge, GraphNode, GraphView, NodeId } from "@mline/core";
import { nameOf, shownType } from "../state/names.ts";

/** A row of the tree: a section, a node, or one of a node's connections. */
export interface TreeRow {
  readonly key: string;
  readonly level: number;
  readonly text: string;
  readonly detail: string;
  readonly node?: GraphNode;
  /** Where a connection leads. */
  readonly to?: NodeId;
  readonly edge?: string;
  readonly parent: string | null;
  readonly children: number;
  readonly at: number;
  readonly of: number;
}

const SECTIONS: readonly { readonly kind: readonly string[]; readonly title: string }[] = [
  { kind: ["stage"], title: "Stages" },
  { kind: ["entity", "external"], title: "Entities" },
  { kind: ["service"], title: "Services" },
  { kind: ["param"], title: "Parameters" },
];

/** The network as a tree: sections, their nodes, and below each what it takes and gives. */
export function treeRows(
  view: GraphView,
  open: ReadonlySet<string>,
  asked = "",
): readonly TreeRow[] {
  const words = asked.toLowerCase().split(/\s+/).filter(Boolean);
  const edges = edgesByNode(view);
  const rows: TreeRow[] = [];
  const shown = SECTIONS.map(({ kind, title }) => ({
    title,
    nodes: view.nodes.filter((node) => kind.includes(node.kind) && matches(node, words)),
  })).filter(({ nodes }) => nodes.length);
  for (const [index, { title, nodes }] of shown.entries()) {
    const key = `section:${title}`;
    const place = { at: index + 1, of: shown.length };
    rows.push({
      key,
      level: 1,
      text: title,
      detail: String(nodes.length),
      parent: null,
      children: nodes.length,
      ...place,
    });
    if (open.has(`closed:${key}`)) continue;
    for (const [at, node] of nodes.entries()) {
      const links = edges.get(node.id) ?? [];
      rows.push({
        key: node.id,
        level: 2,
        text: node.name,
        detail: shownType(node.type) ?? "",
        node,
        parent: key,
        children: links.length,
        at: at + 1,
        of: nodes.length,
      });
      if (open.has(node.id)) rows.push(...linkRows(node, links));
    }
  }
  return rows;
}

function matches(node: GraphNode, words: readonly string[]): boolean {
  const text = `${node.name} ${node.type ?? ""} ${node.title}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

function edgesByNode(view: GraphView): ReadonlyMap<NodeId, readonly GraphEdge[]> {
  const found = new Map<NodeId, GraphEdge[]>();
  for (const edge of view.edges) {
    for (const end of new Set([edge.to.node, edge.from.node])) {
      const list = found.get(end) ?? [];
      found.set(end, list);
      list.push(edge);
    }
  }
  return found;
}

function linkRows(node: GraphNode, links: readonly GraphEdge[]): TreeRow[] {
  return links.map((edge, index) => {
    const into = edge.to.node === node.id;
    const own = (into ? edge.to : edge.from).port;
    const other = into ? edge.from : edge.to;
    const far = `${nameOf(other.node)}${other.port ? `.${other.port}` : ""}`;
    return {
      key: `${node.id}>${edge.id}`,
      level: 3,
      text: `${own ?? verb(edge, into)} ${into ? "←" : "→"} ${far}`,
      detail: edge.problem ?? (edge.kind === "data" ? "" : edge.kind),
      to: other.node,
      edge: edge.id,
      parent: node.id,
      children: 0,
      at: index + 1,
      of: links.length,
    };
  });
}

function verb(edge: GraphEdge, into: boolean): string {
  if (edge.kind === "after") return into ? "after" : "before";
  if (edge.kind === "service") return into ? "uses" : "serves";
  if (edge.kind === "condition") return into ? "when" : "decides";
  return into ? "from" : "to";
}
