import type { Json, NodeId } from "../src/index.ts";
import { nameOf, parse, sectionOf } from "../src/index.ts";
import { plainData } from "../src/plain-data.ts";
import { root } from "../src/syntax.ts";

/** What a text means, to be changed freely. */
export type MutableJson =
  | null
  | boolean
  | number
  | string
  | MutableJson[]
  | { [key: string]: MutableJson };

export function meaning(text: string): MutableJson {
  const { tree } = parse(text);
  return JSON.parse(JSON.stringify(plainData(root(tree), tree))) as MutableJson;
}

type Map_ = { [key: string]: MutableJson };

function asMap(value: MutableJson | undefined): Map_ {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}

/** The value at a path, to be looked at. */
export function at(data: MutableJson, path: readonly (string | number)[]): MutableJson | undefined {
  return path.reduce<MutableJson | undefined>((value, step) => {
    if (Array.isArray(value)) return value[Number(step)];
    return asMap(value)[String(step)];
  }, data);
}

/** Sets a value as a program would, with the maps on the way. */
export function set(
  data: MutableJson,
  path: readonly (string | number)[],
  value: Json,
): MutableJson {
  const [step, ...rest] = path;
  if (step === undefined) return JSON.parse(JSON.stringify(value)) as MutableJson;
  if (Array.isArray(data)) {
    const copy = [...data];
    copy[Number(step)] = set(copy[Number(step)] ?? null, rest, value);
    return copy;
  }
  const map = asMap(data);
  return { ...map, [String(step)]: set(map[String(step)] ?? {}, rest, value) };
}

/** Takes a value out, with the maps and lists that are empty then, down to a path of `keep` steps. */
export function unset(
  data: MutableJson,
  path: readonly (string | number)[],
  keep = 2,
): MutableJson {
  const [step, ...rest] = path;
  if (step === undefined) return data;
  const inner = Array.isArray(data) ? data[Number(step)] : asMap(data)[String(step)];
  if (inner === undefined) return data;
  const left = rest.length > 0 ? unset(inner, rest, keep - 1) : undefined;
  const gone = left === undefined || (isEmpty(left) && keep !== 1);
  if (Array.isArray(data)) {
    return data.flatMap((item, i) =>
      i !== Number(step) ? [item] : gone ? [] : [left as MutableJson],
    );
  }
  const { [String(step)]: _taken, ...others } = asMap(data);
  return gone ? others : { ...others, [String(step)]: left as MutableJson };
}

function isEmpty(value: MutableJson): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

/** Replaces whole words in every text and key: names in these tests mean one thing only. */
export function replaceWords(data: MutableJson, from: RegExp, to: string): MutableJson {
  if (typeof data === "string") return data.replace(from, to);
  if (Array.isArray(data)) return data.map((item) => replaceWords(item, from, to));
  if (typeof data !== "object" || data === null) return data;
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [
      key.replace(from, to),
      replaceWords(value, from, to),
    ]),
  );
}

/** Where the value of a node stands. */
export function pathOf(id: NodeId): readonly [string, string] {
  return [sectionOf(id) ?? "", nameOf(id)];
}

/** The same without empty maps: where comments stand in one, it stays. */
export function withoutEmpty(data: MutableJson): MutableJson {
  if (Array.isArray(data)) return data.map(withoutEmpty);
  if (typeof data !== "object" || data === null) return data;
  const inner = Object.entries(data).map(([key, value]) => [key, withoutEmpty(value)] as const);
  return Object.fromEntries(inner.filter(([, value]) => Array.isArray(value) || !isEmpty(value)));
}
