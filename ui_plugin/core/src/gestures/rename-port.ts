import type { Doc } from "../document.ts";
import { attempt, refuse } from "../draft.ts";
import type { Gesture } from "../edit.ts";
import type { NodeId } from "../graph.ts";
import type { Occurrence } from "../occurrences.ts";
import { parseReference } from "../reference.ts";
import { rewriteWords, type Word } from "../rewrite-words.ts";
import { type Entry, entry, type Path, target } from "../syntax.ts";
import type { Thing } from "../things.ts";
import type { TypesView } from "../types-view.ts";
import { ID } from "../vocabulary.ts";
import { referencesOf } from "./references.ts";
import { thingOf } from "./target.ts";
import { typeOf } from "./types.ts";

export interface Port {
  readonly node: NodeId;
  readonly side: "in" | "out";
  readonly name: string;
}

/** Renames a port that a stage adds, with all that refers to it; the code of the stage is not ours. */
export function renamePort(doc: Doc, port: Port, name: string, types?: TypesView): Gesture {
  return attempt(doc, (draft) => {
    const stage = thingOf(doc, port.node);
    const section = port.side === "in" ? "takes" : "gives";
    const own = entryAt(doc, stage, [section, port.name]);
    if (!own) refuse(`'${stage.name}' has no port '${port.name}' under '${section}'`);
    if (!ID.test(name)) refuse(`'${name}' cannot be the name of a port`);
    if (entryAt(doc, stage, [section, name]))
      refuse(`'${stage.name}' has a port '${name}' already`);
    checkOwn(stage, port, types);
    draft.aliases = "named";
    const adapted = entryAt(doc, stage, ["adapt", section, port.name]);
    const keys = [own, ...(adapted ? [adapted] : [])].map(({ keyNode }) => keyNode);
    const paths: Path[] = [[section], ["adapt", section]].map((path) => [
      stage.section,
      stage.name,
      ...path,
    ]);
    const words = keys.map((scalar, i): Word => {
      const path = [...(paths[i] ?? []), port.name];
      draft.touch([...(paths[i] ?? []), name]);
      return { scalar, path, at: 0, length: port.name.length, text: name };
    });
    const uses = referencesOf(doc, types).flatMap((found) =>
      wordsIn(found, port, stage, name, doc),
    );
    rewriteWords(draft, [...words, ...uses]);
    return { label: `Rename ${port.name} of ${stage.name} to ${name}`, select: port.node };
  });
}

function entryAt(doc: Doc, stage: Thing, path: readonly string[]): Entry | null {
  let node = stage.body;
  let found: Entry | null = null;
  for (const key of path) {
    found = entry(node, key);
    node = target(found?.node, doc.tree);
  }
  return found;
}

function checkOwn(stage: Thing, { side, name }: Port, types?: TypesView): void {
  const type = types ? typeOf(types, stage) : null;
  const ports = side === "in" ? type?.ports.in : type?.ports.out;
  if (ports?.some((declared) => declared.name === name)) {
    refuse(`the type '${type?.shown}' declares the port '${name}', so it cannot be renamed here`);
  }
}

function wordsIn(found: Occurrence, port: Port, stage: Thing, name: string, doc: Doc): Word[] {
  const { role, owner, scalar, path, text, at } = found;
  const word = (offset: number): Word[] => [
    { scalar, path, at: at + offset, length: port.name.length, text: name },
  ];
  if (role === "value" && owner === stage.id) {
    return text === `${port.side}.${port.name}` ? word(port.side.length + 1) : [];
  }
  if (role === "port" && owner === stage.id && text === port.name) {
    const isOutput = entryAt(doc, stage, ["gives", port.name]) !== null;
    return isOutput === (port.side === "out") ? word(0) : [];
  }
  if (role === "script" && owner === stage.id) return scriptWords(found, port, name);
  if (port.side === "in" || !["take", "relation", "condition", "pick"].includes(role)) return [];
  const reference = parseReference(text);
  const isIt = reference?.head === stage.name && reference.port === port.name;
  return isIt ? word(reference.portAt) : [];
}

function scriptWords({ scalar, path, text }: Occurrence, port: Port, name: string): Word[] {
  const prefix = port.side === "in" ? "IN_" : "OUT_";
  const variable = new RegExp(
    `(?<![A-Za-z0-9_])${prefix}${port.name.toUpperCase()}(?![A-Za-z0-9_])`,
    "g",
  );
  return [...text.matchAll(variable)].map((match) => ({
    scalar,
    path,
    at: match.index + prefix.length,
    length: port.name.length,
    text: name.toUpperCase(),
  }));
}
