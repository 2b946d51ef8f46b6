import type { Doc } from "../document.ts";
import { attempt, type Draft, refuse } from "../draft.ts";
import type { Gesture } from "../edit.ts";
import type { EdgeEnd } from "../graph.ts";
import { locate } from "../locate.ts";
import { plainData } from "../plain-data.ts";
import { setValue } from "../set-value.ts";
import { isSeq, type Path } from "../syntax.ts";
import type { Thing } from "../things.ts";
import type { TypesView } from "../types-view.ts";
import { isList, isRecord } from "../value-text.ts";
import { ID } from "../vocabulary.ts";
import { canConnect } from "./can-connect.ts";
import { asId } from "./names.ts";
import { thingOf } from "./target.ts";
import { typeOf } from "./types.ts";

/** An end that a gesture connects: a port of a stage, or a value of it (`with.depth`). */
export interface ConnectEnd extends EdgeEnd {
  readonly field?: string;
}

export interface Connection {
  readonly from: ConnectEnd;
  readonly to: ConnectEnd;
  /** `after` for order without data; `each` for all instances of a sweep. */
  readonly kind?: "data" | "after" | "each";
}

/**
 * Connects two ends. An output or an entity goes into a port under `takes`; an output into an entity
 * under `gives`; a service under `uses`; a stage under `after`; a parameter under `with`. A port that
 * takes one thing gets the new one; a port that takes many gets one more.
 */
export function connect(doc: Doc, connection: Connection, types?: TypesView): Gesture {
  return attempt(doc, (draft) => {
    const allowed = canConnect(doc, connection, types);
    if (!allowed.ok && !allowed.typesOnly) refuse(allowed.reason);
    const from = thingOf(doc, connection.from.node);
    const to = thingOf(doc, connection.to.node);
    write(draft, connection, from, to, types);
    draft.step();
    return { label: `Connect ${from.name} to ${to.name}`, select: to.id };
  });
}

function write(
  draft: Draft,
  connection: Connection,
  from: Thing,
  to: Thing,
  types?: TypesView,
): void {
  const at: Path = [to.section, to.name];
  if (to.section === "entities") {
    fill(draft, [from.section, from.name, "gives", connection.from.port ?? "out"], to.name);
  } else if (from.section === "services") {
    addTo(draft, [...at, "uses"], from.name);
  } else if (from.section === "params") {
    const field = connection.to.field ?? `with.${connection.to.port ?? from.name}`;
    setValue(draft, [...at, ...field.split(".")], `$params.${from.name}`);
  } else if (isOrder(connection, from)) {
    addTo(draft, [...at, "after"], from.name);
  } else {
    take(draft, connection, from, to, types);
  }
}

export function isOrder({ kind, from, to }: Connection, thing: Thing): boolean {
  return kind === "after" || (thing.section === "stages" && !from.port && !to.port);
}

/** An output fills an entity; other keys of the output stay. */
function fill(draft: Draft, path: Path, entity: string): void {
  const { node, rest } = locate(draft.doc, path);
  const isMapThere = rest.length === 0 && isRecord(plainData(node, draft.doc.tree));
  setValue(draft, isMapThere ? [...path, "is"] : path, entity);
}

function take(
  draft: Draft,
  connection: Connection,
  from: Thing,
  to: Thing,
  types?: TypesView,
): void {
  const reference = referenceTo(connection, from);
  const port = portOf(connection, from, to, types);
  const path: Path = [to.section, to.name, "takes", port];
  if (takesMany(draft, path, to, port, types)) addTo(draft, path, reference);
  else setValue(draft, path, reference);
}

/** `split.train`, `fit[*].model`, `accuracy`. */
export function referenceTo({ from, kind }: Connection, thing: Thing): string {
  if (thing.section !== "stages") return thing.name;
  return `${thing.name}${kind === "each" ? "[*]" : ""}.${from.port ?? ""}`;
}

/** The port that is meant, or a new one that is called as what it takes. */
function portOf({ from, to }: Connection, source: Thing, stage: Thing, types?: TypesView): string {
  if (to.port) {
    if (!ID.test(to.port)) refuse(`'${to.port}' cannot be the name of a port`);
    return to.port;
  }
  const type = types ? typeOf(types, stage) : null;
  const written = new Set(stage.entry.node ? Object.keys(takesOf(stage)) : []);
  const free = type?.ports.in.find((port) => !written.has(port.name));
  if (free) return free.name;
  const wish = asId(from.port ?? source.name);
  for (let number = 1; ; number++) {
    const name = number === 1 ? wish : `${wish}_${number}`;
    if (!written.has(name)) return name;
  }
}

function takesOf(stage: Thing): { readonly [port: string]: unknown } {
  const body = stage.body?.toJSON() as { readonly takes?: unknown } | null;
  const takes = body?.takes;
  return typeof takes === "object" && takes !== null ? { ...takes } : {};
}

function takesMany(
  draft: Draft,
  path: Path,
  stage: Thing,
  port: string,
  types?: TypesView,
): boolean {
  const { node, rest } = locate(draft.doc, path);
  if (rest.length > 0) return false;
  if (isSeq(node)) return true;
  const type = types ? typeOf(types, stage) : null;
  return type?.ports.in.find(({ name }) => name === port)?.many ?? false;
}

/** Adds a word to "one or a list", once. */
export function addTo(draft: Draft, path: Path, word: string): void {
  const way = locate(draft.doc, path);
  const present = way.rest.length === 0 ? plainData(way.node, draft.doc.tree) : null;
  if (present === word || (isList(present) && present.includes(word))) {
    refuse(`'${word}' is connected there already`);
  }
  if (present === null) setValue(draft, path, [word]);
  else setValue(draft, [...path, isList(present) ? present.length : 1], word);
}
