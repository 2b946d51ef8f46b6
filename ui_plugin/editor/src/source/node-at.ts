import type { GraphNode, GraphView, Position } from "@mline/core";

/** The node whose text a position lies in; the innermost when there are several. */
export function nodeAt(view: GraphView, at: Position): GraphNode | null {
  let found: GraphNode | null = null;
  for (const node of view.nodes) {
    if (!before(node.range.start, at) || !before(at, node.range.end)) continue;
    if (!found || before(found.range.start, node.range.start)) found = node;
  }
  return found;
}

function before(a: Position, b: Position): boolean {
  return a.line < b.line || (a.line === b.line && a.character <= b.character);
}
