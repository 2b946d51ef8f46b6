import type { Doc } from "../document.ts";
import { attempt, refuse } from "../draft.ts";
import type { Gesture } from "../edit.ts";
import type { NodeId } from "../graph.ts";
import { locate } from "../locate.ts";
import { plainData } from "../plain-data.ts";
import { setValue } from "../set-value.ts";
import { isMap, textOf } from "../syntax.ts";
import { entryText, isList, isRecord } from "../value-text.ts";
import { isTypeName } from "../vocabulary.ts";
import { checkName } from "./names.ts";
import type { Field } from "./set-field.ts";
import { pathOf, thingOf } from "./target.ts";
import { writeThing } from "./write-thing.ts";

/** Moves a value to `params`, where runs can set it, and leaves `$params.NAME` in its place. */
export function liftToParam(doc: Doc, field: Field, name: string): Gesture {
  return attempt(doc, (draft) => {
    const path = [...pathOf(doc, field.node), ...field.path];
    const { node, rest } = locate(doc, path);
    const value = rest.length === 0 ? plainData(node, doc.tree) : null;
    if (value === null || isRecord(value)) refuse("there is no value that a parameter could have");
    if (typeof value === "string" && value.startsWith("$"))
      refuse(`'${value}' is a reference already`);
    checkName(doc, name, "params");
    const short = isList(value) ? { type: "array", default: value } : value;
    writeThing(draft, "params", name, (place) => entryText(name, short, place));
    setValue(draft, path, `$params.${name}`);
    return { label: `Make ${name} a parameter`, select: `param:${name}` };
  });
}

/** Gives an output a name of its own under `entities`, where it can have properties and relations. */
export function declareOutput(doc: Doc, node: NodeId, port: string, name: string): Gesture {
  return attempt(doc, (draft) => {
    const stage = thingOf(doc, node);
    const path = [stage.section, stage.name, "gives", port];
    const way = locate(doc, path);
    if (way.rest.length > 0) refuse(`'${stage.name}' does not write the output '${port}'`);
    const isPath = isMap(way.node) ? [...path, "is"] : path;
    const type = textOf(locate(doc, isPath).node);
    if (type === null || !isTypeName(type))
      refuse(`'${stage.name}.${port}' fills an entity already`);
    checkName(doc, name, "entities");
    writeThing(draft, "entities", name, (place) => entryText(name, type, place));
    setValue(draft, isPath, name);
    return { label: `Declare ${name}`, select: `entity:${name}` };
  });
}
