import type { Json } from "../json-schema.ts";
import type { TypeInfo, TypesView } from "../types-view.ts";
import { isRecord } from "../value-text.ts";
import type { NewNode } from "./add-node.ts";
import { accepts, typeNamed } from "./types.ts";

/** What is written for a new node: its type, the outputs that it must give, and what is asked for. */
export function bodyOf({ section, type, body }: NewNode, types?: TypesView): Json {
  if (section === "params") return body ?? 0;
  const more = isRecord(body) ? body : {};
  if (section === "entities") {
    const name = type ?? "Dataset";
    return Object.keys(more).length === 0 ? name : { is: name, ...more };
  }
  if (section === "services") return { is: type ?? "Service", ...more };
  const info = type && types ? typeNamed(types, type) : null;
  const gives = info && types ? outputsOf(info, types) : {};
  const head: Json = type === undefined || type === "Stage" ? {} : { is: type };
  const outputs: Json = Object.keys(gives).length > 0 ? { gives } : {};
  return { ...head, ...outputs, ...more };
}

/** Outputs that must be given, each of the nearest type that things can have. */
function outputsOf(info: TypeInfo, types: TypesView): { readonly [port: string]: Json } {
  const needed = info.ports.out.filter(({ optional }) => !optional);
  return Object.fromEntries(needed.map(({ name, type }) => [name, concrete(type, types)]));
}

function concrete(name: string, types: TypesView): string {
  const type = typeNamed(types, name);
  if (!type?.abstract) return type?.shown ?? name;
  const found = types.types.find(
    (other) =>
      other.kind === "entity" &&
      !other.abstract &&
      other.visible &&
      accepts(types, name, other.name),
  );
  return found?.shown ?? type.shown;
}
