import type { Node, NodeProps } from "@xyflow/react";
import { Layers, Minimize2 } from "lucide-react";
import { memo } from "react";
import { toggleCollapsed } from "./collapse.ts";
import type { GroupData } from "./model.ts";

/** The frame around the stages that a sweep runs once per instance. */
export const GroupNode = memo(function GroupNode({ data }: NodeProps<Node<GroupData, "group">>) {
  return (
    <div className="group">
      <div className="group-head">
        <Layers size={14} aria-hidden="true" />
        <span>{data.title}</span>
        {data.detail && <span className="muted">{data.detail}</span>}
        <button
          type="button"
          className="button quiet small icon nodrag nopan"
          aria-label={`Collapse the sweep of ${data.home}`}
          title="Collapse to one node"
          tabIndex={-1}
          onClick={() => toggleCollapsed(data.home)}
        >
          <Minimize2 size={13} aria-hidden="true" />
        </button>
      </div>
    </div>
  );
});
