import { type Node, spanOf, textOf } from "./syntax.ts";

/** `entity`, `stage.port`, `stage[*].port`, `stage[a=1].port`, with the offsets of its words. */
export interface Reference {
  readonly head: string;
  /** What stands in the brackets; empty when there are none. */
  readonly which: string;
  readonly port: string;
  readonly portAt: number;
  readonly whichAt: number;
}

const REFERENCE = /^([a-z][a-z0-9_]*)(?:\[([^[\]]*)\])?(?:\.([a-z][a-z0-9_]*))?$/;

/** The parts of a reference, null when the text is none. */
export function parseReference(text: string): Reference | null {
  const match = text.length < 1000 ? REFERENCE.exec(text) : null;
  const head = match?.[1];
  if (!match || head === undefined) return null;
  const which = match[2];
  const port = match[3] ?? "";
  if (which !== undefined && (port === "" || which.trim() === "")) return null;
  return {
    head,
    which: (which ?? "").replaceAll(" ", ""),
    port,
    portAt: text.length - port.length,
    whichAt: head.length + 1,
  };
}

/** A word inside a value, at its offset in the value. */
export interface WordAt {
  readonly text: string;
  readonly at: number;
}

const TOKEN =
  /\s*(?:([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w.]))|(\$?[A-Za-z_]\w*(?:\[[^[\]\s]*\])?(?:\.[A-Za-z_]\w*)*)|('[^']*'|"[^"]*")|(==|!=|<=|>=|<|>|\(|\)))/y;
const WORDS = new Set(["and", "or", "not", "true", "false", "null"]);

/** The names that a condition looks up, without a leading `$`; also of one that is half written. */
export function namesOf(condition: string): readonly WordAt[] {
  const names: WordAt[] = [];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(condition); match; match = TOKEN.exec(condition)) {
    const name = match[2];
    if (name === undefined || WORDS.has(name)) continue;
    const bare = name.startsWith("$") ? name.slice(1) : name;
    names.push({ text: bare, at: TOKEN.lastIndex - bare.length });
  }
  return names;
}

/** The metric of `max METRIC`, null when the text is no pick. */
export function metricOf(pick: string): WordAt | null {
  const match = /^\s*(?:max|min)\s+(\S+)\s*$/.exec(pick);
  const name = match?.[1];
  return name === undefined ? null : { text: name, at: pick.lastIndexOf(name) };
}

/**
 * Where the first character of a scalar's value stands in the text; null when the value is not
 * written there letter by letter, as with escapes and folded lines.
 */
export function valueStart(node: Node, text: string): number | null {
  const value = textOf(node);
  if (value === null) return null;
  const { start } = spanOf(node);
  if (text.startsWith(value, start)) return start;
  return text.startsWith(value, start + 1) ? start + 1 : null;
}
