import type { Doc } from "../document.ts";
import { entriesOf, entry, isMap, isSeq, target, textOf } from "../syntax.ts";
import { nameOf, type Thing } from "../things.ts";
import type { TypesView } from "../types-view.ts";
import { isTypeName } from "../vocabulary.ts";
import { chainOf } from "./adapter-chain.ts";
import type { Connection } from "./connect.ts";
import { accepts, typeNamed, typeNameOf, typeOf } from "./types.ts";

export type Connectable =
  | { readonly ok: true /** What stands there now and would go. */; readonly replaces?: string }
  | {
      readonly ok: false;
      /** A sentence for the user. */
      readonly reason: string;
      /** True when only the types do not fit: it may be connected all the same, as a problem. */
      readonly typesOnly: boolean;
      /** Names of the adapters that the compiler would put in between, in order. */
      readonly adapters?: readonly string[];
      /** True when one of them loses something. */
      readonly lossy?: boolean;
    };

/** Whether two ends can be connected, and if not, why not and what would help. */
export function canConnect(doc: Doc, connection: Connection, types?: TypesView): Connectable {
  const from = doc.things.get(connection.from.node);
  const to = doc.things.get(connection.to.node);
  if (!from) return no(`'${nameOf(connection.from.node)}' is not declared in this file`);
  if (!to) return no(`'${nameOf(connection.to.node)}' is not declared in this file`);
  if (from.id === to.id) return no(`'${from.name}' cannot be connected to itself`);
  if (to.section === "entities") return canFill(doc, connection, from, to, types);
  if (from.section === "params") {
    const isUser = to.section === "stages" || to.section === "services";
    return isUser ? { ok: true } : no(`'${to.name}' has no values to set`);
  }
  if (to.section !== "stages") return no(`nothing can be connected to '${to.name}'`);
  if (from.section === "services") return { ok: true };
  if (from.section === "stages" && reaches(doc, to.id, from.id)) {
    return no(`'${from.name}' already needs '${to.name}', so it would wait for itself`);
  }
  const isOrder = connection.kind === "after" || (!connection.from.port && !connection.to.port);
  if (from.section === "stages" && isOrder) return { ok: true };
  if (from.section === "stages" && !connection.from.port) {
    return no(`say which output of '${from.name}' is meant`);
  }
  return canTake(doc, connection, from, to, types);
}

function no(reason: string): Connectable {
  return { ok: false, reason, typesOnly: false };
}

function canFill(
  doc: Doc,
  connection: Connection,
  from: Thing,
  to: Thing,
  types?: TypesView,
): Connectable {
  if (from.section !== "stages" || !connection.from.port) {
    return no(`only an output of a stage fills the entity '${to.name}'`);
  }
  if (isMap(to.body) && entry(to.body, "from")) {
    return no(`'${to.name}' comes from another experiment`);
  }
  const filled = doc.drawn.find(({ edge }) => edge.to.node === to.id && edge.kind === "data");
  if (filled) return no(`'${to.name}' is given by '${nameOf(filled.edge.from.node)}' already`);
  const given = types ? outputType(doc, from, connection.from.port, types, true) : null;
  const wanted = types ? typeOf(types, to) : null;
  if (!types || !given || !wanted || accepts(types, given, wanted.name)) return { ok: true };
  const reason = `'${to.name}' is ${wanted.shown}, and '${from.name}.${connection.from.port}' gives ${shown(types, given)}`;
  return { ok: false, reason, typesOnly: true };
}

function canTake(
  doc: Doc,
  { from: end, to: port }: Connection,
  from: Thing,
  to: Thing,
  types?: TypesView,
): Connectable {
  const stage = types ? typeOf(types, to) : null;
  const declared = stage?.ports.in.find(({ name }) => name === port.port);
  if (stage && port.port && !declared && !stage.open && stage.shown !== "Stage") {
    return no(`'${stage.shown}' has no port '${port.port}'`);
  }
  const given = types ? givenType(doc, end, from, types) : null;
  const wanted = declared?.type ?? null;
  if (types && given && wanted && !accepts(types, wanted, given)) {
    const reason = `'${port.port}' takes ${shown(types, wanted)}, and '${nameOfEnd(from, end.port)}' is ${shown(types, given)}`;
    const chain = chainOf(types, given, wanted);
    return {
      ok: false,
      reason,
      typesOnly: true,
      ...(chain
        ? { adapters: chain.map(({ name }) => name), lossy: chain.some((a) => !a.lossless) }
        : {}),
    };
  }
  const present = target(
    entry(target(entry(to.body, "takes")?.node, doc.tree), port.port ?? "")?.node,
    doc.tree,
  );
  const replaces = declared?.many || isSeq(present) ? null : textOf(present);
  return replaces === null ? { ok: true } : { ok: true, replaces };
}

function nameOfEnd(thing: Thing, port: string | undefined): string {
  return port ? `${thing.name}.${port}` : thing.name;
}

function shown(types: TypesView, name: string): string {
  return typeNamed(types, name)?.shown ?? name;
}

function givenType(
  doc: Doc,
  { port }: { readonly port?: string },
  from: Thing,
  types: TypesView,
): string | null {
  if (from.section === "entities") return typeOf(types, from)?.name ?? null;
  return port ? outputType(doc, from, port, types, false) : null;
}

/** The type of an output: what is written, else what the stage's type declares. */
function outputType(
  doc: Doc,
  stage: Thing,
  port: string,
  types: TypesView,
  declaredOnly: boolean,
): string | null {
  const declared = typeOf(types, stage)?.ports.out.find(({ name }) => name === port)?.type ?? null;
  if (declaredOnly) return declared;
  const give = entriesOf(target(entry(stage.body, "gives")?.node, doc.tree)).find(
    ({ key }) => key === port,
  );
  const value = target(give?.node, doc.tree);
  const written = isMap(value) ? textOf(entry(value, "is")?.node) : textOf(value);
  if (written === null) return declared;
  if (isTypeName(written)) return typeNamed(types, written)?.name ?? null;
  const entity = doc.things.get(`entity:${written}`);
  const type = entity ? typeNameOf(entity) : null;
  return type === null ? null : (typeNamed(types, type)?.name ?? null);
}

/** Whether data, conditions or order lead from one stage to another, through entities too. */
function reaches(doc: Doc, start: string, goal: string): boolean {
  const next = new Map<string, string[]>();
  for (const { edge } of doc.drawn) {
    if (edge.kind === "sweep") continue;
    next.set(edge.from.node, [...(next.get(edge.from.node) ?? []), edge.to.node]);
  }
  const seen = new Set([start]);
  for (const node of seen) {
    if (node === goal) return true;
    for (const following of next.get(node) ?? []) seen.add(following);
  }
  return false;
}
