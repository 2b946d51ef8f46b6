export { type Doc, parse, SECTIONS, type SectionName, type SyntaxProblem } from "./document.ts";
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
export type * from "./graph.ts";
export type * from "./host.ts";
export type * from "./json-schema.ts";
export { LineIndex, type Position, type Range, type Span } from "./position.ts";
export type * from "./server.ts";
export type * from "./types-view.ts";
