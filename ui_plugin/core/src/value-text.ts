import type { Json } from "./json-schema.ts";
import { type Place, scalarText } from "./scalar-text.ts";

/** Where a value will stand, behind the colon of its key or the dash of its item. */
export interface ValuePlace extends Place {
  /** Column of the key, or of the dash. */
  readonly indent: number;
  /** Column at which the value begins when it stays on the line. */
  readonly column: number;
  readonly step: number;
  readonly eol: string;
}

/** `block` puts the entries of a map on lines of their own, whatever their length. */
export type Layout = "auto" | "block";

const WIDEST = 100;

export function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

export function isRecord(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What stands behind `key:` or `-`, with the space or the line break before it. */
export function valueText(value: Json, place: ValuePlace, layout: Layout = "auto"): string {
  if (!place.flow && isBlockText(value)) return ` ${blockText(value, place)}`;
  if (isEmptyOrScalar(value)) return ` ${inlineText(value, place)}`;
  if (place.flow || (layout === "auto" && fits(value, place)))
    return ` ${inlineText(value, place)}`;
  return place.eol + linesText(value, { ...place, indent: place.indent + place.step });
}

/** The entries or items of a collection, each on a line of its own at `place.indent`. */
export function linesText(value: Json, place: ValuePlace): string {
  const pad = " ".repeat(place.indent);
  if (isList(value)) {
    return value
      .map((item) => {
        const inner = { ...place, column: place.indent + 2 };
        return `${pad}-${itemText(item, inner)}`;
      })
      .join(place.eol);
  }
  if (!isRecord(value)) throw new TypeError("a scalar has no lines");
  return Object.entries(value)
    .map(([key, child]) => `${pad}${entryText(key, child, place)}`)
    .join(place.eol);
}

/** `key: value`; the lines behind the first are indented below `place.indent`. */
export function entryText(key: string, value: Json, place: ValuePlace, layout?: Layout): string {
  const name = scalarText(key, { flow: place.flow });
  const column = place.indent + name.length + 2;
  return `${name}:${valueText(value, { ...place, column }, layout)}`;
}

function itemText(value: Json, place: ValuePlace): string {
  if (isEmptyOrScalar(value) || fits(value, place)) return valueText(value, place);
  // Collections begin on the line of the dash, two columns on.
  const lines = linesText(value, { ...place, indent: place.indent + 2 });
  return ` ${lines.trimStart()}`;
}

/** A value in one line. */
export function inlineText(value: Json, place: Place): string {
  const inside = { flow: true };
  if (isList(value)) return `[${value.map((item) => inlineText(item, inside)).join(", ")}]`;
  if (isRecord(value)) {
    const pairs = Object.entries(value).map(
      ([key, child]) => `${scalarText(key, inside)}: ${inlineText(child, inside)}`,
    );
    return `{${pairs.join(", ")}}`;
  }
  return scalarText(value, place);
}

function isEmptyOrScalar(value: Json): boolean {
  if (isList(value)) return value.length === 0;
  return !isRecord(value) || Object.keys(value).length === 0;
}

function fits(value: Json, place: ValuePlace): boolean {
  return !hasBlockText(value) && place.column + inlineText(value, place).length <= WIDEST;
}

function hasBlockText(value: Json): boolean {
  if (isList(value)) return value.some(hasBlockText);
  return isRecord(value) ? Object.values(value).some(hasBlockText) : isBlockText(value);
}

/** Text of several lines that a literal block holds as it is. */
export function isBlockText(value: Json): value is string {
  if (typeof value !== "string" || !value.includes("\n") || value.trim() === "") return false;
  // White space alone on a line would be taken for indentation.
  if (/(?:^|\n)[ \t]+(?:\n|$)/.test(value)) return false;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a literal block has no escapes
  return !/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]/.test(
    value.replace(/[\ud800-\udbff][\udc00-\udfff]/g, ""),
  );
}

/** `|` and its lines. The last line has no break of its own; `|+` brings what it needs. */
export function blockText(value: string, { indent, step, eol }: ValuePlace): string {
  const trailing = /\n*$/.exec(value)?.[0].length ?? 0;
  const chomp = trailing === 0 ? "-" : trailing === 1 ? "" : "+";
  const body = value.slice(0, value.length - trailing).split("\n");
  const first = body.find((line) => line.trim() !== "") ?? "";
  const digit = /^\s/.test(first) || /^\s/.test(body[0] ?? "") ? String(step) : "";
  const pad = " ".repeat(indent + step);
  const lines = body.map((line) => (line === "" ? "" : pad + line));
  const blank = Array.from({ length: Math.max(0, trailing - 1) }, () => "");
  return `|${digit}${chomp}${eol}${[...lines, ...blank].join(eol)}`;
}
