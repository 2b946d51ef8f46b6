import type { Doc } from "../document.ts";
import { attempt, refuse } from "../draft.ts";
import type { Gesture } from "../edit.ts";
import type { Json } from "../json-schema.ts";
import { setValue } from "../set-value.ts";
import { nameOf } from "../things.ts";
import { entryText } from "../value-text.ts";
import { drawnOf } from "./disconnect.ts";
import { checkName, suggestId } from "./names.ts";
import { writeThing } from "./write-thing.ts";

/**
 * How a conversion is written: a function that runs inside the stage that takes (`adapt`), or a stage
 * of its own. The compiler's own adapters need no text: connecting is enough.
 */
export type Adapter =
  | { readonly call: string }
  | {
      readonly stage: {
        /** The type that it gives: `ParquetTable`. */
        readonly gives: string;
        readonly name?: string;
        /** `call`, `run` or `command`, `image` and so on. */
        readonly body?: { readonly [key: string]: Json };
      };
    };

const CALL = /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*$/;

/** Puts a conversion on the way of an edge that goes into a port. */
export function insertAdapter(doc: Doc, edgeId: string, adapter: Adapter): Gesture {
  return attempt(doc, (draft) => {
    const { edge, occurrence } = drawnOf(draft, edgeId);
    if (occurrence.role !== "take") refuse("an adapter stands before a port that takes data");
    const port = edge.to.port ?? "";
    const reader = nameOf(edge.to.node);
    if ("call" in adapter) {
      if (!CALL.test(adapter.call)) refuse(`'${adapter.call}' is not 'module:function'`);
      setValue(draft, ["stages", reader, "adapt", "takes", port], adapter.call);
      return { label: `Adapt ${port} of ${reader}`, select: edge.to.node };
    }
    const { gives, body = {}, name: wish } = adapter.stage;
    const name = wish ?? suggestId(doc, `${nameOf(edge.from.node)}_as_${gives}`);
    checkName(doc, name, "stages");
    const stage: Json = { takes: { from: edge.text }, gives: { to: gives }, ...body };
    setValue(draft, occurrence.path, `${name}.to`);
    const after = edge.from.node.startsWith("stage:") ? nameOf(edge.from.node) : undefined;
    writeThing(draft, "stages", name, (place) => entryText(name, stage, place, "block"), after);
    return { label: `Insert ${name}`, select: `stage:${name}` };
  });
}
