import type { NodeId } from "@mline/core";
import { useEffect } from "react";
import { useSession } from "../state/context.ts";
import { Store, useStore } from "../ui/store.ts";

const collapsed = new Store<{ readonly path: string; readonly homes: ReadonlySet<NodeId> }>({
  path: "",
  homes: new Set(),
});

/** Which sweeps of the open file are drawn as one node; kept with its layout. */
export function useCollapse(): ReadonlySet<NodeId> {
  const { host, path } = useSession();
  useEffect(() => {
    if (collapsed.get().path !== path) {
      collapsed.set({ path, homes: new Set(host.layout.read(path)?.collapsed ?? []) });
    }
  }, [host, path]);
  return useStore(collapsed, homesOf);
}

const homesOf = (value: { readonly homes: ReadonlySet<NodeId> }) => value.homes;

/** Draws the sweep of a stage as one node, or as its stages again. */
export function toggleCollapsed(home: NodeId): void {
  collapsed.update(({ path, homes }) => {
    const changed = new Set(homes);
    if (!changed.delete(home)) changed.add(home);
    return { path, homes: changed };
  });
}
