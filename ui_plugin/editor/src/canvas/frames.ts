import type { Group } from "@mline/core";
import type { Node } from "@xyflow/react";
import type { FlowNode, FrameData } from "./model.ts";
import { frameId } from "./parts.ts";

const SIDE = 20;
const TOP = 40;

/** A frame behind the members of each group that is not collapsed; outer ones are larger. */
export function frameNodes(frames: readonly Group[], nodes: readonly FlowNode[]): FlowNode[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const made: Node<FrameData, "frame">[] = [];
  // Inner frames come last in the list, and outer ones must enclose them.
  for (const group of [...frames].reverse()) {
    const inner = made.filter(({ data }) =>
      data.group.members.every((member) => group.members.includes(member)),
    );
    const members = group.members.flatMap((id) => byId.get(id) ?? []);
    made.push(frame(group, [...members, ...inner]));
  }
  return made.reverse();
}

function frame(group: Group, inside: readonly FlowNode[]): Node<FrameData, "frame"> {
  const left = Math.min(...inside.map(({ position }) => position.x)) - SIDE;
  const top = Math.min(...inside.map(({ position }) => position.y)) - TOP;
  const right = Math.max(...inside.map(({ position, width = 0 }) => position.x + width)) + SIDE;
  const bottom = Math.max(...inside.map(({ position, height = 0 }) => position.y + height)) + SIDE;
  const size = { width: right - left, height: bottom - top };
  return {
    id: frameId(group),
    type: "frame",
    position: { x: left, y: top },
    ...size,
    measured: size,
    handles: [],
    draggable: false,
    selectable: false,
    focusable: false,
    zIndex: -1,
    data: { group },
  };
}
