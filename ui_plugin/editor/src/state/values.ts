import type { Doc, GraphNode, Json } from "@mline/core";

export function valuesOf(_doc: Doc, _node: GraphNode): Json | undefined {
  return {};
}
