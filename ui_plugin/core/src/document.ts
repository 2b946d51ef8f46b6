import type { ExperimentHead, GraphEdge, GraphNode, GraphView, Relation } from "./graph.ts";
import { type Drawn, edgesOf } from "./graph-edges.ts";
import { NodeReader, UNKNOWN } from "./graph-nodes.ts";
import { type Occurrence, Occurrences } from "./occurrences.ts";
import { LineIndex, type Span } from "./position.ts";
import { entry, readTree, root, type Tree, textOf } from "./syntax.ts";
import { Things } from "./things.ts";
import { BUILT_IN_RELATIONS } from "./vocabulary.ts";

/** What YAML itself does not accept; the rest of the text is still read. */
export interface SyntaxProblem extends Span {
  readonly code: string;
  readonly message: string;
}

/** One text and all that can be told from it alone. Immutable: a gesture gives edits, not a Doc. */
export class Doc {
  readonly text: string;
  readonly lines: LineIndex;
  readonly errors: readonly SyntaxProblem[];
  /** The YAML tree and what it declares: for the gestures of this package. */
  readonly tree: Tree;
  readonly things: Things;
  #graph: GraphView | null = null;
  #occurrences: readonly Occurrence[] | null = null;
  #drawn: readonly Drawn[] | null = null;

  constructor(text: string) {
    this.text = text;
    this.lines = new LineIndex(text);
    this.tree = readTree(text);
    this.things = new Things(this.tree);
    this.errors = this.tree.errors.map(({ code, message, pos }) => ({
      code,
      message,
      start: pos[0],
      end: pos[1],
    }));
  }

  /** The edges of the graph with the references that make them. */
  get drawn(): readonly Drawn[] {
    this.#drawn ??= edgesOf(this.occurrences, this.things, this.text, this.lines);
    return this.#drawn;
  }

  /** The network as the text writes it: no types of ports, no diagnostics. */
  get graph(): GraphView {
    this.#graph ??= graphOf(this);
    return this.#graph;
  }

  /** Every reference in the text, with the relations of the built-in libraries. */
  get occurrences(): readonly Occurrence[] {
    this.#occurrences ??= this.references((key) => BUILT_IN_RELATIONS.has(key));
    return this.#occurrences;
  }

  /** Every reference in the text; `isRelation` tells the relations of entities from properties. */
  references(isRelation: (key: string) => boolean): readonly Occurrence[] {
    return new Occurrences(this.tree, this.things, isRelation).all();
  }
}

const KEPT = 8;
const recent = new Map<string, Doc>();

/**
 * Reads a text. Never throws; what is broken is left out of the graph and named in `errors`.
 * The last few texts are remembered, so that asking again costs nothing.
 */
export function parse(text: string): Doc {
  const known = recent.get(text);
  const doc = known ?? new Doc(text);
  recent.delete(text);
  recent.set(text, doc);
  if (recent.size > KEPT) recent.delete(recent.keys().next().value ?? "");
  return doc;
}

function graphOf({ text, tree, things, lines, errors, occurrences, drawn }: Doc): GraphView {
  const declared = new NodeReader(text, tree, lines).all(things);
  const edges = drawn.map(({ edge }) => edge);
  const nodes = [...declared.map((node) => withUsers(node, edges)), ...missing(edges)];
  return {
    diagnostics: [],
    experiment: headOf(tree, lines),
    nodes,
    edges,
    relations: relationsOf(occurrences, nodes),
    types_used: typesUsed(nodes),
    ok: errors.length === 0,
  };
}

function withUsers(node: GraphNode, edges: readonly GraphEdge[]): GraphNode {
  if (!node.service) return node;
  const users = edges.filter((edge) => edge.kind === "service" && edge.from.node === node.id);
  const used_by = [...new Set(users.map((edge) => edge.to.node))];
  return { ...node, service: { ...node.service, used_by } };
}

/** A node for everything that an edge names and nothing declares. */
function missing(edges: readonly GraphEdge[]): readonly GraphNode[] {
  const nodes = new Map<string, GraphNode>();
  for (const { from, to, range } of edges) {
    for (const id of [from.node, to.node]) {
      if (!id.startsWith("missing:") || nodes.has(id)) continue;
      nodes.set(id, {
        ...UNKNOWN,
        problems: { error: 1, warning: 0, info: 0 },
        id,
        kind: "missing",
        name: id.slice("missing:".length),
        type: null,
        title: "",
        doc: "",
        range,
        nameRange: range,
      });
    }
  }
  return [...nodes.values()];
}

function headOf(tree: Tree, lines: LineIndex): ExperimentHead | null {
  const top = root(tree);
  const read = (key: string): string => textOf(entry(top, key)?.node) ?? "";
  const id = entry(top, "experiment")?.node;
  if (!id) return null;
  const [start = 0, end = 0] = id.range ?? [];
  return {
    id: read("experiment"),
    title: read("title"),
    doc: read("doc"),
    owner: read("owner"),
    range: lines.range({ start, end }),
  };
}

/** The relations that the file states; an output that fills an entity goes by the entity's id. */
function relationsOf(
  occurrences: readonly Occurrence[],
  nodes: readonly GraphNode[],
): readonly Relation[] {
  const outputs = nodes.flatMap(({ name, ports }) =>
    ports.out.map((port) => [`${name}.${port.name}`, port.node ?? ""] as const),
  );
  const ids = new Map<string, string>(outputs);
  return occurrences
    .filter(({ role, owner }) => role === "relation" && owner !== null)
    .map(({ owner, field, text }) => ({
      subject: (owner ?? "").slice("entity:".length),
      relation: field,
      object: ids.get(text) ?? text,
      inferred: false,
    }));
}

function typesUsed(nodes: readonly GraphNode[]): readonly string[] {
  const types = nodes.flatMap(({ type, ports }) => [type, ...ports.out.map((port) => port.type)]);
  return [...new Set(types.filter((type): type is string => type !== null))].sort();
}
