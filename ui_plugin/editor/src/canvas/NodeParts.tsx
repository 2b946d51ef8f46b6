import type { GraphNode } from "@mline/core";
import { Handle, Position } from "@xyflow/react";
import { CircleX, TriangleAlert } from "lucide-react";
import { memo } from "react";
import type { Box, Side } from "../layout/box.ts";
import { iconOf } from "../ui/icons.ts";
import { useSocket } from "./connecting.ts";

const POSITION: { readonly [side in Side]: Position } = {
  left: Position.Left,
  right: Position.Right,
  top: Position.Top,
  bottom: Position.Bottom,
};

export function TypeIcon({
  node,
  size = 16,
}: {
  readonly node: GraphNode;
  readonly size?: number;
}) {
  const Icon = iconOf(node.icon, node.kind);
  return (
    <span className="type-icon" aria-hidden="true">
      <Icon size={size} strokeWidth={1.9} />
    </span>
  );
}

export function ProblemBadge({ problems }: { readonly problems: GraphNode["problems"] }) {
  const { error, warning } = problems;
  if (!error && !warning) return null;
  const level = error ? "error" : "warning";
  const Icon = error ? CircleX : TriangleAlert;
  return (
    <span className={`badge ${level}`} title={problemText(problems)}>
      <Icon size={12} strokeWidth={2.4} aria-hidden="true" />
      {error || warning}
    </span>
  );
}

export function problemText({ error, warning }: GraphNode["problems"]): string {
  const parts = [
    error ? `${error} ${error === 1 ? "error" : "errors"}` : "",
    warning ? `${warning} ${warning === 1 ? "warning" : "warnings"}` : "",
  ];
  return parts.filter(Boolean).join(", ");
}

/** The points where edges end, at the places that the layout knows. */
export const Sockets = memo(function Sockets({
  node,
  box,
}: {
  readonly node: string;
  readonly box: Box;
}) {
  return box.sockets.map((socket) => <OneSocket key={socket.id} node={node} {...socket} />);
});

interface OneSocketProps {
  readonly node: string;
  readonly id: string;
  readonly kind: "source" | "target";
  readonly side: Side;
  readonly x: number;
  readonly y: number;
}

function OneSocket({ node, id, kind, side, x, y }: OneSocketProps) {
  const verdict = useSocket(node, id);
  const whole = id === "in" || id === "out" || id === "lane";
  return (
    <Handle
      id={id}
      type={kind}
      position={POSITION[side]}
      className={[
        "socket",
        whole ? "whole" : "port",
        id === "lane" ? "lane" : "",
        verdict ?? "",
      ].join(" ")}
      style={{ left: x, top: y }}
    />
  );
}

/** What a screen reader says of a node. */
export function nodeLabel(node: GraphNode): string {
  const kind = node.kind === "external" ? "entity of another experiment" : node.kind;
  const parts = [
    `${node.name}, ${kind}${node.type ? ` of type ${node.type}` : ""}`,
    node.ports.in.length ? `takes ${node.ports.in.map((port) => port.name).join(", ")}` : "",
    node.ports.out.length ? `gives ${node.ports.out.map((port) => port.name).join(", ")}` : "",
    node.sweep ? `swept, ${node.sweep.instances ?? "several"} instances` : "",
    node.when ? `when ${node.when}` : "",
    problemText(node.problems),
  ];
  return parts.filter(Boolean).join("; ");
}
