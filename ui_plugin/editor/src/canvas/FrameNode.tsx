import type { Group } from "@mline/core";
import type { Node, NodeProps } from "@xyflow/react";
import {
  Group as GroupIcon,
  Layers,
  Minimize2,
  Pencil,
  Server,
  SlidersHorizontal,
  Ungroup,
} from "lucide-react";
import { memo } from "react";
import { groupRequest } from "../panels/group-request.ts";
import { useSession } from "../state/context.ts";
import { dissolveGroup, toggleCollapsed } from "./grouping.ts";
import type { FrameData } from "./model.ts";

const ICON = {
  sweep: Layers,
  own: GroupIcon,
  services: Server,
  params: SlidersHorizontal,
} as const;

/** The frame around what belongs together: the stages of a sweep, the services, what a user grouped. */
export const FrameNode = memo(function FrameNode({ data }: NodeProps<Node<FrameData, "frame">>) {
  const session = useSession();
  const { group } = data;
  const Icon = ICON[group.kind];
  return (
    <div className={`node-frame ${group.kind}`} data-frame={group.id}>
      <div className="node-frame-head">
        <Icon size={14} aria-hidden="true" />
        <span className="ellipsis node-frame-title">{group.title}</span>
        <span className="muted ellipsis">{group.detail}</span>
        <span className="node-frame-buttons">
          {group.kind === "own" && (
            <>
              <FrameButton
                icon={Pencil}
                label={`Rename ${group.title}`}
                onClick={() => groupRequest.set({ group: group.id, title: group.title })}
              />
              <FrameButton
                icon={Ungroup}
                label={`Ungroup ${group.title}`}
                onClick={() => dissolveGroup(session, group.id)}
              />
            </>
          )}
          <FrameButton
            icon={Minimize2}
            label={`Collapse ${nameOfGroup(group)}`}
            onClick={() => toggleCollapsed(session, group.id, true)}
          />
        </span>
      </div>
    </div>
  );
});

/** A group in a sentence: `the sweep of fit`. */
export function nameOfGroup({ kind, id, title }: Group): string {
  if (kind === "sweep") return `the sweep of ${id.slice(id.indexOf(":") + 1)}`;
  return kind === "own" ? title : `the ${title.toLowerCase()}`;
}

interface FrameButtonProps {
  readonly icon: typeof Layers;
  readonly label: string;
  readonly onClick: () => void;
}

/** Keys do the same from the node that is chosen, so the Tab key need not stop here. */
function FrameButton({ icon: Icon, label, onClick }: FrameButtonProps) {
  return (
    <button
      type="button"
      className="button quiet small icon nodrag nopan"
      aria-label={label}
      title={label}
      tabIndex={-1}
      onClick={onClick}
    >
      <Icon size={13} aria-hidden="true" />
    </button>
  );
}
