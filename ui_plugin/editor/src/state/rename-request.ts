import type { NodeId } from "@mline/core";
import { Store } from "../ui/store.ts";

/** A wish to give a node another name: the inspector puts the cursor into its name. */
export const renameRequest = new Store<NodeId | null>(null);
