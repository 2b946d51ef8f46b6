import type { GraphView, NodeId } from "@mline/core";
import type { Laid } from "../layout/elk-runner.ts";

/** New ids by old ones. */
export interface Renamed {
  readonly nodes: ReadonlyMap<NodeId, NodeId>;
  readonly edges: ReadonlyMap<string, string>;
}

/** What has another id in a newer view and is else in its place; null when nothing is. */
export function renamedBetween(before: GraphView, after: GraphView): Renamed | null {
  const nodes = pairs(before.nodes, after.nodes);
  if (!nodes?.size) return null;
  return { nodes, edges: pairs(before.edges, after.edges) ?? new Map() };
}

type Named = readonly { readonly id: string; readonly kind: string }[];

function pairs(before: Named, after: Named): ReadonlyMap<string, string> | null {
  if (before === after || before.length !== after.length) return null;
  const found = new Map<string, string>();
  for (const [index, { id, kind }] of before.entries()) {
    const now = after[index];
    if (!now || now.kind !== kind) return null;
    if (now.id !== id) found.set(id, now.id);
  }
  // Things that changed places are not renamed.
  const old = new Set(before.map(({ id }) => id));
  return [...found.values()].some((id) => old.has(id)) ? null : found;
}

/** A layout with the new ids. */
export function renamedLayout({ points, routes }: Laid, { nodes, edges }: Renamed): Laid {
  return { points: withIds(points, nodes), routes: withIds(routes, edges) };
}

function withIds<T>(values: ReadonlyMap<string, T>, ids: ReadonlyMap<string, string>) {
  return new Map([...values].map(([id, value]) => [ids.get(id) ?? id, value] as const));
}
