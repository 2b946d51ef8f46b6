import { type Doc, type GraphView, overlay } from "@mline/core";

/** What the server said of a text. */
export interface Meaning {
  readonly text: string;
  readonly view: GraphView;
}

/** The network to draw: the structure of the text as it is now, with the server's meaning over it. */
export function viewOf(doc: Doc, meaning: Meaning | null): GraphView {
  return overlay(doc.graph, meaning?.view ?? null, meaning?.text === doc.text);
}
