import type { GraphNode } from "@mline/core";
import { Handle, type Node, type NodeProps } from "@xyflow/react";
import { CircleX, Maximize2, TriangleAlert } from "lucide-react";
import { type CSSProperties, memo, type ReactNode } from "react";
import type { Box, Side } from "../layout/box.ts";
import { useSession } from "../state/context.ts";
import { iconOf } from "../ui/icons.ts";
import { useSocket } from "./connecting.ts";
import { toggleCollapsed } from "./grouping.ts";
import { type NodeData, SIDE } from "./model.ts";
import { useLevel } from "./zoom.ts";

type ShellProps = Pick<NodeProps<Node<NodeData>>, "id" | "data" | "selected"> & {
  readonly look: string;
  readonly color: string;
  readonly children: ReactNode;
};

/** What all nodes have: their size and look, their sockets, and what a screen reader says of them. */
export function NodeShell({ id, data, selected, look, color, children }: ShellProps) {
  const level = useLevel();
  const { node, box, holds, group } = data;
  const problem = node.problems.error ? "has-error" : node.problems.warning ? "has-warning" : "";
  const names = [
    `node ${look}`,
    selected ? "selected" : "",
    problem,
    holds ? "stacked" : "",
    level === "near" ? "" : "far",
  ];
  return (
    <div
      className={names.filter(Boolean).join(" ")}
      style={{ "--type": node.color || color, height: box.height } as CSSProperties}
      data-node={id}
    >
      {children}
      {level !== "tiny" && <Sockets node={id} box={box} fixed={group !== undefined} />}
      {level !== "tiny" && <span className="visually-hidden">{labelOf(data)}</span>}
    </div>
  );
}

/** Icon, name and type of a node, and how many problems it has. */
export function NodeTitle({
  data: { node, holds },
  name = node.name,
  detail,
  iconSize = 16,
}: {
  readonly data: NodeData;
  readonly name?: string;
  readonly detail: string;
  readonly iconSize?: number;
}) {
  const near = useLevel() === "near";
  return (
    <>
      <TypeIcon node={node} size={iconSize} />
      <span className="node-names">
        <span className="node-name">{name}</span>
        {near && <span className="node-type">{detail}</span>}
      </span>
      <ProblemBadge problems={node.problems} />
      {holds && near && <OpenButton node={node} />}
    </>
  );
}

/** Draws a collapsed group as its members again. */
function OpenButton({ node }: { readonly node: GraphNode }) {
  const session = useSession();
  return (
    <button
      type="button"
      className="button quiet small icon nodrag nopan"
      aria-label={`Open ${node.name}`}
      title="Open"
      tabIndex={-1}
      onClick={(event) => {
        event.stopPropagation();
        toggleCollapsed(session, node.id, false);
      }}
    >
      <Maximize2 size={13} aria-hidden="true" />
    </button>
  );
}

/** What a collapsed group holds, in a line. */
export function heldNames(holds: readonly GraphNode[]): string {
  return holds.map(({ name }) => name).join(" → ");
}

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
const Sockets = memo(function Sockets({
  node,
  box,
  fixed,
}: {
  readonly node: string;
  readonly box: Box;
  readonly fixed: boolean;
}) {
  return box.sockets.map((socket) => (
    <OneSocket key={socket.id} node={node} fixed={fixed} {...socket} />
  ));
});

interface OneSocketProps {
  readonly node: string;
  /** Of a node that stands for a group: nothing can be connected with it. */
  readonly fixed: boolean;
  readonly id: string;
  readonly kind: "source" | "target";
  readonly side: Side;
  readonly x: number;
  readonly y: number;
}

function OneSocket({ node, fixed, id, kind, side, x, y }: OneSocketProps) {
  const verdict = useSocket(node, id);
  const whole = id === "in" || id === "out" || id === "lane";
  return (
    <Handle
      id={id}
      type={kind}
      position={SIDE[side]}
      {...(fixed ? { isConnectable: false } : {})}
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
function labelOf({ node, holds, group }: NodeData): string {
  const held = holds ? `collapsed, holds ${holds.map(({ name }) => name).join(", ")}` : "";
  const said = group ? [group.title, problemText(node.problems)] : [nodeLabel(node)];
  return [...said, held].filter(Boolean).join("; ");
}

function nodeLabel(node: GraphNode): string {
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
