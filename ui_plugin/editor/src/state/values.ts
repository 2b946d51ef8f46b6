import { type Doc, fieldValue, type GraphNode, type Json } from "@mline/core";

/** What the text writes for a node, as JSON. */
export function valuesOf(doc: Doc, node: GraphNode): Json | undefined {
  return fieldValue(doc, { node: node.id, path: [] });
}
