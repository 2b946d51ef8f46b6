import type { TypeInfo, TypesView } from "@mline/core";

/** `sklearn.Train` within the library sklearn is `Train`. */
export function nameWithin(type: TypeInfo): string {
  const prefix = `${type.library}.`;
  return type.name.startsWith(prefix) ? type.name.slice(prefix.length) : type.name;
}

/** What a user may put into an experiment: all that is not abstract. */
export function usable(types: TypesView | null): readonly TypeInfo[] {
  return types?.types.filter((type) => !type.abstract) ?? [];
}
