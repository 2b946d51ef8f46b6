import { type Edge, type Node, ReactFlow } from "@xyflow/react";
import "@xyflow/react/dist/style.css";
import { useEffect, useState } from "react";
import { createRoot } from "react-dom/client";

/** The same boxes and lines as the editor draws, as React Flow draws them when it is told nothing else. */
function Bare() {
  const [graph, setGraph] = useState<{ nodes: Node[]; edges: Edge[] } | null>(null);
  useEffect(() => {
    void fetch("graph.json")
      .then((answer) => answer.json())
      .then((found) => {
        performance.mark("graph");
        setGraph(found);
      });
  }, []);
  if (!graph) return null;
  return (
    <ReactFlow
      defaultNodes={graph.nodes}
      defaultEdges={graph.edges}
      minZoom={0.08}
      fitView
      fitViewOptions={{ padding: 0.12, minZoom: 0.2, maxZoom: 1 }}
    />
  );
}

const root = document.getElementById("root");
if (root) createRoot(root).render(<Bare />);
