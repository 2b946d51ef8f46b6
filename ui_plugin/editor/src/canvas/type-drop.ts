import { useReactFlow } from "@xyflow/react";
import { type DragEvent, useCallback, useMemo } from "react";
import type { Point } from "../layout/layered.ts";
import { useSession } from "../state/context.ts";
import * as gestures from "../state/gestures.ts";
import { recentTypes } from "../state/recent.ts";
import { mainNode } from "../state/selection.ts";

/** What the palette puts into a drag. */
export const TYPE_MIME = "application/x-mline-type";

/** A type that is dragged from the palette onto the canvas becomes a node where it is let go. */
export function useTypeDrop(move: (points: ReadonlyMap<string, Point>) => void) {
  const session = useSession();
  const flow = useReactFlow();
  const onDragOver = useCallback((event: DragEvent) => {
    if (!event.dataTransfer.types.includes(TYPE_MIME)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
  }, []);
  const onDrop = useCallback(
    (event: DragEvent) => {
      const name = event.dataTransfer.getData(TYPE_MIME);
      const { types, view } = session.state.get();
      const type = types?.types.find((one) => one.name === name);
      if (!type) return;
      event.preventDefault();
      recentTypes.used(type.name);
      if (!session.apply(gestures.addOfType(session.doc, view, type, types))) return;
      const added = mainNode(session.state.get().selection);
      const { x, y } = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY });
      if (added) move(new Map([[added, { x: Math.round(x), y: Math.round(y) }]]));
    },
    [session, flow, move],
  );
  return useMemo(() => ({ onDragOver, onDrop }), [onDragOver, onDrop]);
}
