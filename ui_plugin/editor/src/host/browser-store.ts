import type { Layout } from "@mline/core";

/**
 * What this browser remembers of a file. Storage may be full, or forbidden: then it is forgotten at
 * the end of the visit, and nothing fails.
 */
export function read<T>(key: string): T | null {
  try {
    const kept = localStorage.getItem(key);
    return kept ? (JSON.parse(kept) as T) : null;
  } catch {
    return null;
  }
}

export function write(key: string, value: unknown): void {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Full: the oldest thing that can be made again is a layout.
    forgetLayouts();
  }
}

function forgetLayouts(): void {
  try {
    const keys = Object.keys(localStorage).filter((key) => key.startsWith("mline.layout."));
    for (const key of keys) localStorage.removeItem(key);
  } catch {
    // Forbidden storage has nothing to forget.
  }
}

export const layoutStore = {
  read: (path: string) => read<Layout>(`mline.layout.${path}`),
  write: (path: string, layout: Layout) => write(`mline.layout.${path}`, layout),
};

/** A choice of the user that holds for all files, such as which panels are open. */
export const choices = {
  read: <T>(name: string, otherwise: T): T => read<T>(`mline.choice.${name}`) ?? otherwise,
  write: (name: string, value: unknown) => write(`mline.choice.${name}`, value),
};
