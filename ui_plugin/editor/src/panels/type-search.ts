import type { TypeInfo } from "@mline/core";

/** `sklearn.Train` within the library sklearn is `Train`. */
export function nameWithin(type: TypeInfo): string {
  const prefix = `${type.library}.`;
  return type.name.startsWith(prefix) ? type.name.slice(prefix.length) : type.name;
}
