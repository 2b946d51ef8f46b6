import { BaseEdge, EdgeLabelRenderer, type EdgeProps, getBezierPath } from "@xyflow/react";
import { CircleX, Shuffle } from "lucide-react";
import { memo } from "react";
import type { FlowEdge } from "./model.ts";
import { useLevel } from "./zoom.ts";

/** An edge: its look says what it carries; an adapter or a problem stands in its middle. */
export const LineEdge = memo(function LineEdge(props: EdgeProps<FlowEdge>) {
  const { id, sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition, selected, data } =
    props;
  const level = useLevel();
  const far = level !== "near";
  const [path, x, y] = getBezierPath({
    sourceX,
    sourceY,
    targetX,
    targetY,
    sourcePosition,
    targetPosition,
  });
  const kind = data?.kind ?? "data";
  const problem = data?.edge?.problem;
  const adapters = data?.edge?.adapter ?? [];
  const names = [
    "line",
    kind,
    selected ? "chosen" : "",
    problem ? "wrong" : "",
    adapters.length ? "adapted" : "",
  ];
  return (
    <>
      <BaseEdge
        id={id}
        path={path}
        className={names.join(" ")}
        interactionWidth={level === "tiny" ? 0 : 16}
        {...(data?.color ? { style: { "--type": data.color } as React.CSSProperties } : {})}
      />
      {!far && (problem || adapters.length > 0 || kind === "relation") && (
        <EdgeLabelRenderer>
          <div
            className={`edge-label ${problem ? "error" : kind}`}
            style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}
          >
            {problem ? (
              <>
                <CircleX size={12} strokeWidth={2.4} aria-hidden="true" /> {problem}
              </>
            ) : kind === "relation" ? (
              data?.relation?.relation
            ) : (
              <>
                <Shuffle size={12} aria-hidden="true" /> {adapters.join(" → ")}
              </>
            )}
          </div>
        </EdgeLabelRenderer>
      )}
    </>
  );
});
