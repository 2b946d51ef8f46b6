import type { Json } from "./json-schema.ts";
import {
  asNode,
  entriesOf,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Tree,
  target,
} from "./syntax.ts";

const DEEPEST = 64;

/** How aliases read: as what they stand for, or as `{"*": name}`. */
export type AliasView = "expanded" | "named";

/**
 * The value of a node as JSON. Each node is read once, so that aliases share one object; an alias
 * to nothing, and one that contains itself, reads as `{"*": name}`. Never throws.
 */
export function plainData(node: Node | null, tree: Tree, aliases: AliasView = "expanded"): Json {
  const known = new Map<Node, Json>();
  const read = (found: Node | null, depth: number): Json => {
    if (!found || depth > DEEPEST) return null;
    if (isAlias(found)) {
      const anchored = aliases === "expanded" ? target(found, tree) : null;
      return anchored ? read(anchored, depth + 1) : { "*": found.source };
    }
    const before = known.get(found);
    if (before !== undefined) return before;
    if (isScalar(found)) return scalarData(found.value);
    known.set(found, { "*": found.anchor ?? "" });
    const value = isSeq(found)
      ? found.items.map((item) => read(asNode(item), depth + 1))
      : mapData(found, (child) => read(child, depth + 1));
    known.set(found, value);
    return value;
  };
  return read(node, 0);
}

function mapData(node: Node, read: (child: Node | null) => Json): Json {
  if (!isMap(node)) return null;
  return Object.fromEntries(entriesOf(node).map((found) => [found.key, read(found.node)]));
}

function scalarData(value: unknown): Json {
  switch (typeof value) {
    case "string":
    case "number":
    case "boolean":
      return value;
    case "bigint":
      return Number(value);
    default:
      return null;
  }
}
