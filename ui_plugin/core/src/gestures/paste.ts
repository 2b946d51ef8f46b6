import { type Doc, parse } from "../document.ts";
import { attempt, type Draft, refuse } from "../draft.ts";
import { applyEdits, type Gesture, isRefused } from "../edit.ts";
import type { NodeId } from "../graph.ts";
import { entriesOf, entry, isMap, root } from "../syntax.ts";
import { PREFIXES, SECTIONS, type SectionName, type Thing } from "../things.ts";
import { copyNodes } from "./copy-nodes.ts";
import { cut } from "./cut.ts";
import { thingText } from "./fragment.ts";
import { suggestId } from "./names.ts";
import { rename } from "./rename.ts";
import { writeThing } from "./write-thing.ts";

/** Inserts nodes that are given as YAML text; names that are taken get new ones, with their references. */
export function paste(doc: Doc, text: string): Gesture {
  return attempt(doc, (draft) => {
    const { ids } = insertAll(draft, fragmentOf(text));
    return outcome("Paste", ids);
  });
}

/** Copies nodes beside themselves; references among them lead to the copies. */
export function duplicate(doc: Doc, ids: readonly NodeId[]): Gesture {
  return attempt(doc, (draft) => {
    for (const id of ids) if (!doc.things.has(id)) refuse(`'${id}' is not declared in this file`);
    const inserted = insertAll(draft, fragmentOf(copyNodes(doc, ids)), new Set(ids));
    return outcome("Duplicate", inserted.ids);
  });
}

function outcome(verb: string, ids: readonly NodeId[]) {
  const [first] = ids;
  if (!first) refuse("nothing is chosen");
  const what = ids.length === 1 ? first.slice(first.indexOf(":") + 1) : `${ids.length} nodes`;
  return { label: `${verb} ${what}`, select: first };
}

/** Reads sections, or nodes without their section. */
function fragmentOf(text: string): Doc {
  const doc = parse(text.replace(/^\ufeff/, ""));
  if (doc.errors.length > 0 || !isMap(root(doc.tree))) {
    refuse("this is no YAML of nodes: expected for example 'stages:' with what stands below it");
  }
  const entries = entriesOf(root(doc.tree));
  if (entries.some(({ key }) => (SECTIONS as readonly string[]).includes(key))) return doc;
  const lines = text.split(/\r\n|\n|\r/).map((line) => (line.trim() === "" ? "" : `  ${line}`));
  const guessed = entries[0] ? guess(entries[0].node) : null;
  if (!guessed) refuse("this is no YAML of nodes: expected stages, entities, services or params");
  return parse(`${guessed}:\n${lines.join("\n")}\n`);
}

function guess(node: Thing["body"]): SectionName | null {
  if (!isMap(node)) return null;
  const has = (...keys: string[]): boolean => keys.some((key) => entry(node, key) !== null);
  if (has("offers", "ready", "scope")) return "services";
  if (has("takes", "gives", "call", "run", "command", "sweep", "with")) return "stages";
  if (has("type", "default", "enum")) return "params";
  return has("is", "at", "from") ? "entities" : null;
}

/** Gives names that are free in both texts, then writes the nodes in. */
function insertAll(
  draft: Draft,
  copied: Doc,
  beside?: ReadonlySet<NodeId>,
): { readonly ids: readonly NodeId[] } {
  const fragment = renamed(draft.doc, copied);
  const ids: NodeId[] = [];
  for (const section of SECTIONS) {
    const last = draft.doc.things.in(section).findLast(({ id }) => beside?.has(id));
    let after = last?.name;
    for (const thing of fragment.things.in(section)) {
      writeThing(draft, section, thing.name, (place) => thingText(fragment, thing, place), after);
      after = after === undefined ? undefined : thing.name;
      ids.push(`${PREFIXES[section]}:${thing.name}`);
    }
  }
  unfill(draft, ids);
  return { ids };
}

function renamed(doc: Doc, copied: Doc): Doc {
  let fragment = copied;
  for (const { id, name, section } of copied.things.all()) {
    const isTaken = section === "params" ? doc.things.has(id) : doc.things.takenName(name) !== null;
    if (!isTaken) continue;
    const free = freeName(doc, fragment, name, section);
    const gesture = rename(fragment, id, free);
    if (isRefused(gesture)) refuse(gesture.refused);
    fragment = parse(applyEdits(fragment.text, gesture.edits));
  }
  return fragment;
}

function freeName(doc: Doc, fragment: Doc, name: string, section: SectionName): string {
  for (let number = 2; ; number++) {
    const wish = `${name.replace(/_\d+$/, "").slice(0, 58)}_${number}`;
    const isFree =
      section === "params" ? !doc.things.has(`param:${wish}`) : !doc.things.takenName(wish);
    if (isFree && suggestId(fragment, wish, section) === wish.toLowerCase()) return wish;
  }
}

/** An entity is filled by one stage: a copy of that stage gives an entity of its own. */
function unfill(draft: Draft, ids: readonly NodeId[]): void {
  for (;;) {
    const fills = draft.doc.occurrences.filter(({ role }) => role === "fill");
    const twice = fills.find(
      (one) =>
        ids.includes(one.owner ?? "") &&
        fills.some((o) => o !== one && o.text === one.text && !ids.includes(o.owner ?? "")),
    );
    if (!twice || !draft.tries(() => cut(draft, twice))) return;
  }
}
