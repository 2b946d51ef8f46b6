import type { AdapterInfo, TypesView } from "../types-view.ts";
import { accepts } from "./types.ts";

const LONGEST = 6;

interface Chain {
  readonly adapters: readonly AdapterInfo[];
  readonly type: string;
  readonly losses: number;
  readonly cost: number;
}

/**
 * The adapters that lead from one type to another: those that lose least, then the cheapest, as the
 * compiler chooses. Null when none lead there.
 */
export function chainOf(types: TypesView, from: string, to: string): readonly AdapterInfo[] | null {
  const open: Chain[] = [{ adapters: [], type: from, losses: 0, cost: 0 }];
  const settled = new Set<string>();
  for (let chain = cheapest(open); chain; chain = cheapest(open)) {
    if (accepts(types, to, chain.type)) return chain.adapters;
    if (settled.has(chain.type) || chain.adapters.length === LONGEST) continue;
    settled.add(chain.type);
    for (const adapter of types.adapters) {
      if (!accepts(types, adapter.from, chain.type)) continue;
      open.push({
        adapters: [...chain.adapters, adapter],
        type: adapter.to,
        losses: chain.losses + (adapter.lossless ? 0 : 1),
        cost: chain.cost + adapter.cost,
      });
    }
  }
  return null;
}

function cheapest(open: Chain[]): Chain | undefined {
  let best = 0;
  for (const [i, chain] of open.entries()) {
    const first = open[best];
    if (first && (chain.losses - first.losses || chain.cost - first.cost) < 0) best = i;
  }
  return open.splice(best, 1)[0];
}
