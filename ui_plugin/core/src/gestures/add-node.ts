import type { Doc } from "../document.ts";
import { attempt, type Draft } from "../draft.ts";
import type { Gesture } from "../edit.ts";
import type { NodeId } from "../graph.ts";
import type { Json } from "../json-schema.ts";
import { nameOf, PREFIXES, type SectionName, sectionOf } from "../things.ts";
import type { TypesView } from "../types-view.ts";
import { entryText } from "../value-text.ts";
import { type Connection, connect } from "./connect.ts";
import { checkName, suggestId } from "./names.ts";
import { bodyOf } from "./new-body.ts";
import { writeThing } from "./write-thing.ts";

export interface NewNode {
  readonly section: SectionName;
  /** As one writes it: `Train`, `lab.Clean`. */
  readonly type?: string;
  /** Left out, it follows from the type. */
  readonly name?: string;
  /** What is written besides the type; for a parameter its schema or its default. */
  readonly body?: Json;
  /** Put behind this node of the same section; left out, at the end. */
  readonly after?: NodeId;
  /** Connected at once: `from` an end that exists, or `to` one. */
  readonly connect?:
    | { readonly from: Connection["from"]; readonly port?: string }
    | { readonly to: Connection["to"]; readonly port?: string };
}

/** Adds a node, with its section where there is none, and connects it. */
export function addNode(doc: Doc, node: NewNode, types?: TypesView): Gesture {
  return attempt(doc, (draft) => {
    const { section } = node;
    const wish = node.type?.slice(node.type.lastIndexOf(".") + 1) ?? PREFIXES[section];
    const name = node.name ?? suggestId(doc, wish, section);
    checkName(doc, name, section);
    const after = node.after && sectionOf(node.after) === section ? nameOf(node.after) : undefined;
    const body = bodyOf(node, types);
    const layout = section === "stages" || section === "services" ? "block" : "auto";
    writeThing(draft, section, name, (place) => entryText(name, body, place, layout), after);
    const id = `${PREFIXES[section]}:${name}`;
    if (node.connect) connectNew(draft, id, node.connect, types);
    return { label: `Add ${name}`, select: id };
  });
}

function connectNew(
  draft: Draft,
  id: NodeId,
  wish: NonNullable<NewNode["connect"]>,
  types?: TypesView,
): void {
  const own = wish.port ? { node: id, port: wish.port } : { node: id };
  const connection = "from" in wish ? { from: wish.from, to: own } : { from: own, to: wish.to };
  const connected = connect(draft.doc, connection, types);
  if ("refused" in connected) return;
  const other = "to" in wish ? wish.to.node : id;
  draft.touch([sectionOf(other) ?? "stages", nameOf(other)]);
  for (const { start, end, text } of connected.edits) draft.edit(start, end, text);
  draft.step();
}
