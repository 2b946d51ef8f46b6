import type { NodeId } from "@mline/core";
import { Store } from "../ui/store.ts";

/** A wish to run a stage once for every value: what over is asked in a dialog. */
export const sweepRequest = new Store<NodeId | null>(null);
