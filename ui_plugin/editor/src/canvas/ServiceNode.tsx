import type { Node, NodeProps } from "@xyflow/react";
import { memo } from "react";
import { shownType } from "../state/names.ts";
import type { NodeData } from "./model.ts";
import { NodeShell, NodeTitle } from "./NodeParts.tsx";
import { useLevel } from "./zoom.ts";

/** A service in its lane with the endpoints that it offers, or all of them as one. */
export const ServiceNode = memo(function ServiceNode(props: NodeProps<Node<NodeData>>) {
  const near = useLevel() === "near";
  const { node, holds } = props.data;
  const endpoints = node.service?.endpoints.map(({ name }) => name) ?? [];
  const detail = endpoints.length ? endpoints.join(" · ") : (shownType(node.type) ?? "Service");
  return (
    <NodeShell {...props} look="service" color="#0f766e">
      <div className="node-head">
        <NodeTitle data={props.data} detail={holds ? `${holds.length} services` : detail} />
      </div>
      {holds && near && (
        <div className="node-foot">
          <span className="ellipsis">{holds.map(({ name }) => name).join(", ")}</span>
        </div>
      )}
    </NodeShell>
  );
});
