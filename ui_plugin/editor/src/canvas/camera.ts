import type { NodeId } from "@mline/core";
import { useStore as useFlowStore, useNodesInitialized, useReactFlow } from "@xyflow/react";
import { useCallback, useEffect, useRef } from "react";
import { useOpen } from "../state/context.ts";
import type { Arrangement } from "./arrange.ts";
import { canvasView } from "./canvas-view.ts";
import type { FlowNode } from "./model.ts";

/** Room around the graph, and at the foot for the buttons there. */
const AROUND = { top: "32px", left: "36px", right: "36px", bottom: "72px" } as const;
/** Two nodes are not drawn as large as the window. */
const MOST = 1;

/**
 * What of the graph is seen: all of it at first, then what is chosen elsewhere. Choosing on the canvas
 * never moves it. Says whether the graph is larger than the view.
 */
export function useCamera({ ready }: Arrangement, nodes: readonly FlowNode[]): boolean {
  const flow = useReactFlow<FlowNode>();
  const selection = useOpen((state) => state.selection);
  const first = useRef(true);
  const sized = useFlowStore((state) => state.width > 0);
  const initialized = useNodesInitialized();
  const calm = useReducedMotion();

  const fit = useCallback(() => {
    const nodes = flow.getNodes();
    const duration = calm ? 0 : 200;
    if (nodes.length) void flow.fitView({ nodes, padding: AROUND, maxZoom: MOST, duration });
  }, [flow, calm]);

  useEffect(() => {
    if (!ready || !sized || !first.current || !nodes.length) return;
    first.current = false;
    const frame = requestAnimationFrame(() => {
      const all = flow.getNodes();
      void flow.fitView({ nodes: all, padding: AROUND, maxZoom: MOST, minZoom: 0.2 });
    });
    return () => cancelAnimationFrame(frame);
  }, [ready, sized, nodes, flow]);

  useEffect(() => canvasView.setFit(fit), [fit]);

  useEffect(() => {
    const [node] = selection.nodes.slice(-1);
    if (!node || selection.by === "canvas" || !ready || !initialized) return;
    reveal(flow, node, calm ? 0 : 220);
  }, [selection, flow, ready, initialized, calm]);

  return useFlowStore((state) => isLarger(state.transform, state.width, state.height, nodes));
}

/** Moves the view only when the node is not wholly in it. */
function reveal(
  flow: ReturnType<typeof useReactFlow<FlowNode>>,
  id: NodeId,
  duration: number,
): void {
  const node = flow.getNode(id);
  if (!node) return;
  const { x, y, zoom } = flow.getViewport();
  const pane = document.querySelector(".canvas")?.getBoundingClientRect();
  if (!pane) return;
  const width = node.width ?? 0;
  const height = node.height ?? 0;
  const left = node.position.x * zoom + x;
  const top = node.position.y * zoom + y;
  const seen =
    left > 8 &&
    top > 8 &&
    left + width * zoom < pane.width - 8 &&
    top + height * zoom < pane.height - 8;
  if (seen && zoom >= 0.3) return;
  void flow.setCenter(node.position.x + width / 2, node.position.y + height / 2, {
    zoom: Math.max(zoom, 0.7),
    duration,
  });
}

function isLarger(
  [x, y, zoom]: readonly [number, number, number],
  width: number,
  height: number,
  nodes: readonly FlowNode[],
): boolean {
  return nodes.some((node) => {
    const left = node.position.x * zoom + x;
    const top = node.position.y * zoom + y;
    const right = left + (node.width ?? 0) * zoom;
    return (
      left < -20 || top < -20 || right > width + 20 || top + (node.height ?? 0) * zoom > height + 20
    );
  });
}

function useReducedMotion(): boolean {
  return (
    typeof matchMedia !== "undefined" && matchMedia("(prefers-reduced-motion: reduce)").matches
  );
}
