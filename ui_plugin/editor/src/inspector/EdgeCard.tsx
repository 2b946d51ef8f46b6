import type { EdgeEnd, GraphEdge, GraphView } from "@mline/core";
import { ArrowRight, Unplug } from "lucide-react";
import { ProblemRow } from "../panels/Problems.tsx";
import { useOpen, useSession } from "../state/context.ts";
import * as gestures from "../state/gestures.ts";
import { nameOf, shownType } from "../state/names.ts";
import { selectNodes } from "../state/selection.ts";
import { Button } from "../ui/Button.tsx";

const SENTENCE: { readonly [kind: string]: string } = {
  data: "is taken by",
  service: "serves",
  after: "comes before",
  condition: "decides whether to run",
  sweep: "picks the instance of",
};

/** What an edge says, and what can be done about it. */
export function EdgeCard({ edge, view }: { readonly edge: GraphEdge; readonly view: GraphView }) {
  const session = useSession();
  const mayEdit = useOpen((state) => state.mayEdit);
  const diagnostics = useOpen((state) => state.diagnostics);
  const own = diagnostics.filter(
    (one) => one.code === edge.problem && one.range.start.line === edge.range.start.line,
  );
  return (
    <div className="inspector">
      <header className="node-card">
        <h2>Connection</h2>
        <div className="edge-ends">
          <End end={edge.from} type={portType(view, edge.from, "out")} />
          <span className="muted">
            <ArrowRight size={14} aria-hidden="true" /> {SENTENCE[edge.kind] ?? edge.kind}
          </span>
          <End end={edge.to} type={portType(view, edge.to, "in")} />
        </div>
        {edge.adapter && edge.adapter.length > 0 && (
          <p className="node-card-doc">
            Through the {edge.adapter.length === 1 ? "adapter" : "adapters"}{" "}
            <code>{edge.adapter.join(" → ")}</code>, which the compiler inserts.
          </p>
        )}
      </header>
      {own.length > 0 && (
        <ul className="problems inset" aria-label="Problems of the connection">
          {own.map((one) => (
            <ProblemRow key={one.message} problem={one} brief />
          ))}
        </ul>
      )}
      {mayEdit && (
        <div className="card-actions">
          <Button
            icon={Unplug}
            look="danger"
            onClick={() => session.apply(gestures.disconnect(session.doc, edge))}
          >
            Disconnect
          </Button>
        </div>
      )}
    </div>
  );
}

function End({ end, type }: { readonly end: EdgeEnd; readonly type: string | null }) {
  const session = useSession();
  return (
    <button
      type="button"
      className="edge-end"
      onClick={() => session.select(selectNodes([end.node], "search"))}
    >
      <code>
        {nameOf(end.node)}
        {end.port ? `.${end.port}` : ""}
      </code>
      {type && <span className="muted">{shownType(type)}</span>}
    </button>
  );
}

function portType(view: GraphView, end: EdgeEnd, way: "in" | "out"): string | null {
  const node = view.nodes.find(({ id }) => id === end.node);
  if (!end.port) return node?.kind === "stage" ? null : (node?.type ?? null);
  return node?.ports[way].find(({ name }) => name === end.port)?.type ?? null;
}
