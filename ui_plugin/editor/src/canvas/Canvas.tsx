import type { NodeId } from "@mline/core";
import {
  applyNodeChanges,
  Background,
  BackgroundVariant,
  type EdgeTypes,
  MiniMap,
  type NodeChange,
  type NodeTypes,
  ReactFlow,
  ReactFlowProvider,
  SelectionMode,
  useStore as useFlowStore,
  useReactFlow,
} from "@xyflow/react";
import "@xyflow/react/dist/base.css";
import { type MouseEvent, useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Direction } from "../layout/box.ts";
import type { Point } from "../layout/layered.ts";
import { useOpen, useSession } from "../state/context.ts";
import { selectEdge, selectNodes } from "../state/selection.ts";
import { AddMenu } from "./AddMenu.tsx";
import { useArrangement } from "./arrange.ts";
import { CanvasTools } from "./CanvasTools.tsx";
import { ConnectionHint } from "./ConnectionHint.tsx";
import { useCamera } from "./camera.ts";
import { canvasView, useCanvasView } from "./canvas-view.ts";
import { useConnectGestures } from "./connect-gestures.ts";
import { type Drawn, drawnOf, meantBy, type Shown } from "./drawn.ts";
import { FrameNode } from "./FrameNode.tsx";
import { useDirection } from "./flow-direction.ts";
import { flowEdges, relationEdges } from "./flow-edges.ts";
import { frameNodes } from "./frames.ts";
import { useGrouping } from "./grouping.ts";
import { LineEdge } from "./LineEdge.tsx";
import { type FlowNode, flowNodes, type NodeData } from "./model.ts";
import { RelationEdge } from "./RelationEdge.tsx";
import { ServiceNode } from "./ServiceNode.tsx";
import { StageNode } from "./StageNode.tsx";
import { ThingNode } from "./ThingNode.tsx";
import { useTypeDrop } from "./type-drop.ts";
import { LevelContext, levelOf } from "./zoom.ts";

const NODE_TYPES: NodeTypes = {
  stage: StageNode,
  thing: ThingNode,
  service: ServiceNode,
  frame: FrameNode,
};
const EDGE_TYPES: EdgeTypes = { line: LineEdge, relation: RelationEdge };
const ARIA = { "node.a11yDescription.default": "", "edge.a11yDescription.default": "" };

/** The network as a graph that is worked on by mouse and by keys. */
export function Canvas({ readOnly = false }: { readonly readOnly?: boolean }) {
  const direction = useDirection(useSession());
  return (
    <ReactFlowProvider key={direction}>
      <Flow readOnly={readOnly} direction={direction} />
    </ReactFlowProvider>
  );
}

interface FlowProps {
  readonly readOnly: boolean;
  readonly direction: Direction;
}

