import { ArrowLeft, ExternalLink, Play, Redo2, Save, Search, Undo2 } from "lucide-react";
import { useState } from "react";
import { useWho } from "../app/host-context.ts";
import { go } from "../app/route.ts";
import { useOpen, useSession } from "../state/context.ts";
import type { SessionState } from "../state/session.ts";
import { Button, IconButton } from "../ui/Button.tsx";
import { openPalette } from "./palette-request.ts";
import { RunDialog } from "./RunDialog.tsx";
import { ViewMenu } from "./ViewMenu.tsx";

/** Where we are, what can be undone, and saving. */
export function TopBar({ save }: { readonly save: () => void }) {
  const session = useSession();
  const who = useWho();
  const undo = useOpen((state) => state.undo);
  const redo = useOpen((state) => state.redo);
  const mayEdit = useOpen((state) => state.mayEdit);
  const changed = useOpen((state) => state.doc.text !== state.saved.text);
  const saving = useOpen((state) => state.saving);
  const [running, setRunning] = useState(false);
  const folders = session.path.split("/");
  const file = folders.pop() ?? session.path;
  return (
    <header className="top-bar">
      <IconButton icon={ArrowLeft} label="All experiments" onClick={() => go({ page: "list" })} />
      <div className="top-title">
        <h1 title={session.path}>
          {folders.length > 0 && <span className="muted">{folders.join("/")}/</span>}
          {file}
        </h1>
        <DagChip />
        {!mayEdit && <span className="chip">read only</span>}
        {changed && <span className="chip warning">unsaved draft</span>}
      </div>
      <button type="button" className="search-button" onClick={() => openPalette("")}>
        <Search size={14} aria-hidden="true" />
        <span className="grow">Search or do</span>
        <kbd>Ctrl K</kbd>
      </button>
      {mayEdit && (
        <div className="row tight">
          <IconButton
            icon={Undo2}
            label={undo ? `Undo: ${undo}` : "Nothing to undo"}
            keys="Ctrl+Z"
            disabled={!undo}
            onClick={session.undo}
          />
          <IconButton
            icon={Redo2}
            label={redo ? `Redo: ${redo}` : "Nothing to redo"}
            keys="Ctrl+Y"
            disabled={!redo}
            onClick={session.redo}
          />
        </div>
      )}
      <ViewMenu />
      {who?.may.run && session.host.trigger && (
        <Button
          icon={Play}
          onClick={() => setRunning(true)}
          disabled={changed}
          title={changed ? "Save first" : ""}
        >
          Run
        </Button>
      )}
      {mayEdit && (
        <Button
          look="primary"
          icon={Save}
          disabled={!changed || saving}
          onClick={save}
          title="Save (Ctrl+S)"
        >
          {saving ? "Saving …" : "Save"}
        </Button>
      )}
      {running && <RunDialog onClose={() => setRunning(false)} />}
    </header>
  );
}

const DAG_TEXT = {
  ready: "DAG",
  waiting: "becoming a DAG …",
  "import-error": "no DAG: import error",
  absent: "no DAG yet",
};
const DAG_LOOK = { ready: "ok", waiting: "accent", "import-error": "error", absent: "" };

const dagOf = (state: SessionState) => state.dag;

function DagChip() {
  const session = useSession();
  const dag = useOpen(dagOf);
  if (!dag) return null;
  const look = `chip ${DAG_LOOK[dag.state]}`;
  if (dag.state !== "ready") {
    return (
      <span className={look} title={dag.error}>
        {DAG_TEXT[dag.state]}
      </span>
    );
  }
  return (
    <button
      type="button"
      className={`${look} as-link`}
      title={`Open the DAG ${dag.dag_id} in Airflow`}
      onClick={() => session.host.navigate({ to: "dag", dag_id: dag.dag_id })}
    >
      DAG {dag.dag_id} <ExternalLink size={11} aria-hidden="true" />
    </button>
  );
}
