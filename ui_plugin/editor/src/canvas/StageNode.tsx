import type { GraphNode } from "@mline/core";
import type { Node, NodeProps } from "@xyflow/react";
import { GitBranch, Layers, Plus } from "lucide-react";
import { type CSSProperties, memo } from "react";
import { FOOT, HEADER } from "../layout/box.ts";
import { shownType } from "../state/names.ts";
import { openAdd } from "./add-request.ts";
import { groupTitle, type NodeData } from "./model.ts";
import { nodeLabel, ProblemBadge, Sockets, TypeIcon } from "./NodeParts.tsx";
import { useLevel } from "./zoom.ts";

type StageProps = NodeProps<Node<NodeData>>;

export const StageNode = memo(function StageNode({ id, data, selected }: StageProps) {
  const level = useLevel();
  const far = level !== "near";
  const { node, box, direction, holds } = data;
  const names = [
    "node stage",
    selected ? "selected" : "",
    levelOf(node),
    holds ? "stacked" : "",
    far ? "far" : "",
  ];
  return (
    <div
      className={names.join(" ")}
      style={{ "--type": node.color || "#64748b", height: box.height } as CSSProperties}
      data-node={id}
    >
      <div className="node-head" style={{ height: HEADER }}>
        <TypeIcon node={node} />
        <span className="node-names">
          <span className="node-name">{node.name}</span>
          {!far && <span className="node-type">{shownType(node.type) ?? "Stage"}</span>}
        </span>
        <ProblemBadge problems={node.problems} />
      </div>
      {!far && (
        <>
          {holds ? <Held holds={holds} /> : <Ports node={node} direction={direction} />}
          {node.when && (
            <div className="node-foot" style={{ height: FOOT }} title={`runs when ${node.when}`}>
              <GitBranch size={13} aria-hidden="true" />
              <span className="ellipsis">when {node.when}</span>
            </div>
          )}
          {node.sweep && (
            <div className="node-foot" style={{ height: FOOT }}>
              <Layers size={13} aria-hidden="true" />
              <span className="ellipsis">{groupTitle(node).title}</span>
            </div>
          )}
        </>
      )}
      {level !== "tiny" && <Sockets node={id} box={box} />}
      {selected && <PlusButtons node={node} direction={direction} />}
      {level !== "tiny" && <span className="visually-hidden">{nodeLabel(node)}</span>}
    </div>
  );
});

function levelOf(node: GraphNode): string {
  return node.problems.error ? "has-error" : node.problems.warning ? "has-warning" : "";
}

function Held({ holds }: { readonly holds: readonly GraphNode[] }) {
  return <div className="node-held">{holds.map((node) => node.name).join(" → ")}</div>;
}

function Ports({
  node,
  direction,
}: {
  readonly node: GraphNode;
  readonly direction: "right" | "down";
}) {
  const { in: takes, out: gives } = node.ports;
  if (!takes.length && !gives.length) return null;
  return (
    <div className={`node-ports ${direction}`}>
      <ul>
        {takes.map((port) => (
          <li key={port.name} className={port.optional ? "optional" : ""} title={portTitle(port)}>
            {port.name}
            {port.many ? " *" : ""}
          </li>
        ))}
      </ul>
      <ul className="gives">
        {gives.map((port) => (
          <li key={port.name} title={portTitle(port)}>
            {port.name}
          </li>
        ))}
      </ul>
    </div>
  );
}

function portTitle(port: {
  readonly name: string;
  readonly type: string | null;
  readonly optional?: boolean;
}): string {
  return `${port.name}${port.type ? `: ${port.type}` : ""}${port.optional ? " (optional)" : ""}`;
}

/** A plus beside each output of the chosen stage: what is added there already takes it. */
function PlusButtons({
  node,
  direction,
}: {
  readonly node: GraphNode;
  readonly direction: "right" | "down";
}) {
  if (direction !== "right") return null;
  return node.ports.out.map((port, index) => (
    <button
      key={port.name}
      type="button"
      className="port-plus nodrag nopan"
      style={{ top: HEADER + 4 + index * 23 + 2 }}
      aria-label={`Add what takes ${node.name}.${port.name}`}
      title={`Add what takes ${port.name}`}
      tabIndex={-1}
      onClick={(event) =>
        openAdd(
          { x: event.clientX, y: event.clientY },
          { node: node.id, port: port.name, kind: "source" },
        )
      }
    >
      <Plus size={12} strokeWidth={2.6} aria-hidden="true" />
    </button>
  ));
}
