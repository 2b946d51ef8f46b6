/** `core.Train` is shown as `Train`: the core library needs no name. */
export function shownType(type: string | null): string | null {
  return type?.startsWith("core.") ? type.slice(5) : type;
}

/** The last part of an id: `stage:fit` is `fit`. */
export function nameOf(id: string): string {
  return id.slice(id.indexOf(":") + 1);
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
