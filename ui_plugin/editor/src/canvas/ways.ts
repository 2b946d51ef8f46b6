import { Store } from "../ui/store.ts";
import type { End, Verdict } from "./connecting.ts";

/** Two ends that do not fit, for the user to choose what to do about it. */
export interface Ways {
  readonly at: { readonly x: number; readonly y: number };
  readonly from: End;
  readonly to: End;
  readonly verdict: Extract<Verdict, { ok: false }>;
}

export const offerWays = new Store<Ways | null>(null);
