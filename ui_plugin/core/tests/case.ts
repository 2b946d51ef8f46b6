import type * as core from "../src/index.ts";
import type { MutableJson } from "./oracle.ts";

/** A gesture on the experiment of `texts.ts`, and what the text must mean afterwards. */
export interface Case {
  readonly does: (doc: core.Doc) => core.Gesture;
  readonly means: (before: MutableJson) => MutableJson;
  /** Textures in which it cannot be done safely; the gesture says so. */
  readonly refusedIn?: readonly string[];
}

export const field = (node: string, ...path: (string | number)[]): core.Field => ({ node, path });
