import { Store } from "../ui/store.ts";

/** Whether the list of keys is shown. */
export const helpOpen = new Store(false);