function Flow({ readOnly, direction }: FlowProps) {
  const session = useSession();
  const view = useOpen((state) => state.view);
  const selection = useOpen((state) => state.selection);
  const options = useCanvasView((value) => value);
  const grouping = useGrouping(session);
  const shown: Shown = useMemo(() => ({ ...options, ...grouping }), [options, grouping]);
  const drawn = useMemo(() => drawnOf(view, shown), [view, shown]);
  const arrangement = useArrangement(view, drawn, direction);
  const { points, routes } = arrangement;
  const { nodes, onNodesChange } = useFlowNodes(drawn, direction, points, selection.nodes);
  const edges = useMemo(() => {
    const lines = flowEdges(drawn, routes, selection.edge);
    return shown.relations ? [...lines, ...relationEdges(view, drawn, selection.nodes)] : lines;
  }, [view, drawn, routes, shown.relations, selection.edge, selection.nodes]);
  const frames = useMemo(() => frameNodes(drawn.frames, nodes), [drawn, nodes]);
  const all = useMemo(() => [...frames, ...nodes], [frames, nodes]);
  const connect = useConnectGestures(readOnly);
  const level = useFlowStore(levelOf);
  const drop = useTypeDrop(arrangement.move);
  const large = useCamera(arrangement, nodes);
  useEffect(() => canvasView.setTidy(arrangement.tidy), [arrangement.tidy]);

  const onNodeClick = useCallback(
    (event: MouseEvent, { id, type }: FlowNode) => {
      if (type === "frame") return;
      const clicked = meantBy(drawn, [id]);
      const before = session.state.get().selection.nodes;
      const more = event.shiftKey || event.ctrlKey || event.metaKey;
      const others = before.filter((one) => !clicked.includes(one));
      const toggledOff = more && others.length < before.length;
      session.select(
        selectNodes(more ? (toggledOff ? others : [...others, ...clicked]) : clicked, "canvas"),
      );
    },
    [session, drawn],
  );

  return (
    <section
      className="canvas"
      aria-label="Graph of the experiment; arrow keys go along its edges"
      data-ready={arrangement.ready}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: keys walk through the graph from here
      tabIndex={0}
      {...drop}
    >
      <LevelContext value={level}>
        <ReactFlow
          nodes={arrangement.ready ? all : []}
          edges={arrangement.ready ? edges : []}
          nodeTypes={NODE_TYPES}
          edgeTypes={EDGE_TYPES}
          onNodesChange={onNodesChange}
          onNodeClick={onNodeClick}
          onEdgeClick={(_, edge) => session.select(selectEdge(edge.id, "canvas"))}
          onPaneClick={() => session.select(selectNodes([], "canvas"))}
          onNodeDragStop={(_, __, dragged) =>
            arrangement.move(new Map(dragged.map((node) => [node.id, rounded(node.position)])))
          }
          onSelectionEnd={() =>
            session.select(selectNodes(meantBy(drawn, selectedIds(nodes)), "canvas"))
          }
          {...connect}
          onlyRenderVisibleElements
          nodesFocusable={false}
          edgesFocusable={false}
          nodesConnectable={!readOnly}
          edgesReconnectable={!readOnly}
          elementsSelectable
          selectionMode={SelectionMode.Partial}
          selectionKeyCode="Shift"
          multiSelectionKeyCode={null}
          deleteKeyCode={null}
          disableKeyboardA11y
          panOnScroll
          zoomOnDoubleClick={false}
          minZoom={0.08}
          maxZoom={1.75}
          connectionRadius={26}
          reconnectRadius={16}
          autoPanOnConnect
          ariaLabelConfig={ARIA}
          proOptions={{ hideAttribution: false }}
        >
          <Background variant={BackgroundVariant.Dots} gap={22} size={1.4} color="var(--dots)" />
          {large && (
            <MiniMap
              pannable
              zoomable
              ariaLabel="Overview of the graph"
              nodeColor={miniColor}
              nodeBorderRadius={12}
              style={{ width: 168, height: 112 }}
            />
          )}
        </ReactFlow>
      </LevelContext>
      <CanvasTools />
      <ConnectionHint />
      <AddMenu />
    </section>
  );
}

/** React Flow's nodes: made from the view, and moved by the mouse until it lets go. */
function useFlowNodes(
  drawn: Drawn,
  direction: Direction,
  points: ReadonlyMap<string, Point>,
  selected: readonly NodeId[],
) {
  const before = useRef<ReadonlyMap<string, FlowNode>>(new Map());
  const made = useMemo(() => {
    const chosen = new Set(selected.map(drawn.standIn));
    const nodes = flowNodes(drawn, direction, points, chosen, before.current);
    before.current = new Map(nodes.map((node) => [node.id, node]));
    return nodes;
  }, [drawn, direction, points, selected]);
  const [moving, setMoving] = useState<readonly FlowNode[] | null>(null);
  useEffect(() => {
    if (made) setMoving(null);
  }, [made]);
  const nodes = moving ?? made;
  const current = useRef(nodes);
  current.current = nodes;
  const onNodesChange = useCallback((changes: NodeChange<FlowNode>[]) => {
    const moves = changes.filter(
      (change) => (change.type === "position" && change.position) || change.type === "select",
    );
    if (moves.length) setMoving(applyNodeChanges(moves, [...current.current]));
  }, []);
  return { nodes, onNodesChange };
}

function selectedIds(nodes: readonly FlowNode[]): readonly NodeId[] {
  return nodes.flatMap((node) => (node.selected ? [node.id] : []));
}

function rounded({ x, y }: { readonly x: number; readonly y: number }) {
  return { x: Math.round(x), y: Math.round(y) };
}

function miniColor(node: FlowNode): string {
  if (node.type === "frame") return "transparent";
  const { node: drawn } = node.data as NodeData;
  if (drawn.problems.error) return "var(--error)";
  if (drawn.problems.warning) return "var(--warning-mark)";
  return node.selected ? "var(--accent)" : "var(--line-strong)";
}

/** The React Flow of the canvas around a component. */
export const useFlow = useReactFlow<FlowNode>;
