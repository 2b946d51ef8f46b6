import { type ComponentType, type LazyExoticComponent, lazy } from "react";

const WAITS = [300, 1500, 4000];

/**
 * What is loaded when it is needed. Browsers drop what is under way when a network comes or goes, so
 * it is asked for again; rejects with the last error when that did not help.
 */
export async function late<T>(load: () => Promise<T>, waits = WAITS): Promise<T> {
  for (const wait of waits) {
    try {
      return await load();
    } catch {
      await new Promise((resume) => setTimeout(resume, wait));
    }
  }
  return load();
}

/** A component that is loaded when it is first shown. */
export function lazily<Props>(
  load: () => Promise<ComponentType<Props>>,
): LazyExoticComponent<ComponentType<Props>> {
  return lazy(() => late(load).then((component) => ({ default: component })));
}
