import type { Doc } from "../document.ts";
import { attempt, type Draft, refuse } from "../draft.ts";
import type { Gesture } from "../edit.ts";
import type { EdgeEnd } from "../graph.ts";
import type { Occurrence } from "../occurrences.ts";
import { parseReference } from "../reference.ts";
import { rewriteWords } from "../rewrite-words.ts";
import { setValue } from "../set-value.ts";
import { nameOf, sectionOf } from "../things.ts";
import type { TypesView } from "../types-view.ts";
import { canConnect } from "./can-connect.ts";
import { type ConnectEnd, connect, referenceTo } from "./connect.ts";
import { cut } from "./cut.ts";
import { drawnOf } from "./disconnect.ts";
import { referencesOf } from "./references.ts";
import { thingOf } from "./target.ts";

/** One end of an edge goes elsewhere; the other stays. */
export type NewEnd = { readonly from: ConnectEnd } | { readonly to: ConnectEnd };

export function rewire(doc: Doc, edgeId: string, end: NewEnd, types?: TypesView): Gesture {
  return attempt(doc, (draft) => {
    const { edge, occurrence } = drawnOf(draft, edgeId);
    if ("from" in end) {
      newSource(draft, occurrence, end.from);
      const label = `Rewire ${nameOf(edge.to.node)} to ${nameOf(end.from.node)}`;
      return { label, select: edge.to.node };
    }
    const kind = edge.kind === "after" ? "after" : edge.each ? "each" : "data";
    const connection = { from: edge.from, to: end.to, kind } as const;
    cut(draft, occurrence);
    const between = draft.step();
    const allowed = canConnect(between, connection, types);
    if (!allowed.ok && !allowed.typesOnly) refuse(allowed.reason);
    const connected = connect(between, connection, types);
    if ("refused" in connected) refuse(connected.refused);
    draft.touch([...(sectionPath(end.to.node) ?? [])]);
    for (const { start, end: until, text } of connected.edits) draft.edit(start, until, text);
    return {
      label: `Rewire ${nameOf(edge.from.node)} to ${nameOf(end.to.node)}`,
      select: end.to.node,
    };
  });
}

function sectionPath(id: string): readonly [string, string] {
  return [sectionOf(id) ?? "stages", nameOf(id)];
}

function newSource(draft: Draft, found: Occurrence, from: ConnectEnd): void {
  const thing = thingOf(draft.doc, from.node);
  if (found.owner === thing.id) refuse(`'${thing.name}' cannot be connected to itself`);
  const { role, scalar, path, at, text, owner } = found;
  if (role === "fill")
    refuse("an entity is filled by one output; connect the other output instead");
  const wanted = { service: "services", after: "stages", value: "params" }[role as string];
  if (wanted && thing.section !== wanted) {
    refuse(`this edge comes from ${wanted}, and '${thing.name}' is under '${thing.section}'`);
  }
  if (!wanted && (thing.section === "services" || thing.section === "params")) {
    refuse(`'${thing.name}' is under '${thing.section}', which is no data`);
  }
  if (role === "value" && !text.startsWith("params.")) {
    refuse(`'${nameOf(owner ?? "")}' uses '$${text}' as a value; change that value`);
  }
  if (role === "value") {
    setValue(draft, path, `$params.${thing.name}`);
  } else if (role === "take") {
    const which = parseReference(text)?.which === "*" && thing.section === "stages";
    setValue(draft, path, reference(from, thing.name, which));
  } else if (role === "service" || role === "after") {
    setValue(draft, path, thing.name);
  } else {
    const word = reference(from, thing.name, false);
    rewriteWords(draft, [{ scalar, path, at, length: text.length, text: word }]);
  }
}

function reference({ node, port }: ConnectEnd, name: string, each: boolean): string {
  if (!node.startsWith("stage:")) return name;
  if (!port) refuse(`say which output of '${name}' is meant`);
  return `${name}${each ? "[*]" : ""}.${port}`;
}

/** Everything that reads one output or entity reads another: takes, conditions, picks, relations. */
export function rewireAll(doc: Doc, from: EdgeEnd, to: EdgeEnd, types?: TypesView): Gesture {
  return attempt(doc, (draft) => {
    const source = thingOf(doc, from.node);
    const goal = thingOf(doc, to.node);
    const before = referenceTo({ from, to }, source);
    const after = reference(to, goal.name, false);
    const words = referencesOf(doc, types).flatMap((found) => {
      const { role, text, scalar, path, at, owner } = found;
      const parsed = parseReference(text);
      if (!["take", "relation", "condition", "pick"].includes(role) || !parsed) return [];
      const plain = parsed.port ? `${parsed.head}.${parsed.port}` : parsed.head;
      if (plain !== before || owner === goal.id) return [];
      const isEach = parsed.which === "*" && to.port !== undefined;
      const word = isEach ? after.replace(".", "[*].") : after;
      return [{ scalar, path, at, length: text.length, text: word }];
    });
    if (words.length === 0) refuse(`nothing reads '${before}'`);
    draft.aliases = "named";
    rewriteWords(draft, words);
    return { label: `Rewire all from ${before} to ${after}`, select: to.node };
  });
}
