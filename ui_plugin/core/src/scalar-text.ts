import type { Json } from "./json-schema.ts";

/** Where a scalar will stand: `flow` is inside `{}` or `[]`. */
export interface Place {
  readonly flow: boolean;
}

export type Quote = "plain" | "single" | "double";

/** What YAML 1.2's core schema reads as something other than text. */
const NOT_TEXT =
  /^(?:|~|null|Null|NULL|true|True|TRUE|false|False|FALSE|[-+]?\d+|0o[0-7]+|0x[\dA-Fa-f]+|[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)|=|<<)$/;
/** YAML 1.1 reads these otherwise, and so do people. */
const LOOKS_LIKE_OTHER =
  /^(?:[yYnN]|[yY]es|YES|[nN]o|NO|[oO]n|ON|[oO]ff|OFF|[-+]?[\d_]+(?:\.[\d_]*)?)$/;
const UNPRINTABLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what has to be escaped
  /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/u;

/** The text of a value that is no collection, in one line. `quote` is kept where it can be. */
export function scalarText(value: Json, { flow }: Place, quote: Quote = "plain"): string {
  if (value === null) return "null";
  if (typeof value === "boolean") return String(value);
  if (typeof value === "number") return numberText(value);
  if (typeof value !== "string") throw new TypeError("a collection is no scalar");
  if (unprintable(value) || quote === "double") return doubleQuoted(value);
  if (quote === "plain" && isPlain(value, flow)) return value;
  return `'${value.replaceAll("'", "''")}'`;
}

/** Whether a text would be read back as it is without quotes. */
export function isPlain(value: string, flow: boolean): boolean {
  if (NOT_TEXT.test(value) || LOOKS_LIKE_OTHER.test(value) || unprintable(value)) return false;
  if (/^[\s,[\]{}#&*!|>'"%@`?:]|^-(?:\s|$|[,[\]{}])|^(?:---|\.\.\.)/.test(value)) return false;
  if (/\s$|:(?:\s|$)|\s#/.test(value)) return false;
  return !(flow && /[,[\]{}]|:$/.test(value));
}

function unprintable(value: string): boolean {
  return (
    UNPRINTABLE.test(value) ||
    /[\ud800-\udfff]/.test(value.replace(/[\ud800-\udbff][\udc00-\udfff]/g, ""))
  );
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return ".nan";
  if (!Number.isFinite(value)) return value > 0 ? ".inf" : "-.inf";
  return Object.is(value, -0) ? "-0.0" : String(value);
}

/** JSON's escapes are YAML's too; what JSON lets through and YAML does not is escaped besides. */
function doubleQuoted(value: string): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
