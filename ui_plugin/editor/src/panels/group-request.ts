import type { NodeId } from "@mline/core";
import { Store } from "../ui/store.ts";

/** A wish to put nodes into one frame: what it is called is asked in a dialog. */
export const groupRequest = new Store<readonly NodeId[] | null>(null);
