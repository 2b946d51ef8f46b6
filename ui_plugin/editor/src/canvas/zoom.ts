import { createContext, useContext } from "react";

/** How much is drawn: everything; boxes and names; or, of large graphs seen whole, boxes alone. */
export type Level = "near" | "far" | "tiny";

const FAR = 0.46;
const TINY = 0.3;

export const levelOf = (state: {
  readonly transform: readonly [number, number, number];
}): Level => {
  const [, , zoom] = state.transform;
  return zoom < TINY ? "tiny" : zoom < FAR ? "far" : "near";
};

/** One subscription to the zoom for the whole canvas, not one for each node and edge. */
export const LevelContext = createContext<Level>("near");

export function useLevel(): Level {
  return useContext(LevelContext);
}
