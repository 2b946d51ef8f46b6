import type { Doc } from "../document.ts";
import { attempt, type Draft } from "../draft.ts";
import type { Gesture } from "../edit.ts";
import type { NodeId } from "../graph.ts";
import type { Occurrence } from "../occurrences.ts";
import { parseReference } from "../reference.ts";
import { rewriteWords, type Word } from "../rewrite-words.ts";
import { entriesOf, entry, type Path } from "../syntax.ts";
import type { Thing, Things } from "../things.ts";
import type { TypesView } from "../types-view.ts";
import { checkName } from "./names.ts";
import { referencesOf } from "./references.ts";
import { thingOf } from "./target.ts";

/** Where a name stands in an occurrence, and with what it is to be replaced. */
type Part = { readonly at: number; readonly length: number };

/** Renames a node with all that refers to it: one edit a place, quotes and comments stay. */
export function rename(doc: Doc, id: NodeId, name: string, types?: TypesView): Gesture {
  return attempt(doc, (draft) => {
    const thing = thingOf(doc, id);
    const label = `Rename ${thing.name} to ${name}`;
    const select = `${id.slice(0, id.indexOf(":"))}:${name}`;
    if (name === thing.name) return { label, select: id };
    checkName(doc, name, thing.section);
    renameThing(draft, thing, name, types);
    return { label, select };
  });
}

/** The edits of a renaming, pending in a draft whose text is still the first. */
export function renameThing(draft: Draft, thing: Thing, name: string, types?: TypesView): void {
  const { doc } = draft;
  draft.aliases = "named";
  draft.touch([thing.section, name]);
  const all = referencesOf(doc, types);
  const words = all.flatMap((found): Word[] => {
    if (found.role === "script") return scriptWords(found, thing, name, all);
    const part = partOf(found, thing, doc.things);
    return part ? [{ scalar: found.scalar, path: found.path, ...part, text: name }] : [];
  });
  const key = thing.entry.keyNode;
  const own: Path = [thing.section, thing.name];
  rewriteWords(draft, [
    { scalar: key, path: own, at: 0, length: thing.name.length, text: name },
    ...words,
    ...paramKeys(words, name),
  ]);
}

/** A renamed key may come and go: its new path may change too. */
function paramKeys(words: readonly Word[], name: string): Word[] {
  return words
    .filter(({ path }) => path[0] === "tests" && path[2] === "with")
    .map((word) => ({
      ...word,
      path: [...word.path.slice(0, -1), name],
    }));
}

/** The part of a reference that is the name of a thing; null when it names something else. */
function partOf(found: Occurrence, thing: Thing, things: Things): Part | null {
  const { role, text, at } = found;
  const whole = { at, length: thing.name.length };
  switch (role) {
    case "service":
      return thing.section === "services" && text === thing.name ? whole : null;
    case "after":
      return thing.section === "stages" && text === thing.name ? whole : null;
    case "param":
      return thing.section === "params" && text === thing.name ? whole : null;
    case "value":
      return valuePart(found, thing);
    case "take":
    case "relation":
    case "condition":
    case "pick":
    case "schedule":
    case "fill":
      return referencePart(found, thing, things);
    default:
      return null;
  }
}

function valuePart({ text, at }: Occurrence, thing: Thing): Part | null {
  const prefix = thing.section === "params" ? "params." : "services.";
  if (thing.section !== "params" && thing.section !== "services") return null;
  const rest = text.startsWith(prefix) ? text.slice(prefix.length) : "";
  const isIt = thing.section === "params" ? rest === thing.name : rest.split(".")[0] === thing.name;
  return isIt ? { at: at + prefix.length, length: thing.name.length } : null;
}

function referencePart({ role, text, at }: Occurrence, thing: Thing, things: Things): Part | null {
  if (role === "condition" && text.startsWith("params.")) {
    const isIt = thing.section === "params" && text.slice("params.".length) === thing.name;
    return isIt ? { at: at + "params.".length, length: thing.name.length } : null;
  }
  const reference = parseReference(text);
  if (reference?.head !== thing.name) return null;
  const named =
    role === "fill" ? `entity:${text}` : things.named(reference.head, reference.port, text);
  const isService =
    role === "relation" && thing.section === "services" && named.startsWith("missing:");
  return named === thing.id || isService ? { at, length: thing.name.length } : null;
}

/** `DB_SQL_URL` in the scripts of stages that use the service `db`. */
function scriptWords(
  found: Occurrence,
  thing: Thing,
  name: string,
  all: readonly Occurrence[],
): Word[] {
  if (thing.section !== "services" || !found.owner || !uses(found.owner, thing.name, all))
    return [];
  const offers = entriesOf(entry(thing.body, "offers")?.node).map(({ key }) => key.toUpperCase());
  const ends = offers.length > 0 ? offers.join("|") : "[A-Z0-9_]+?";
  const variable = new RegExp(
    `(?<![A-Za-z0-9_])${thing.name.toUpperCase()}(?=_(?:${ends})_(?:URL|HOST|PORT)(?![A-Za-z0-9_]))`,
    "g",
  );
  return [...found.text.matchAll(variable)].map((match) => ({
    scalar: found.scalar,
    path: found.path,
    at: match.index,
    length: thing.name.length,
    text: name.toUpperCase(),
  }));
}

function uses(id: NodeId, service: string, references: readonly Occurrence[]): boolean {
  return references.some(
    ({ role, owner, text }) =>
      owner === id &&
      ((role === "service" && text === service) ||
        (role === "value" && text.startsWith(`services.${service}.`))),
  );
}
