import { BaseEdge, EdgeLabelRenderer, type EdgeProps, getBezierPath } from "@xyflow/react";
import { CircleX, Shuffle } from "lucide-react";
import { type CSSProperties, memo } from "react";
import { leads, middleOf, roundedPath } from "../layout/route.ts";
import type { EdgeData, FlowEdge } from "./model.ts";
import { useLevel } from "./zoom.ts";

/** An edge: its look says what it carries; an adapter or a problem stands in its middle. */
export const LineEdge = memo(function LineEdge(props: EdgeProps<FlowEdge>) {
  const { id, selected, data } = props;
  const level = useLevel();
  const { path, x, y } = wayOf(props);
  const names = [
    "line",
    data?.kind ?? "data",
    selected ? "chosen" : "",
    data?.edge?.problem ? "wrong" : "",
    data?.edge?.adapter?.length ? "adapted" : "",
  ];
  return (
    <>
      <BaseEdge
        id={id}
        path={path}
        className={names.join(" ")}
        interactionWidth={level === "tiny" ? 0 : 16}
        {...(data?.color ? { style: { "--type": data.color } as CSSProperties } : {})}
      />
      {level === "near" && data && <Label data={data} x={x} y={y} />}
    </>
  );
});

/** As the layout led it around the nodes; a plain curve when one of its ends was moved since. */
function wayOf(props: EdgeProps<FlowEdge>) {
  const { sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition, data } = props;
  const from = { x: sourceX, y: sourceY };
  const to = { x: targetX, y: targetY };
  if (data?.route && leads(data.route, from, to)) {
    return { path: roundedPath(data.route), ...middleOf(data.route) };
  }
  const [path, x, y] = getBezierPath({
    sourceX,
    sourceY,
    targetX,
    targetY,
    sourcePosition,
    targetPosition,
  });
  return { path, x, y };
}

interface LabelProps {
  readonly data: EdgeData;
  readonly x: number;
  readonly y: number;
}

function Label({ data, x, y }: LabelProps) {
  const { edge, kind } = data;
  const adapters = edge?.adapter ?? [];
  if (!edge?.problem && !adapters.length) return null;
  const Icon = edge?.problem ? CircleX : Shuffle;
  return (
    <EdgeLabelRenderer>
      <div
        className={`edge-label ${edge?.problem ? "error" : kind}`}
        style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}
      >
        <Icon size={12} strokeWidth={2.2} aria-hidden="true" />
        {edge?.problem ?? adapters.join(" → ")}
      </div>
    </EdgeLabelRenderer>
  );
}
