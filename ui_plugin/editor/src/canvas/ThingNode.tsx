import type { GraphNode } from "@mline/core";
import type { Node, NodeProps } from "@xyflow/react";
import { memo } from "react";
import { shownType } from "../state/names.ts";
import type { NodeData } from "./model.ts";
import { NodeShell, NodeTitle } from "./NodeParts.tsx";

/** Entities, parameters and what other experiments give: a pill with icon, name and type. */
export const ThingNode = memo(function ThingNode(props: NodeProps<Node<NodeData>>) {
  const { node, holds } = props.data;
  const name = node.kind === "param" && !holds ? `$${node.name}` : node.name;
  const detail = holds ? holds.map((held) => held.name).join(", ") : kindText(node);
  return (
    <NodeShell {...props} look={`thing ${node.kind}`} color="#64748b">
      <NodeTitle data={props.data} name={name} detail={detail} iconSize={15} />
    </NodeShell>
  );
});

function kindText({ type, kind }: GraphNode): string {
  const said = kind === "external" ? "other experiment" : kind === "param" ? "parameter" : kind;
  return shownType(type) ?? said;
}
