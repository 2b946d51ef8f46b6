import { Store } from "../ui/store.ts";

/** What the command palette was opened with; null while it is closed. */
export const paletteRequest = new Store<string | null>(null);

export function openPalette(text: string): void {
  paletteRequest.set(text);
}
