/**
 * The editor's document without its pictures: a text, the graph that it writes, and gestures that
 * change it by minimal edits. No React, no DOM.
 */
export { Doc, parse, type SyntaxProblem } from "./document.ts";
export {
  type Applied,
  applyEdits,
  type Gesture,
  invertEdits,
  isRefused,
  mapOffset,
  type Refused,
  sortEdits,
  type TextEdit,
} from "./edit.ts";
export { fieldValue } from "./field-value.ts";
export { chainOf } from "./gestures/adapter-chain.ts";
export { addNode, type NewNode } from "./gestures/add-node.ts";
export { addUse } from "./gestures/add-use.ts";
export { type Connectable, canConnect } from "./gestures/can-connect.ts";
export { type ConnectEnd, type Connection, connect } from "./gestures/connect.ts";
export { copyNodes } from "./gestures/copy-nodes.ts";
export { type DeleteOptions, deleteNodes } from "./gestures/delete-nodes.ts";
export { disconnect } from "./gestures/disconnect.ts";
export { type Adapter, insertAdapter } from "./gestures/insert-adapter.ts";
export { declareOutput, liftToParam } from "./gestures/lift.ts";
export { moveToSection } from "./gestures/move-to-section.ts";
export { asId, suggestId } from "./gestures/names.ts";
export { duplicate, paste } from "./gestures/paste.ts";
export { rename } from "./gestures/rename.ts";
export { type Port, renamePort } from "./gestures/rename-port.ts";
export { type NewEnd, rewire, rewireAll } from "./gestures/rewire.ts";
export { clearField, type Field, setField } from "./gestures/set-field.ts";
export { EXPERIMENT } from "./gestures/target.ts";
export { accepts, typeNamed } from "./gestures/types.ts";
export { type NewSweep, wrapInSweep } from "./gestures/wrap-in-sweep.ts";
export type * from "./graph.ts";
export {
  type Group,
  groupAround,
  groupsOf,
  type OwnGroup,
  standIns,
  sweepTitle,
} from "./groups.ts";
export { type Change, History } from "./history.ts";
export type * from "./host.ts";
export type * from "./json-schema.ts";
export { overlay } from "./overlay.ts";
export { LineIndex, type Position, type Range, type Span } from "./position.ts";
export { parseReference, type Reference } from "./reference.ts";
export { type Hit, SearchIndex } from "./search.ts";
export {
  edgeAt,
  nameSpanOfNode,
  nodeAt,
  pathAt,
  spanOfField,
  spanOfNode,
} from "./selection.ts";
export type * from "./server.ts";
export type { Path, Step } from "./syntax.ts";
export { nameOf, SECTIONS, type SectionName, sectionOf } from "./things.ts";
export type * from "./types-view.ts";
export { ENTITY_KEYS, EXPERIMENT_KEYS, SERVICE_KEYS, STAGE_KEYS } from "./vocabulary.ts";
