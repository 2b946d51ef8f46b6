import type { Doc } from "./document.ts";
import type { Diagnostic, NodeId } from "./graph.ts";
import type { Span } from "./position.ts";
import type { TypesView } from "./types-view.ts";

/** One thing that the search found; what it leads to depends on its kind. */
export interface Hit {
  readonly kind: "node" | "type" | "problem" | "line";
  readonly title: string;
  readonly detail: string;
  readonly node?: NodeId;
  readonly type?: string;
  readonly span?: Span;
  /** Lower is better. */
  readonly rank: number;
}

interface Candidate extends Omit<Hit, "rank"> {
  /** Lower-case texts in which is searched, the most telling first. */
  readonly texts: readonly string[];
}

const KIND_RANK = { node: 0, type: 10, problem: 20, line: 30 } as const;

/** One search over nodes, parameters, types, problems and lines of the text. */
export class SearchIndex {
  readonly #candidates: readonly Candidate[];

  constructor(doc: Doc, diagnostics: readonly Diagnostic[] = [], types?: TypesView) {
    this.#candidates = [
      ...nodes(doc),
      ...(types ? typesOf(types) : []),
      ...problems(doc, diagnostics),
      ...lines(doc),
    ];
  }

  /** The best hits for some words; all words must be found. */
  find(query: string, most = 50): readonly Hit[] {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    if (words.length === 0) return [];
    const hits = this.#candidates.flatMap(({ texts, ...candidate }): Hit[] => {
      const ranks = words.map((word) => rankOf(word, texts));
      if (ranks.some((rank) => rank < 0)) return [];
      return [{ ...candidate, rank: KIND_RANK[candidate.kind] + Math.max(...ranks) }];
    });
    return hits.sort((a, b) => a.rank - b.rank || a.title.length - b.title.length).slice(0, most);
  }
}

/** 0 for the whole name, 1 for its begin, 2 for a word of it, 3 inside; more in what is less telling. */
function rankOf(word: string, texts: readonly string[]): number {
  for (const [i, text] of texts.entries()) {
    const at = text.indexOf(word);
    if (at < 0) continue;
    if (text === word) return i * 4;
    if (at === 0) return i * 4 + 1;
    return i * 4 + (/[^a-z0-9]/.test(text.charAt(at - 1)) ? 2 : 3);
  }
  return -1;
}

function nodes(doc: Doc): readonly Candidate[] {
  return doc.graph.nodes.map(({ id, kind, name, type, title, doc: text, nameRange }) => ({
    kind: "node",
    title: name,
    detail: [type ?? kind, title].filter(Boolean).join(" · "),
    node: id,
    span: doc.lines.span(nameRange),
    texts: [name, title, type ?? kind, text].map((part) => part.toLowerCase()),
  }));
}

function typesOf({ types }: TypesView): readonly Candidate[] {
  return types.map(({ name, shown, doc }) => ({
    kind: "type",
    title: shown,
    detail: doc,
    type: name,
    texts: [shown.toLowerCase(), name.toLowerCase(), doc.toLowerCase()],
  }));
}

function problems(doc: Doc, diagnostics: readonly Diagnostic[]): readonly Candidate[] {
  return diagnostics.map(({ code, message, range, node }) => ({
    kind: "problem",
    title: message,
    detail: code,
    span: doc.lines.span(range),
    texts: [code, message.toLowerCase()],
    ...(node === undefined ? {} : { node }),
  }));
}

function lines(doc: Doc): readonly Candidate[] {
  let start = 0;
  return doc.text.split(/(?<=\n)/).flatMap((line, i): Candidate[] => {
    const span = { start, end: start + line.trimEnd().length };
    start += line.length;
    const title = line.trim();
    if (title === "") return [];
    return [{ kind: "line", title, detail: `line ${i + 1}`, span, texts: [title.toLowerCase()] }];
  });
}
