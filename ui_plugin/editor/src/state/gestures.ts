import type {
  Connection,
  Doc,
  Gesture,
  GraphEdge,
  GraphView,
  Json,
  NodeId,
  TypeInfo,
  TypesView,
} from "@mline/core";
import * as core from "@mline/core";
import type { End, Verdict } from "../canvas/connecting.ts";

type Types = TypesView | null;

/** The gestures of the core in the terms of the canvas: two ends, in whichever order they were chosen. */
function connection(one: End, other: End): Connection {
  const [source, target] = one.kind === "source" ? [one, other] : [other, one];
  return { from: edgeEnd(source), to: edgeEnd(target) };
}

function edgeEnd({ node, port }: End) {
  return port ? { node, port } : { node };
}

/** Whether two ends fit; if not, why, and which adapters would help. */
export function judge(doc: Doc, types: Types, from: End, to: End): Verdict {
  const answer = core.canConnect(doc, connection(from, to), types ?? undefined);
  if (answer.ok) return answer;
  const { reason, typesOnly, adapters = [] } = answer;
  return { ok: false, reason, adapters, typesOnly };
}

/** Connects two ends, also where the types do not fit: then it is drawn as a problem, or adapted. */
export function connect(doc: Doc, from: End, to: End, types: Types): Gesture {
  return core.connect(doc, connection(from, to), types ?? undefined);
}

/** One end of an edge goes elsewhere. */
export function rewire(doc: Doc, edge: GraphEdge, to: End, types: Types): Gesture {
  const end = to.kind === "source" ? { from: edgeEnd(to) } : { to: edgeEnd(to) };
  return core.rewire(doc, edge.id, end, types ?? undefined);
}

export function disconnect(doc: Doc, edge: GraphEdge): Gesture {
  return core.disconnect(doc, [edge.id]);
}

export function remove(doc: Doc, nodes: readonly NodeId[], types: Types): Gesture {
  return core.deleteNodes(doc, nodes, {}, types ?? undefined);
}

export function duplicate(doc: Doc, nodes: readonly NodeId[]): Gesture {
  return core.duplicate(doc, nodes);
}

export function rename(doc: Doc, node: NodeId, to: string, types: Types): Gesture {
  return core.rename(doc, node, to, types ?? undefined);
}

export function setField(doc: Doc, node: NodeId, path: readonly string[], value: Json): Gesture {
  return core.setField(doc, { node, path }, value);
}

export function clearField(doc: Doc, node: NodeId, path: readonly string[]): Gesture {
  return core.clearField(doc, { node, path });
}

/** The types that a port, or a node as a whole, can be connected with. */
export function fitting(view: GraphView, types: Types, end: End): readonly TypeInfo[] {
  const offered = usable(types);
  const node = view.nodes.find(({ id }) => id === end.node);
  if (!types || !node) return offered;
  if (node.kind === "service" || node.kind === "param")
    return offered.filter(({ kind }) => kind === "stage");
  const type = typeOfEnd(view, end);
  return offered.filter((offer) => fits(types, offer, end, type));
}

function fits(types: TypesView, offer: TypeInfo, end: End, type: string | null): boolean {
  if (offer.kind === "service") return end.kind === "target" && end.port === undefined;
  if (type === null) return offer.kind === "stage" || end.kind === "target";
  if (offer.kind === "stage")
    return offer.name === "core.Stage" || portFor(types, offer, end, type) !== undefined;
  if (end.kind === "target") return core.accepts(types, type, offer.name);
  return end.port !== undefined && core.accepts(types, offer.name, type);
}

/** The port of a new stage that the end is connected with: the first that fits. */
function portFor(types: TypesView, offer: TypeInfo, end: End, type: string): string | undefined {
  const forward = end.kind === "source";
  const ports = forward ? offer.ports.in : offer.ports.out;
  return ports.find((port) =>
    forward ? core.accepts(types, port.type, type) : core.accepts(types, type, port.type),
  )?.name;
}

/** The type at an end: that of the port, or of the thing itself. */
export function typeOfEnd(view: GraphView, end: End): string | null {
  const node = view.nodes.find(({ id }) => id === end.node);
  if (!end.port) return node?.kind === "stage" ? null : (node?.type ?? null);
  const ports = end.kind === "source" ? node?.ports.out : node?.ports.in;
  return ports?.find(({ name }) => name === end.port)?.type ?? null;
}

const SECTION = { stage: "stages", entity: "entities", service: "services" } as const;

/** A new node of a type, with its library in `use`, connected with an end when there is one. */
export function addOfType(
  doc: Doc,
  view: GraphView,
  type: TypeInfo,
  types: Types,
  end?: End,
): Gesture {
  if (type.visible === false) {
    const used = core.addUse(doc, type.library);
    if (core.isRefused(used)) return used;
    return followedBy(doc, used, (next) => added(next, view, type, types, end));
  }
  return added(doc, view, type, types, end);
}

function added(
  doc: Doc,
  view: GraphView,
  type: TypeInfo,
  types: Types,
  end: End | undefined,
): Gesture {
  const known = end ? typeOfEnd(view, end) : null;
  const port = types && end && known ? portFor(types, type, end, known) : undefined;
  const at = port ? { port } : {};
  const connected = end && {
    connect: end.kind === "source" ? { from: edgeEnd(end), ...at } : { to: edgeEnd(end), ...at },
  };
  const node = { section: SECTION[type.kind], type: type.shown, ...connected };
  return core.addNode(doc, node, types ?? undefined);
}

/** A parameter that has a default and no more yet. */
export function addParam(doc: Doc): Gesture {
  return core.addNode(doc, { section: "params", body: 1 });
}

/** Two gestures as one: the edits of the second are turned back to offsets of the first text. */
function followedBy(doc: Doc, first: core.Applied, second: (doc: Doc) => Gesture): Gesture {
  const text = core.applyEdits(doc.text, first.edits);
  const then = second(core.parse(text));
  if (core.isRefused(then)) return then;
  const back = core.invertEdits(doc.text, first.edits);
  const edits = then.edits.map(({ start, end, text: written }) => ({
    start: core.mapOffset(start, back),
    end: core.mapOffset(end, back),
    text: written,
  }));
  return { ...then, edits: core.sortEdits([...first.edits, ...edits]) };
}

export function wrapInSweep(doc: Doc, node: NodeId, sweep: core.NewSweep, types: Types): Gesture {
  return core.wrapInSweep(doc, node, sweep, types ?? undefined);
}

/** A value becomes the default of a parameter that is called like it. */
export function liftToParam(doc: Doc, node: NodeId, path: readonly string[]): Gesture {
  const name = core.suggestId(doc, path.at(-1) ?? "value", "params");
  return core.liftToParam(doc, { node, path }, name);
}

/** An output gets a name of its own among the entities. */
export function declareOutput(doc: Doc, node: NodeId, port: string): Gesture {
  return core.declareOutput(doc, node, port, core.suggestId(doc, port, "entities"));
}

export function moveToSection(doc: Doc, node: NodeId, section: core.SectionName): Gesture {
  return core.moveToSection(doc, node, section);
}

export function copyText(doc: Doc, nodes: readonly NodeId[]): string {
  return core.copyNodes(doc, nodes);
}

export function paste(doc: Doc, text: string): Gesture {
  return core.paste(doc, text);
}

/** What a user may put into an experiment: all that is not abstract. */
export function usable(types: Types): readonly TypeInfo[] {
  return types?.types.filter((type) => !type.abstract) ?? [];
}
