import type { Doc } from "./document.ts";
import type { NodeId } from "./graph.ts";
import { valueAt } from "./locate.ts";
import type { Span } from "./position.ts";
import {
  asNode,
  entriesOf,
  entryEnd,
  isSeq,
  type Node,
  type Path,
  spanOf,
  target,
} from "./syntax.ts";
import { nameOf, sectionOf, type Thing } from "./things.ts";

/** The node whose text an offset is in; null outside of all. */
export function nodeAt(doc: Doc, offset: number): NodeId | null {
  for (const thing of doc.things.all()) {
    const { start, end } = spanOfThing(doc, thing);
    if (start <= offset && offset <= end) return thing.id;
  }
  return null;
}

/** The edge whose reference an offset is in. */
export function edgeAt(doc: Doc, offset: number): string | null {
  const position = doc.lines.position(offset);
  const found = doc.graph.edges.find(({ range: { start, end } }) => {
    const isAfter =
      start.line < position.line ||
      (start.line === position.line && start.character <= position.character);
    const isBefore =
      end.line > position.line ||
      (end.line === position.line && end.character >= position.character);
    return isAfter && isBefore;
  });
  return found?.id ?? null;
}

/** From the key of a node to the end of what belongs to it; null for what is declared nowhere. */
export function spanOfNode(doc: Doc, id: NodeId): Span | null {
  const thing = doc.things.get(id);
  return thing ? spanOfThing(doc, thing) : null;
}

/** Its key alone. */
export function nameSpanOfNode(doc: Doc, id: NodeId): Span | null {
  return doc.things.get(id)?.entry.keySpan ?? null;
}

/** Where a field of a node is written, key and value; null when it is not. */
export function spanOfField(doc: Doc, id: NodeId, path: Path): Span | null {
  const section = sectionOf(id);
  const whole: Path = section ? [section, nameOf(id), ...path] : path;
  const last = whole.at(-1);
  const container = target(valueAt(doc, whole.slice(0, -1)), doc.tree);
  if (typeof last === "number") {
    const item = isSeq(container) ? asNode(container.items[last]) : null;
    return item ? spanOf(item) : null;
  }
  const found = entriesOf(container).find(({ key }) => key === last);
  return found ? { start: found.keySpan.start, end: entryEnd(found, doc.text) } : null;
}

/** The keys and indices of the innermost value, or key, at an offset. */
export function pathAt(doc: Doc, offset: number): Path {
  const path: (string | number)[] = [];
  let node: Node | null = asNode(doc.tree.contents);
  while (node) {
    const inner = childAt(node, offset, doc.text);
    if (!inner) break;
    path.push(inner.step);
    node = inner.node;
  }
  return path;
}

function childAt(
  node: Node,
  offset: number,
  text: string,
): { readonly step: string | number; readonly node: Node | null } | null {
  for (const found of entriesOf(node)) {
    if (found.keySpan.start <= offset && offset <= entryEnd(found, text)) {
      return { step: found.key, node: found.node };
    }
  }
  const items = isSeq(node) ? node.items.map(asNode) : [];
  const index = items.findIndex((item) => {
    const span = item ? spanOf(item) : { start: 0, end: -1 };
    return span.start <= offset && offset <= span.end;
  });
  return index < 0 ? null : { step: index, node: items[index] ?? null };
}

function spanOfThing({ text }: Doc, { entry }: Thing): Span {
  return { start: entry.keySpan.start, end: entryEnd(entry, text) };
}
