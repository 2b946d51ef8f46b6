import type { End } from "../canvas/connecting.ts";
import { Store } from "../ui/store.ts";

/** A wish to connect a node, or one of its ports, by keys. */
export const connectRequest = new Store<{ readonly node: string; readonly end?: End } | null>(null);

export function openConnect(end: End | string): void {
  connectRequest.set(typeof end === "string" ? { node: end } : { node: end.node, end });
}
