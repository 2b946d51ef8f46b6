import { Store } from "../ui/store.ts";
import type { End } from "./connecting.ts";

/** A wish to add a node: where on the screen, and what it is to be connected with. */
export interface AddRequest {
  readonly at: { readonly x: number; readonly y: number };
  readonly end?: End;
}

export const addRequest = new Store<AddRequest | null>(null);

export function openAdd(at: AddRequest["at"], end?: End): void {
  addRequest.set({ at, ...(end ? { end } : {}) });
}
