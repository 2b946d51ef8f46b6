import { type Draft, refuse } from "./draft.ts";
import { insertEntry } from "./insert-entry.ts";
import { insertItem } from "./insert-item.ts";
import type { Json } from "./json-schema.ts";
import { type Hop, locate, type Way } from "./locate.ts";
import { plainData } from "./plain-data.ts";
import { removeEntry, removeItem } from "./remove-entry.ts";
import { replaceValue } from "./replace-value.ts";
import { colonOf, isFlow, isMap, isScalar, isSeq, type Path } from "./syntax.ts";
import { isList, isRecord } from "./value-text.ts";
import {
  ENTITY_KEYS,
  EXPERIMENT_KEYS,
  PARAM_KEYS,
  SERVICE_KEYS,
  STAGE_KEYS,
} from "./vocabulary.ts";

/** Writes a value at a path, with the maps on the way to it. */
export function setValue(draft: Draft, path: Path, value: Json): void {
  touchListOf(draft, path);
  const way = locate(draft.doc, path);
  if (way.alias !== null) refuse(aliasReason(way.alias));
  if (way.rest.length > 0) addValue(draft, path, way, value);
  else changeValue(draft, path, way, value);
}

/** What follows an item moves when it comes or goes: the whole list may change. */
function touchListOf(draft: Draft, path: Path): void {
  draft.touch(typeof path.at(-1) === "number" ? path.slice(0, -1) : path);
}

export function aliasReason(alias: string): string {
  return `this repeats '&${alias}' as '*${alias}'; change it there, or write it out in the source`;
}

function changeValue(draft: Draft, path: Path, way: Way, value: Json): void {
  const hop = way.hops.at(-1);
  if (!hop) refuse("the whole file is not set at once");
  const before = plainData(way.node, draft.doc.tree);
  if (way.node && JSON.stringify(before) === JSON.stringify(value)) return;
  const isEmpty = (isRecord(value) || isList(value)) && Object.keys(value).length === 0;
  const isSame = isEmpty
    ? false
    : isRecord(value)
      ? isMap(way.node)
      : isList(value) && isSeq(way.node);
  if (isSame && way.node && isRecord(value) && isRecord(before)) {
    changeEntries(draft, path, before, value);
  } else if (isSame && isList(value) && isList(before)) {
    changeItems(draft, path, before, value);
  } else {
    replaceValue(draft, hop, value);
    draft.step();
  }
}

/** Only the entries that differ are written, so that comments on the others stay. */
function changeEntries(
  draft: Draft,
  path: Path,
  before: { readonly [key: string]: Json },
  value: { readonly [key: string]: Json },
): void {
  for (const [key, child] of Object.entries(value)) {
    if (JSON.stringify(before[key]) !== JSON.stringify(child))
      setValue(draft, [...path, key], child);
  }
  for (const key of Object.keys(before)) {
    if (value[key] === undefined) removeAt(draft, [...path, key]);
  }
}

function changeItems(
  draft: Draft,
  path: Path,
  before: readonly Json[],
  value: readonly Json[],
): void {
  const shared = Math.min(before.length, value.length);
  for (let i = 0; i < shared; i++) {
    if (JSON.stringify(before[i]) !== JSON.stringify(value[i])) {
      setValue(draft, [...path, i], value[i] ?? null);
    }
  }
  for (let i = before.length - 1; i >= shared; i--) removeAt(draft, [...path, i]);
  for (let i = shared; i < value.length; i++) setValue(draft, [...path, i], value[i] ?? null);
}

function addValue(draft: Draft, path: Path, way: Way, value: Json): void {
  const [step, ...rest] = way.rest;
  const holder = way.hops.at(-1);
  const missing = rest.reduceRight<Json>((inner, key) => wrap(key, inner), value);
  if (step === undefined) return;
  if (typeof step === "number") {
    addItem(draft, way, holder, step, missing);
  } else if (isSeq(way.node) || (isScalar(way.node) && way.node.value !== null)) {
    expand(draft, path.slice(0, path.length - way.rest.length), way, wrap(step, missing));
  } else {
    const depth = path.length - way.rest.length;
    insertEntry(
      draft,
      { map: way.node, holder: holder?.entry ?? null, flow: holder?.flow ?? false },
      {
        key: step,
        value: missing,
        order: orderOf(path.slice(0, depth)),
        apart: isApart(draft, depth),
      },
    );
  }
  draft.step();
}

