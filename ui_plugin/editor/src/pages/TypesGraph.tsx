import type { TypeInfo, TypesView } from "@mline/core";
import {
  Background,
  BackgroundVariant,
  Controls,
  type Edge,
  Handle,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
} from "@xyflow/react";
import "@xyflow/react/dist/base.css";
import { type CSSProperties, memo, useEffect, useMemo } from "react";
import { layered } from "../layout/layered.ts";
import { nameWithin } from "../panels/type-search.ts";
import { iconOf } from "../ui/icons.ts";

const WIDTH = 190;
const HEIGHT = 46;

interface TypeData extends Record<string, unknown> {
  readonly type: TypeInfo;
}

type TypeFlowNode = Node<TypeData, "type">;

const NODE_TYPES = { type: memo(TypeNode) };

interface TypesGraphProps {
  readonly types: TypesView;
  readonly shown: readonly TypeInfo[];
  readonly chosen: TypeInfo | null;
  readonly choose: (name: string) => void;
}

export function TypesGraph(props: TypesGraphProps) {
  return (
    <ReactFlowProvider>
      <Graph {...props} />
    </ReactFlowProvider>
  );
}

/** Parents lead to children; adapters lead from what they take to what they give. */
function Graph({ types, shown, chosen, choose }: TypesGraphProps) {
  const flow = useReactFlow();
  const points = useMemo(() => {
    const boxes = shown.map(({ name }) => ({ id: name, width: WIDTH, height: HEIGHT }));
    const edges = shown.flatMap(({ name, parent }) => (parent ? [{ from: parent, to: name }] : []));
    return layered(boxes, edges, "right");
  }, [shown]);
  const nodes = useMemo(
    (): TypeFlowNode[] =>
      shown.map((type) => ({
        id: type.name,
        type: "type",
        position: points.get(type.name) ?? { x: 0, y: 0 },
        width: WIDTH,
        height: HEIGHT,
        measured: { width: WIDTH, height: HEIGHT },
        selected: type === chosen,
        draggable: false,
        ariaLabel: `${type.name}, ${type.kind}`,
        data: { type },
      })),
    [shown, points, chosen],
  );
  const edges = useMemo(() => edgesOf(types, shown, chosen), [types, shown, chosen]);

  useEffect(() => {
    const at = chosen && points.get(chosen.name);
    if (at)
      void flow.setCenter(at.x + WIDTH / 2, at.y + HEIGHT / 2, {
        zoom: Math.max(0.8, flow.getZoom()),
        duration: 200,
      });
  }, [chosen, points, flow]);

  return (
    <ReactFlow
      className="canvas"
      nodes={nodes}
      edges={edges}
      nodeTypes={NODE_TYPES}
      onNodeClick={(_, node) => choose(node.id)}
      fitView
      fitViewOptions={{ padding: 0.1, maxZoom: 1 }}
      nodesConnectable={false}
      nodesFocusable={false}
      edgesFocusable={false}
      panOnScroll
      minZoom={0.15}
    >
      <Background variant={BackgroundVariant.Dots} gap={22} size={1.4} color="var(--dots)" />
      <Controls showInteractive={false} />
    </ReactFlow>
  );
}

function edgesOf(types: TypesView, shown: readonly TypeInfo[], chosen: TypeInfo | null): Edge[] {
  const here = new Set(shown.map(({ name }) => name));
  const family = shown.flatMap(({ name, parent }) =>
    parent && here.has(parent) ? [edge(`is:${name}`, parent, name, "line is")] : [],
  );
  const adapters = types.adapters.flatMap(({ name, from, to }) =>
    here.has(from) && here.has(to) ? [edge(`adapter:${name}`, from, to, "line adapted", name)] : [],
  );
  const about = (name: string) => chosen !== null && chosen.name === name;
  const relations = types.relations.flatMap(({ name, from, to }) =>
    here.has(from) && here.has(to) && (about(from) || about(to))
      ? [edge(`relation:${name}`, from, to, "line relation", name)]
      : [],
  );
  return [...family, ...adapters, ...relations];
}

function edge(id: string, source: string, target: string, className: string, label?: string): Edge {
  return { id, source, target, className, ...(label ? { label } : {}) };
}

function TypeNode({ data, selected }: NodeProps<TypeFlowNode>) {
  const { type } = data;
  const Icon = iconOf(type.icon, type.kind);
  return (
    <div
      className={[
        "node thing type-node",
        selected ? "selected" : "",
        type.abstract ? "abstract" : "",
      ].join(" ")}
      style={{ "--type": type.color || "#64748b" } as CSSProperties}
    >
      <Handle type="target" position={Position.Left} className="socket" isConnectable={false} />
      <span className="type-icon" aria-hidden="true">
        <Icon size={15} strokeWidth={1.9} />
      </span>
      <span className="node-names">
        <span className="node-name">{nameWithin(type)}</span>
        <span className="node-type">{type.library}</span>
      </span>
      <Handle type="source" position={Position.Right} className="socket" isConnectable={false} />
    </div>
  );
}
