import type { Node, NodeProps } from "@xyflow/react";
import { type CSSProperties, memo } from "react";
import { shownType } from "../state/names.ts";
import type { NodeData } from "./model.ts";
import { nodeLabel, ProblemBadge, Sockets, TypeIcon } from "./NodeParts.tsx";
import { useLevel } from "./zoom.ts";

/** A service in its lane, with the endpoints that it offers. */
export const ServiceNode = memo(function ServiceNode({
  id,
  data,
  selected,
}: NodeProps<Node<NodeData>>) {
  const level = useLevel();
  const far = level !== "near";
  const { node, box } = data;
  const endpoints = node.service?.endpoints.map(({ name }) => name) ?? [];
  return (
    <div
      className={[
        "node service",
        selected ? "selected" : "",
        node.problems.error ? "has-error" : "",
        far ? "far" : "",
      ].join(" ")}
      style={{ "--type": node.color || "#0f766e", height: box.height } as CSSProperties}
      data-node={id}
    >
      <TypeIcon node={node} />
      <span className="node-names">
        <span className="node-name">{node.name}</span>
        {!far && (
          <span className="node-type">
            {endpoints.length ? endpoints.join(" · ") : (shownType(node.type) ?? "Service")}
          </span>
        )}
      </span>
      <ProblemBadge problems={node.problems} />
      {level !== "tiny" && <Sockets node={id} box={box} />}
      {level !== "tiny" && <span className="visually-hidden">{nodeLabel(node)}</span>}
    </div>
  );
});
