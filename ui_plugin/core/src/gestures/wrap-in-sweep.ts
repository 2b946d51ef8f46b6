import type { Doc } from "../document.ts";
import { attempt, refuse } from "../draft.ts";
import type { Gesture } from "../edit.ts";
import type { NodeId } from "../graph.ts";
import type { Json } from "../json-schema.ts";
import { locate } from "../locate.ts";
import { setValue } from "../set-value.ts";
import type { Path } from "../syntax.ts";
import type { TypesView } from "../types-view.ts";
import { isList, isRecord } from "../value-text.ts";
import { thingOf } from "./target.ts";
import { typeOf } from "./types.ts";

export interface NewSweep {
  /** Names of `with`, each with its values or `{from, to, steps, scale}`. */
  readonly over: { readonly [name: string]: Json };
  /** `max accuracy` */
  readonly pick?: string;
  readonly search?: "grid" | "random";
  readonly trials?: number;
  readonly parallel?: number;
  readonly seed?: number;
}

/** Lets a stage run once for every point; names that `with` lacks are written there. */
export function wrapInSweep(doc: Doc, id: NodeId, sweep: NewSweep, types?: TypesView): Gesture {
  return attempt(doc, (draft) => {
    const stage = thingOf(doc, id);
    if (stage.section !== "stages") refuse(`'${stage.name}' is no stage, so it is not swept`);
    const path: Path = [stage.section, stage.name];
    if (locate(doc, [...path, "sweep"]).rest.length === 0)
      refuse(`'${stage.name}' is swept already`);
    const names = Object.entries(sweep.over);
    if (names.length === 0) refuse("a sweep needs a name to go over");
    const known = types ? (typeOf(types, stage)?.with.properties ?? {}) : {};
    for (const [name, values] of names) {
      const first = firstOf(name, values);
      const isThere = locate(doc, [...path, "with", name]).rest.length === 0 || name in known;
      if (!isThere) setValue(draft, [...path, "with", name], first);
    }
    const { over, ...more } = sweep;
    const written = Object.entries(more).filter(([, value]) => value !== undefined);
    setValue(draft, [...path, "sweep"], { over, ...Object.fromEntries(written) });
    return { label: `Sweep ${stage.name}`, select: id };
  });
}

function firstOf(name: string, values: Json): Json {
  const first = isList(values) ? values[0] : isRecord(values) ? values["from"] : undefined;
  return first ?? refuse(`'${name}' has no values to go over`);
}
