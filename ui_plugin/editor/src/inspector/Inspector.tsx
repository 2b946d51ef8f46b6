import type { GraphNode, GraphView } from "@mline/core";
import { MousePointerClick } from "lucide-react";
import { Suspense } from "react";
import { ProblemRow } from "../panels/Problems.tsx";
import { useOpen } from "../state/context.ts";
import { mainNode } from "../state/selection.ts";
import { Empty } from "../ui/Empty.tsx";
import { lazily } from "../ui/late.ts";
import { EdgeCard } from "./EdgeCard.tsx";
import { ExperimentCard } from "./ExperimentCard.tsx";
import { NodeHead } from "./NodeHead.tsx";
import { PortsTable } from "./PortsTable.tsx";
import { Relations } from "./Relations.tsx";
import { Section } from "./Section.tsx";
import { WhatRuns } from "./WhatRuns.tsx";

const Fields = lazily(() => import("./Fields.tsx").then(({ Fields }) => Fields));

/** All about what is chosen: its fields, ports, problems, relations, and what will run. */
export function Inspector() {
  const view = useOpen((state) => state.view);
  const selection = useOpen((state) => state.selection);
  const edge = view.edges.find(({ id }) => id === selection.edge);
  if (edge) return <EdgeCard edge={edge} view={view} />;
  if (selection.nodes.length > 1) return <Several count={selection.nodes.length} />;
  const chosen = mainNode(selection);
  const node = view.nodes.find(({ id }) => id === chosen);
  return node ? <NodeCard key={node.id} node={node} view={view} /> : <ExperimentCard />;
}

function Several({ count }: { readonly count: number }) {
  return (
    <Empty icon={MousePointerClick} title={`${count} nodes are chosen`}>
      <p>Delete, duplicate or copy them together; choose one to see its fields.</p>
    </Empty>
  );
}

function NodeCard({ node, view }: { readonly node: GraphNode; readonly view: GraphView }) {
  const diagnostics = useOpen((state) => state.diagnostics);
  const own = diagnostics.filter((one) => one.node === node.id);
  return (
    <div className="inspector">
      <NodeHead node={node} />
      {own.length > 0 && (
        <ul className="problems inset" aria-label={`Problems of ${node.name}`}>
          {own.map((one, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two problems may be equal in all they say
            <ProblemRow key={`${one.code}-${index}`} problem={one} brief />
          ))}
        </ul>
      )}
      <Suspense fallback={<FormSkeleton />}>
        <Fields node={node} problems={own} />
      </Suspense>
      {node.kind === "stage" && (
        <Section title="Ports" count={node.ports.in.length + node.ports.out.length}>
          <PortsTable node={node} view={view} />
        </Section>
      )}
      <Relations node={node} view={view} />
      {node.kind === "stage" && <WhatRuns node={node} />}
    </div>
  );
}

function FormSkeleton() {
  return (
    <div className="form-skeleton" aria-hidden="true">
      {[0, 1, 2].map((line) => (
        <div key={line} className="skeleton" style={{ height: 30 }} />
      ))}
    </div>
  );
}
