import type { GraphEdge, GraphNode, GraphView, Group, NodeId } from "@mline/core";
import { nameOf, shownType } from "../state/names.ts";

/** A row of the tree: a section, a group, a node, or one of a node's connections. */
export interface TreeRow {
  readonly key: string;
  readonly level: number;
  readonly text: string;
  readonly detail: string;
  readonly node?: GraphNode;
  /** What the canvas draws as one node when this row is closed. */
  readonly group?: Group;
  /** Where a connection leads. */
  readonly to?: NodeId;
  readonly edge?: string;
  readonly parent: string | null;
  readonly children: number;
  readonly isOpen: boolean;
  readonly at: number;
  readonly of: number;
}

/** What of the tree is to be seen. */
export interface TreeView {
  readonly view: GraphView;
  readonly groups: readonly Group[];
  /** Ids of groups that are closed, here as on the canvas. */
  readonly collapsed: ReadonlySet<string>;
  /** Keys of rows that are not as they are at first: nodes that are open, sections that are closed. */
  readonly turned: ReadonlySet<string>;
  readonly asked: string;
}

type Kinds = readonly GraphNode["kind"][];

const SECTIONS: readonly { readonly kinds: Kinds; readonly title: string }[] = [
  { kinds: ["stage"], title: "Stages" },
  { kinds: ["entity", "external"], title: "Entities" },
  { kinds: ["service"], title: "Services" },
  { kinds: ["param"], title: "Parameters" },
];

/** The network as a tree: sections, their groups and nodes, and below each node what it takes and gives. */
export function treeRows(seen: TreeView): readonly TreeRow[] {
  const words = seen.asked.toLowerCase().split(/\s+/).filter(Boolean);
  const nodes = seen.view.nodes.filter((node) => matches(node, words));
  const tree = new Tree(seen, words.length > 0);
  const own = seen.groups.filter(({ kind }) => kind === "own");
  const grouped = new Set(own.flatMap(({ members }) => members));
  const sections = [
    { title: "Groups", nodes: nodes.filter(({ id }) => grouped.has(id)) },
    ...SECTIONS.map(({ kinds, title }) => ({
      title,
      nodes: nodes.filter(({ id, kind }) => kinds.includes(kind) && !grouped.has(id)),
    })),
  ].filter((section) => section.nodes.length);
  for (const [index, section] of sections.entries())
    tree.section(section.title, section.nodes, index + 1, sections.length);
  return tree.rows;
}

function matches(node: GraphNode, words: readonly string[]): boolean {
  const text = `${node.name} ${node.type ?? ""} ${node.title}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

/** Makes the rows of one tree, from top to bottom. */
class Tree {
  readonly rows: TreeRow[] = [];
  readonly #seen: TreeView;
  /** While something is searched, all groups are open. */
  readonly #searching: boolean;
  readonly #edges: ReadonlyMap<NodeId, readonly GraphEdge[]>;

  constructor(seen: TreeView, searching: boolean) {
    this.#seen = seen;
    this.#searching = searching;
    this.#edges = edgesByNode(seen.view);
  }

  section(title: string, nodes: readonly GraphNode[], at: number, of: number): void {
    const key = `section:${title}`;
    const group = this.#seen.groups.find(
      ({ kind, title: named }) => named === title && (kind === "services" || kind === "params"),
    );
    const groups = this.#seen.groups.filter(({ kind }) => kind === "own" || kind === "sweep");
    const isOpen = group ? this.#isOpen(group) : !this.#seen.turned.has(key);
    const detail = String(nodes.length);
    const base = { key, level: 1, text: title, detail, parent: null };
    this.rows.push({
      ...base,
      ...(group ? { group } : {}),
      children: nodes.length,
      isOpen,
      at,
      of,
    });
    if (isOpen) this.#entries(nodes, groups, 2, key);
  }

  #isOpen({ id }: Group): boolean {
    return this.#searching || !this.#seen.collapsed.has(id);
  }

  /** Nodes, those of a group below its row. */
  #entries(
    nodes: readonly GraphNode[],
    groups: readonly Group[],
    level: number,
    parent: string,
  ): void {
    const groupOf = (id: NodeId) => groups.find(({ members }) => members.includes(id));
    const entries = [...new Set(nodes.map((node) => groupOf(node.id) ?? node))];
    for (const [index, entry] of entries.entries()) {
      const place = { level, parent, at: index + 1, of: entries.length };
      if (!("members" in entry)) {
        this.#node(entry, place);
        continue;
      }
      const inside = nodes.filter(({ id }) => entry.members.includes(id));
      const isOpen = this.#isOpen(entry);
      const key = `group:${entry.id}`;
      this.rows.push({
        key,
        ...said(entry),
        group: entry,
        children: inside.length,
        isOpen,
        ...place,
      });
      const inner = groups.filter((group) => group !== entry);
      if (isOpen) this.#entries(inside, inner, level + 1, key);
    }
  }

  #node(node: GraphNode, place: Pick<TreeRow, "level" | "parent" | "at" | "of">): void {
    const links = this.#edges.get(node.id) ?? [];
    const isOpen = this.#seen.turned.has(node.id);
    this.rows.push({
      key: node.id,
      text: node.name,
      detail: shownType(node.type) ?? "",
      node,
      children: links.length,
      isOpen,
      ...place,
    });
    if (isOpen) this.rows.push(...linkRows(node, links, place.level + 1));
  }
}

/** What the row of a group says. */
function said(group: Group): Pick<TreeRow, "text" | "detail"> {
  if (group.kind !== "sweep") return { text: group.title, detail: group.detail };
  return { text: `sweep of ${nameOf(group.id)}`, detail: group.title.replace(" instances", "×") };
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

function linkRows(node: GraphNode, links: readonly GraphEdge[], level: number): TreeRow[] {
  return links.map((edge, index) => {
    const into = edge.to.node === node.id;
    const own = (into ? edge.to : edge.from).port;
    const other = into ? edge.from : edge.to;
    const far = `${nameOf(other.node)}${other.port ? `.${other.port}` : ""}`;
    return {
      key: `${node.id}>${edge.id}`,
      level,
      text: `${own ?? verb(edge, into)} ${into ? "←" : "→"} ${far}`,
      detail: edge.problem ?? (edge.kind === "data" ? "" : edge.kind),
      to: other.node,
      edge: edge.id,
      parent: node.id,
      children: 0,
      isOpen: false,
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
