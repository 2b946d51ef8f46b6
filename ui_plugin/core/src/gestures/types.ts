import { entry, isMap, textOf } from "../syntax.ts";
import type { Thing } from "../things.ts";
import type { TypeInfo, TypesView } from "../types-view.ts";

/** The type that a text means by a name: `Train` or `core.Train`. */
export function typeNamed(types: TypesView, name: string): TypeInfo | null {
  return (
    types.types.find((type) => type.name === name) ??
    types.types.find((type) => type.shown === name) ??
    // Where several libraries have the name, it is the one of core.
    types.types.find((type) => type.name === `core.${name}`) ??
    null
  );
}

/** What is written as the type of a thing; stages and services have one when nothing is written. */
export function typeNameOf(thing: Thing): string | null {
  const written = isMap(thing.body) ? textOf(entry(thing.body, "is")?.node) : null;
  if (written !== null) return written;
  if (thing.section === "entities") return textOf(thing.body);
  return thing.section === "stages" ? "Stage" : thing.section === "services" ? "Service" : null;
}

export function typeOf(types: TypesView, thing: Thing): TypeInfo | null {
  const name = typeNameOf(thing);
  return name === null ? null : typeNamed(types, name);
}

/** Whether a port of a type takes what is of another: the same, or one that descends from it. */
export function accepts(types: TypesView, wanted: string, given: string): boolean {
  let name: string | null = given;
  for (let depth = 0; name !== null && depth < 64; depth++) {
    if (name === wanted) return true;
    name = typeNamed(types, name)?.parent ?? null;
  }
  return false;
}
