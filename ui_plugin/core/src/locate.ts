import type { Doc } from "./document.ts";
import {
  asNode,
  type Entry,
  entry,
  isAlias,
  isFlow,
  isMap,
  isSeq,
  type Node,
  type Path,
  root,
  type Step,
} from "./syntax.ts";

/** One step on the way to a value: the collection, and the entry or item in it. */
export interface Hop {
  readonly container: Node;
  readonly step: Step;
  /** Null for an item of a list. */
  readonly entry: Entry | null;
  readonly node: Node | null;
  /** True inside `{}` or `[]`. */
  readonly flow: boolean;
}

/** How far a path leads into a text. */
export interface Way {
  readonly hops: readonly Hop[];
  /** The steps that lead nowhere yet. */
  readonly rest: Path;
  /** What the hops lead to; null where nothing is written. */
  readonly node: Node | null;
  /** The alias that the path would have to pass through. */
  readonly alias: string | null;
}

/** Follows a path as far as the text has it. Aliases are not followed. */
export function locate(doc: Doc, path: Path): Way {
  const hops: Hop[] = [];
  let node = root(doc.tree);
  let flow = false;
  for (const [i, step] of path.entries()) {
    if (isAlias(node)) return { hops, rest: path.slice(i), node, alias: node.source };
    const inside: boolean = flow || (node !== null && isFlow(node));
    const hop = node ? hopOf(node, step, inside) : null;
    if (!hop) return { hops, rest: path.slice(i), node, alias: null };
    hops.push(hop);
    node = hop.node;
    flow = inside;
  }
  return { hops, rest: [], node, alias: null };
}

function hopOf(container: Node, step: Step, flow: boolean): Hop | null {
  if (isMap(container)) {
    const found = entry(container, String(step));
    return found ? { container, step, entry: found, node: found.node, flow } : null;
  }
  if (isSeq(container) && typeof step === "number" && step < container.items.length) {
    return { container, step, entry: null, node: asNode(container.items[step]), flow };
  }
  return null;
}

/** The value at a path, null when nothing is there. */
export function valueAt(doc: Doc, path: Path): Node | null {
  const way = locate(doc, path);
  return way.rest.length === 0 ? way.node : null;
}
