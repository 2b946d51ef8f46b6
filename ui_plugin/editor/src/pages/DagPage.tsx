import type { Host } from "@mline/core";
import { Pencil, Workflow } from "lucide-react";
import { useCallback } from "react";
import { useHost } from "../app/host-context.ts";
import { Canvas } from "../canvas/Canvas.tsx";
import { Inspector } from "../inspector/Inspector.tsx";
import { SessionContext } from "../state/context.ts";
import { Session } from "../state/session.ts";
import { Button } from "../ui/Button.tsx";
import { Empty } from "../ui/Empty.tsx";
import { useOpened } from "./use-opened.ts";

/** The network of a DAG, to be read; one step away from the editor. */
export function DagPage({ dagId }: { readonly dagId: string }) {
  const host = useHost();
  const { session, wrong } = useOpened(useCallback(() => open(host, dagId), [host, dagId]));

  if (wrong) {
    return (
      <Empty icon={Workflow} title="This DAG has no network">
        <p>{wrong}</p>
      </Empty>
    );
  }
  if (!session) return <div className="loading" role="status" aria-label="Reading the network" />;
  return (
    <SessionContext.Provider value={session}>
      <div className="dag-page">
        <main className="grow">
          <h1 className="visually-hidden">Network of the DAG {dagId}</h1>
          <Canvas readOnly />
        </main>
        <aside className="dag-side" aria-label="Inspector">
          <div className="dag-open">
            <Button
              icon={Pencil}
              onClick={() => host.navigate({ to: "experiment", path: session.path })}
            >
              Open in the editor
            </Button>
          </div>
          <Inspector />
        </aside>
      </div>
    </SessionContext.Provider>
  );
}

async function open(host: Host, dagId: string): Promise<Session> {
  const all = (await host.experiments?.list()) ?? [];
  const found = all.find(({ dag, experiment }) => dag.dag_id === dagId || experiment === dagId);
  if (!found) throw new Error(`'${dagId}' is no experiment of MLine: only those have a network.`);
  const file = await host.read(found.path);
  return new Session(host, { ...file, mayEdit: false });
}
