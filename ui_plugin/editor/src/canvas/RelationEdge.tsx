import { BaseEdge, EdgeLabelRenderer, type EdgeProps, useInternalNode } from "@xyflow/react";
import { memo } from "react";
import { arc, type Rectangle } from "../layout/arc.ts";
import type { FlowEdge } from "./model.ts";
import { useLevel } from "./zoom.ts";

/** A relation: an arrow in an arc from border to border, with its name when one of its ends is chosen. */
export const RelationEdge = memo(function RelationEdge(props: EdgeProps<FlowEdge>) {
  const { id, source, target, data } = props;
  const near = useLevel() === "near";
  const from = useRectangle(source);
  const to = useRectangle(target);
  if (!from || !to) return null;
  const { path, middle } = arc(from, to);
  const strength = data?.strength ?? "plain";
  return (
    <>
      <BaseEdge
        id={id}
        path={path}
        className={`line relation ${strength}`}
        interactionWidth={0}
        {...(props.markerEnd ? { markerEnd: props.markerEnd } : {})}
      />
      {near && strength !== "faint" && (
        <EdgeLabelRenderer>
          <div
            className="edge-label relation"
            style={{ transform: `translate(-50%, -50%) translate(${middle.x}px, ${middle.y}px)` }}
          >
            {data?.relation}
          </div>
        </EdgeLabelRenderer>
      )}
    </>
  );
});

function useRectangle(id: string): Rectangle | null {
  const node = useInternalNode(id);
  if (!node) return null;
  const { x, y } = node.internals.positionAbsolute;
  return { x, y, width: node.width ?? 0, height: node.height ?? 0 };
}
