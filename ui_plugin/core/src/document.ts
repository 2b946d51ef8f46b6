import {
  type Document,
  isMap,
  isPair,
  isScalar,
  type Pair,
  parseDocument,
  type YAMLMap,
} from "yaml";
import type { GraphNode, GraphView, NodeKind } from "./graph.ts";
import { LineIndex, type Span } from "./position.ts";

/** What YAML itself does not accept; the rest of the text is still read. */
export interface SyntaxProblem extends Span {
  readonly code: string;
  readonly message: string;
}

export const SECTIONS = ["params", "entities", "services", "stages"] as const;
export type SectionName = (typeof SECTIONS)[number];

/** One text and all that can be told from it alone. Immutable: a gesture gives edits, not a Doc. */
export interface Doc {
  readonly text: string;
  readonly lines: LineIndex;
  readonly errors: readonly SyntaxProblem[];
  readonly graph: GraphView;
}

const KINDS: Readonly<Record<SectionName, NodeKind>> = {
  params: "param",
  entities: "entity",
  services: "service",
  stages: "stage",
};

/** Reads a text. Never throws; what is broken is left out of the graph and named in `errors`. */
export function parse(text: string): Doc {
  const lines = new LineIndex(text);
  const yaml = parseDocument(text, { prettyErrors: false, keepSourceTokens: true });
  const errors = yaml.errors.map((error) => ({
    code: error.code,
    message: error.message,
    start: error.pos[0],
    end: error.pos[1],
  }));
  const nodes = SECTIONS.flatMap((section) => nodesOf(yaml, section, lines));
  const graph = {
    diagnostics: [],
    nodes,
    edges: [],
    relations: [],
    types_used: [],
    ok: errors.length === 0,
  };
  return { text, lines, errors, graph };
}

function nodesOf(yaml: Document, section: SectionName, lines: LineIndex): GraphNode[] {
  const map: unknown = isMap(yaml.contents) ? yaml.contents.get(section) : undefined;
  if (!isMap(map)) return [];
  return (map as YAMLMap).items.flatMap((pair) => (isPair(pair) ? node(pair, section, lines) : []));
}

function node(pair: Pair, section: SectionName, lines: LineIndex): GraphNode[] {
  if (!isScalar(pair.key) || !pair.key.range) return [];
  const name = String(pair.key.value);
  const type: unknown = isMap(pair.value) ? pair.value.get("is") : undefined;
  const end = (pair.value as { range?: readonly number[] } | null)?.range?.[1] ?? pair.key.range[1];
  return [
    {
      id: `${KINDS[section]}:${name}`,
      kind: KINDS[section],
      name,
      type: typeof type === "string" ? type : null,
      title: "",
      doc: "",
      range: lines.range({ start: pair.key.range[0], end }),
      problems: { error: 0, warning: 0 },
      ports: { in: [], out: [] },
    },
  ];
}
