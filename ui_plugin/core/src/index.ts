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
export type * from "./graph.ts";
export type * from "./host.ts";
export type * from "./json-schema.ts";
export { LineIndex, type Position, type Range, type Span } from "./position.ts";
export type * from "./server.ts";
export { nameOf, SECTIONS, type SectionName, sectionOf } from "./things.ts";
export type * from "./types-view.ts";
