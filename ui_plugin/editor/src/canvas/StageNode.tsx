import type { GraphNode, InPort, OutPort } from "@mline/core";
import { sweepTitle } from "@mline/core";
import type { Node, NodeProps } from "@xyflow/react";
import { Component, GitBranch, Layers, type LucideIcon, Plus } from "lucide-react";
import { type CSSProperties, memo } from "react";
import { type Box, type Direction, FOOT, portCells, ROW } from "../layout/box.ts";
import { shownType } from "../state/names.ts";
import { openAdd } from "./add-request.ts";
import type { NodeData } from "./model.ts";
import { heldNames, NodeShell, NodeTitle } from "./NodeParts.tsx";
import { useLevel } from "./zoom.ts";

/** A stage with its ports, or a group that a user made and collapsed. */
export const StageNode = memo(function StageNode(props: NodeProps<Node<NodeData>>) {
  const near = useLevel() === "near";
  const { node, box, direction, holds, group } = props.data;
  const detail = group ? `${holds?.length ?? 0} nodes` : (shownType(node.type) ?? "Stage");
  const down = near && direction === "down";
  return (
    <NodeShell {...props} look={group ? "stage held" : "stage"} color="#64748b">
      {down && <PortRow ports={node.ports.in} box={box} side="takes" />}
      <div className="node-head">
        <NodeTitle data={props.data} detail={detail} />
      </div>
      {near && direction === "right" && <PortColumns node={node} />}
      {near && (
        <>
          {holds && <Foot icon={Component} text={heldNames(holds)} />}
          {node.when && <Foot icon={GitBranch} text={`when ${node.when}`} />}
          {node.sweep && <Foot icon={Layers} text={sweepTitle(node).title} />}
        </>
      )}
      {down && <PortRow ports={node.ports.out} box={box} side="gives" />}
      {props.selected && !group && <PlusButtons node={node} box={box} direction={direction} />}
    </NodeShell>
  );
});

function Foot({ icon: Icon, text }: { readonly icon: LucideIcon; readonly text: string }) {
  return (
    <div className="node-foot" style={{ height: FOOT }} title={text}>
      <Icon size={13} aria-hidden="true" />
      <span className="ellipsis">{text}</span>
    </div>
  );
}

/** Ports at both sides, when data flows to the right. */
function PortColumns({ node }: { readonly node: GraphNode }) {
  const { in: takes, out: gives } = node.ports;
  if (!takes.length && !gives.length) return null;
  return (
    <div className="node-ports">
      <ul>
        {takes.map((port) => (
          <PortName key={port.name} port={port} />
        ))}
      </ul>
      <ul className="gives">
        {gives.map((port) => (
          <PortName key={port.name} port={port} />
        ))}
      </ul>
    </div>
  );
}

/** Ports side by side at the edge where their data comes in or goes out, when it flows down. */
function PortRow({
  ports,
  box,
  side,
}: {
  readonly ports: readonly (InPort | OutPort)[];
  readonly box: Box;
  readonly side: "takes" | "gives";
}) {
  if (!ports.length) return null;
  const cells = portCells(ports, box.width);
  return (
    <ul className={`node-row ${side}`} style={{ height: ROW }}>
      {ports.map((port, index) => (
        <PortName
          key={port.name}
          port={port}
          style={{ left: cells[index]?.start, width: cells[index]?.width }}
        />
      ))}
    </ul>
  );
}

function PortName({
  port,
  style,
}: {
  readonly port: InPort | OutPort;
  readonly style?: CSSProperties;
}) {
  const type = port.type ? `: ${port.type}` : "";
  const many = "many" in port && port.many;
  return (
    <li
      className={port.optional ? "optional" : ""}
      title={`${port.name}${type}${port.optional ? " (optional)" : ""}`}
      {...(style ? { style } : {})}
    >
      {port.name}
      {many ? " *" : ""}
    </li>
  );
}

const BESIDE = 14;
const PLUS = 18;

/** A plus beside each output of the chosen stage: what is added there already takes it. */
function PlusButtons({
  node,
  box,
  direction,
}: {
  readonly node: GraphNode;
  readonly box: Box;
  readonly direction: Direction;
}) {
  return node.ports.out.map((port) => {
    const socket = box.sockets.find(({ id }) => id === `out:${port.name}`);
    if (!socket) return null;
    const { x, y } = socket;
    const place =
      direction === "right"
        ? { left: x + BESIDE, top: y - PLUS / 2 }
        : { left: x - PLUS / 2, top: y + BESIDE };
    return (
      <button
        key={port.name}
        type="button"
        className="port-plus nodrag nopan"
        style={place}
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
    );
  });
}
