import type { Draft } from "@mline/core";
import { read, write } from "./browser-store.ts";

/** A draft as it is kept: two tabs of one user may have one each of the same file. */
interface Kept extends Draft {
  readonly at: number;
  /** The draft of a closed tab that this one went on from. */
  readonly from?: { readonly key: string; readonly at: number };
}

const TAB = "mline.tab";

/** Unsaved text of this tab; one that is opened anew goes on with what a closed one left. */
export const draftStore = {
  read(path: string): Draft | null {
    const own = read<Kept>(keyOf(path));
    if (own) return own;
    const left = keysOf(path).flatMap((key) => {
      const kept = read<Kept>(key);
      return kept ? [{ key, kept }] : [];
    });
    const [newest] = left.sort((a, b) => b.kept.at - a.kept.at);
    if (!newest) return null;
    const { key, kept } = newest;
    write(keyOf(path), { ...kept, from: { key, at: kept.at } });
    return kept;
  },

  write(path: string, draft: Draft | null): void {
    const before = read<Kept>(keyOf(path));
    const from = before?.from;
    if (draft) {
      write(keyOf(path), { ...draft, at: Date.now(), ...(from ? { from } : {}) });
      return;
    }
    write(keyOf(path), null);
    if (from) void forget(from);
  },
};

/** The draft that this one went on from is of no use either, unless its tab is open and has it yet. */
async function forget({ key, at }: NonNullable<Kept["from"]>): Promise<void> {
  if (read<Kept>(key)?.at !== at || (await isOpen(key))) return;
  write(key, null);
}

async function isOpen(key: string): Promise<boolean> {
  const { held } = (await navigator.locks?.query()) ?? {};
  return held?.some(({ name }) => name === lockOf(key.slice(key.lastIndexOf("#") + 1))) ?? false;
}

function keyOf(path: string): string {
  return `mline.draft.${path}#${thisTab()}`;
}

function keysOf(path: string): readonly string[] {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(`mline.draft.${path}#`));
  } catch {
    // Forbidden storage has no drafts.
    return [];
  }
}

let tab = "";

/** The name of this tab; it survives a reload. While the tab is open it holds a lock of that name. */
function thisTab(): string {
  if (tab) return tab;
  tab = kept() || crypto.getRandomValues(new Uint32Array(2)).join("-");
  try {
    sessionStorage.setItem(TAB, tab);
  } catch {
    // Then a reload is a new tab, which goes on with the draft of the old one.
  }
  void navigator.locks?.request(lockOf(tab), () => new Promise(() => undefined));
  return tab;
}

function kept(): string {
  try {
    return sessionStorage.getItem(TAB) ?? "";
  } catch {
    return "";
  }
}

function lockOf(name: string): string {
  return `${TAB}.${name}`;
}
