import type {
  Doc,
  Gesture,
  GraphEdge,
  GraphView,
  Json,
  NodeId,
  TypeInfo,
  TypesView,
} from "@mline/core";
import type { End, Verdict } from "../canvas/connecting.ts";

const later: Gesture = { refused: "this is done in the source for now" };

export function judge(
  _doc: Doc,
  _view: GraphView,
  _types: TypesView | null,
  _from: End,
  _to: End,
): Verdict {
  return { ok: true };
}
export function fitting(_view: GraphView, types: TypesView | null, _end: End): readonly TypeInfo[] {
  return types?.types.filter((type) => !type.abstract) ?? [];
}
export function connect(
  _doc: Doc,
  _from: End,
  _to: End,
  _types: TypesView | null,
  _force = false,
): Gesture {
  return later;
}
export function rewire(
  _doc: Doc,
  _edge: GraphEdge,
  _from: End,
  _to: End,
  _types: TypesView | null,
): Gesture {
  return later;
}
export function insertAdapters(
  _doc: Doc,
  _f: End,
  _t: End,
  _a: readonly string[],
  _types: TypesView | null,
): Gesture {
  return later;
}
export function addOfType(
  _doc: Doc,
  _type: TypeInfo,
  _types: TypesView | null,
  _end?: End,
): Gesture {
  return later;
}
export function remove(_doc: Doc, _nodes: readonly NodeId[]): Gesture {
  return later;
}
export function disconnect(_doc: Doc, _edge: GraphEdge): Gesture {
  return later;
}
export function duplicate(_doc: Doc, _nodes: readonly NodeId[]): Gesture {
  return later;
}
export function rename(_doc: Doc, _node: NodeId, _to: string): Gesture {
  return later;
}
export function setField(
  _doc: Doc,
  _node: NodeId,
  _path: readonly (string | number)[],
  _value: Json,
): Gesture {
  return later;
}
export function clearField(_doc: Doc, _node: NodeId, _path: readonly (string | number)[]): Gesture {
  return later;
}
export function wrapInSweep(_doc: Doc, _node: NodeId): Gesture {
  return later;
}
export function copyText(_doc: Doc, _nodes: readonly NodeId[]): string {
  return "";
}
export function paste(_doc: Doc, _text: string): Gesture {
  return later;
}
