import { withoutName } from "../condition.ts";
import { type Draft, refuse } from "../draft.ts";
import type { Json } from "../json-schema.ts";
import type { Occurrence } from "../occurrences.ts";
import { plainData } from "../plain-data.ts";
import { namesOf } from "../reference.ts";
import { removeAt, setValue } from "../set-value.ts";
import { entry, isMap, isScalar } from "../syntax.ts";
import { nameOf } from "../things.ts";
import { typeNameOf } from "./types.ts";

/** Takes a reference out of the text; refuses where only a person can say what should stand there. */
export function cut(draft: Draft, found: Occurrence): void {
  switch (found.role) {
    case "take":
    case "relation":
    case "schedule":
    case "service":
    case "after":
    case "pick":
    case "param":
      removeAt(draft, found.path);
      return;
    case "fill":
      cutFill(draft, found);
      return;
    case "value":
      cutValue(draft, found);
      return;
    case "condition":
      cutCondition(draft, found);
      return;
    default:
      refuse(`'${found.text}' cannot be taken out here; edit the source`);
  }
}

/** An output that filled an entity gives one of its own, of the same type. */
function cutFill(draft: Draft, { path, text }: Occurrence): void {
  const entity = draft.doc.things.get(`entity:${text}`);
  const type = entity ? typeNameOf(entity) : null;
  if (type !== null) setValue(draft, path, type);
  else removeAt(draft, path.at(-1) === "is" ? path.slice(0, -1) : path);
}

/** A parameter gives way to its default. */
function cutValue(draft: Draft, { path, text, owner }: Occurrence): void {
  const [root, name = ""] = text.split(".");
  if (root !== "params") {
    refuse(`'${nameOf(owner ?? "")}' uses '$${text}' as a value; change that value`);
  }
  const value = defaultOf(draft, name);
  if (value !== undefined) setValue(draft, path, value);
  else if (path.length === 4) removeAt(draft, path);
  else refuse(`'$${text}' has no default to put in its place; change that value`);
}

function defaultOf(draft: Draft, name: string): Json | undefined {
  const body = draft.doc.things.get(`param:${name}`)?.body ?? null;
  if (!isMap(body)) return isScalar(body) ? plainData(body, draft.doc.tree) : undefined;
  const found = entry(body, "default");
  return found ? plainData(found.node, draft.doc.tree) : undefined;
}

/**
 * The comparisons of a condition that name it go. Where it is compared with another name, a parameter
 * gives way to its default. What a test expects and a release is gated by is for people to weaken.
 */
function cutCondition(draft: Draft, { path, text, scalar, owner }: Occurrence): void {
  const written = String(scalar.value);
  const others = namesOf(written).some((name) => name.text !== text);
  if (owner !== null && !others) {
    removeAt(draft, path);
    return;
  }
  const left = withoutName(written, text, literalOf(draft, text));
  const isWhole = owner !== null || countOf(left ?? "") === countOf(written);
  if (left === null || !isWhole) {
    refuse(`the condition '${written}' names '${text}' among others; rewrite it`);
  }
  setValue(draft, path, left);
}

/** How many comparisons there are. */
function countOf(condition: string): number {
  return condition.match(/[<>]=?|[=!]=/g)?.length ?? 0;
}

/** The default of a parameter as a condition writes it. */
function literalOf(draft: Draft, text: string): string | undefined {
  if (!text.startsWith("params.")) return undefined;
  const value = defaultOf(draft, text.slice("params.".length));
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return typeof value === "string" && !value.includes("'") ? `'${value}'` : undefined;
}