function wrap(step: string | number, inner: Json): Json {
  return typeof step === "number" ? [inner] : { [step]: inner };
}

function addItem(
  draft: Draft,
  way: Way,
  holder: Hop | undefined,
  index: number,
  value: Json,
): void {
  if (isSeq(way.node) && index === way.node.items.length) {
    insertItem(draft, way.node, holder, value);
  } else if (holder && isScalar(way.node) && way.node.value !== null && index < 2) {
    const one = plainData(way.node, draft.doc.tree);
    replaceValue(draft, holder, index === 0 ? value : [one, value]);
  } else if (holder && index === 0) {
    replaceValue(draft, holder, [value]);
  } else {
    refuse("there is no list to add to");
  }
}

/** A short form becomes the long one when it gets a second key. */
function expand(draft: Draft, path: Path, way: Way, more: Json): void {
  const key = shortKey(path);
  const hop = way.hops.at(-1);
  if (!key || !hop || !isScalar(way.node) || !isRecord(more)) {
    refuse(`'${path.join(".")}' is no map, so it has no keys`);
  }
  draft.touch(path);
  replaceValue(draft, hop, { [key]: plainData(way.node, draft.doc.tree), ...more });
}

/** The key that a value alone stands for: `depth: 3` means `{default: 3}`. */
export function shortKey(path: Path): string | null {
  const [section, , field] = path;
  if (path.length === 2 && section === "params") return "default";
  if (path.length === 2 && section === "entities") return "is";
  if (path.length === 4 && section === "stages" && field === "gives") return "is";
  return path.length === 4 && section === "services" && field === "offers" ? "port" : null;
}

function orderOf(path: Path): readonly string[] {
  if (path.length === 0) return EXPERIMENT_KEYS;
  if (path.length !== 2) return [];
  const orders: Readonly<Record<string, readonly string[]>> = {
    stages: STAGE_KEYS,
    services: SERVICE_KEYS,
    entities: ENTITY_KEYS,
    params: PARAM_KEYS,
  };
  return orders[String(path[0])] ?? [];
}

/** Sections are set off by blank lines where the file has any before a section. */
function isApart(draft: Draft, depth: number): boolean {
  return depth === 0 && /\n[ \t]*\r?\n(?:#[^\n]*\n)*[a-z]/.test(draft.doc.text);
}

/** Takes away what stands at a path, and the maps and lists that it leaves empty. */
export function removeAt(draft: Draft, path: Path): void {
  touchListOf(draft, path);
  const way = locate(draft.doc, path);
  if (way.alias !== null) refuse(aliasReason(way.alias));
  const hop = way.hops.at(-1);
  if (!hop || way.rest.length > 0) return;
  const { container, entry, step } = hop;
  const size = isMap(container) || isSeq(container) ? container.items.length : 0;
  if (size === 1 && path.length > 1) removeLast(draft, path, way);
  else if (entry) removeEntry(draft, container, entry);
  else removeItem(draft, container, Number(step));
  draft.step();
}

/** The last entry takes its map along; a thing itself stays, as `{}`. */
function removeLast(draft: Draft, path: Path, way: Way): void {
  const parent = path.slice(0, -1);
  const hop = way.hops.at(-2);
  const isThing = parent.length === 2 && typeof parent[0] === "string" && parent[0] in KEPT;
  const own = way.hops.at(-1);
  if (!hop || !own || !(isThing || hasOwnComment(draft, way))) {
    removeAt(draft, parent);
    return;
  }
  draft.touch(parent);
  if (!own.entry || isFlow(own.container) || !hop.entry) {
    replaceValue(draft, hop, {});
    return;
  }
  const colon = colonOf(hop.entry, draft.doc.text);
  draft.edit(colon, colon, " {}");
  removeEntry(draft, own.container, own.entry);
}

const KEPT: Readonly<Record<string, true>> = {
  stages: true,
  entities: true,
  services: true,
  params: true,
};

/** Whether a comment stands in a map beside its only entry. */
function hasOwnComment(draft: Draft, way: Way): boolean {
  const hop = way.hops.at(-1);
  const holder = way.hops.at(-2);
  if (!hop?.entry || !holder?.entry) return false;
  const between = draft.doc.text.slice(holder.entry.keySpan.end, hop.entry.keySpan.start);
  return between.slice(between.search(/[\r\n]|$/)).includes("#");
}
