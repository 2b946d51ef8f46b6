import type { NodeId } from "@mline/core";
import { Store } from "../ui/store.ts";

/** Nodes that are to come into one frame, or a frame that is to have another name. */
export type GroupRequest =
  | { readonly nodes: readonly NodeId[] }
  | { readonly group: string; readonly title: string };

/** What a dialog asks a name for. */
export const groupRequest = new Store<GroupRequest | null>(null);
