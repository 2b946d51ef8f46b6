import { useRef, useSyncExternalStore } from "react";

/** A value that changes as a whole and tells its readers. */
export class Store<T> {
  #value: T;
  readonly #readers = new Set<() => void>();

  constructor(value: T) {
    this.#value = value;
  }

  readonly get = (): T => this.#value;

  readonly set = (value: T): void => {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const reader of [...this.#readers]) reader();
  };

  readonly update = (change: (value: T) => T): void => this.set(change(this.#value));

  readonly subscribe = (reader: () => void): (() => void) => {
    this.#readers.add(reader);
    return () => this.#readers.delete(reader);
  };
}

/** Part of a store's value; the component renders again only when that part is another one. */
export function useStore<T, P>(store: Store<T>, part: (value: T) => P): P {
  const last = useRef<{ value: T; part: P; of: (value: T) => P } | null>(null);
  const read = () => {
    const value = store.get();
    const known = last.current;
    if (known && known.value === value && known.of === part) return known.part;
    const fresh = part(value);
    const kept = known && Object.is(known.part, fresh) ? known.part : fresh;
    last.current = { value, part: kept, of: part };
    return kept;
  };
  return useSyncExternalStore(store.subscribe, read);
}
