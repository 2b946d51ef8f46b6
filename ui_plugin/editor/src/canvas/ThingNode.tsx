import type { Node, NodeProps } from "@xyflow/react";
import { type CSSProperties, memo } from "react";
import { shownType } from "../state/names.ts";
import type { NodeData } from "./model.ts";
import { nodeLabel, ProblemBadge, Sockets, TypeIcon } from "./NodeParts.tsx";
import { useLevel } from "./zoom.ts";

/** Entities, parameters and what other experiments give: a pill with icon, name and type. */
export const ThingNode = memo(function ThingNode({
  id,
  data,
  selected,
}: NodeProps<Node<NodeData>>) {
  const level = useLevel();
  const far = level !== "near";
  const { node, box } = data;
  const problem = node.problems.error ? "has-error" : node.problems.warning ? "has-warning" : "";
  return (
    <div
      className={[
        "node thing",
        node.kind,
        selected ? "selected" : "",
        problem,
        far ? "far" : "",
      ].join(" ")}
      style={{ "--type": node.color || "#64748b", height: box.height } as CSSProperties}
      data-node={id}
    >
      <TypeIcon node={node} size={15} />
      <span className="node-names">
        <span className="node-name">{node.kind === "param" ? `$${node.name}` : node.name}</span>
        {!far && <span className="node-type">{shownType(node.type) ?? kindText(node.kind)}</span>}
      </span>
      <ProblemBadge problems={node.problems} />
      {level !== "tiny" && <Sockets node={id} box={box} />}
      {level !== "tiny" && <span className="visually-hidden">{nodeLabel(node)}</span>}
    </div>
  );
});

function kindText(kind: string): string {
  return kind === "external" ? "other experiment" : kind === "param" ? "parameter" : kind;
}
