import type { DagState, ExperimentInfo, RunInfo } from "@mline/core";
import {
  CircleCheck,
  CircleX,
  ExternalLink,
  Pause,
  Pencil,
  Trash2,
  TriangleAlert,
} from "lucide-react";
import { useHost } from "../app/host-context.ts";
import { hashOf } from "../app/route.ts";
import { plural } from "../state/names.ts";
import { IconButton } from "../ui/Button.tsx";

interface ExperimentRowProps {
  readonly one: ExperimentInfo & { readonly may_edit?: boolean };
  readonly mayEdit: boolean;
  readonly onRename: () => void;
  readonly onDelete: () => void;
}

/** One experiment in the list. */
export function ExperimentRow({ one, mayEdit, onRename, onDelete }: ExperimentRowProps) {
  const may = mayEdit && one.may_edit !== false;
  return (
    <tr>
      <th scope="row">
        <a className="list-name" href={hashOf({ page: "edit", path: one.path })}>
          {one.experiment || one.path.split("/").at(-1)}
        </a>
        <span className="list-title">{one.title}</span>
        <code className="list-path">{one.path}</code>
      </th>
      <td>
        <span className="list-owner">{one.owner || <span className="muted">nobody</span>}</span>
        <span className="list-tags">
          {one.tags.map((tag) => (
            <span key={tag} className="chip">
              {tag}
            </span>
          ))}
        </span>
      </td>
      <td>
        <Checked one={one} />
      </td>
      <td>
        <InAirflow one={one} />
      </td>
      <td>
        <Runs one={one} />
      </td>
      <td className="list-actions">
        {may && (
          <>
            <IconButton icon={Pencil} label={`Rename ${one.path}`} onClick={onRename} />
            <IconButton icon={Trash2} label={`Delete ${one.path}`} onClick={onDelete} />
          </>
        )}
      </td>
    </tr>
  );
}

function Checked({ one }: { readonly one: ExperimentInfo }) {
  const { error, warning } = one.problems;
  if (error) {
    return (
      <span className="state error">
        <CircleX size={15} aria-hidden="true" /> {plural(error, "error")}
        {warning > 0 && <span className="muted">, {plural(warning, "warning")}</span>}
      </span>
    );
  }
  if (warning) {
    return (
      <span className="state warning">
        <TriangleAlert size={15} aria-hidden="true" /> {plural(warning, "warning")}
      </span>
    );
  }
  return (
    <span className="state ok">
      <CircleCheck size={15} aria-hidden="true" /> valid
    </span>
  );
}

const DAG_TEXT: { readonly [state in DagState]: string } = {
  ready: "DAG",
  waiting: "becoming a DAG …",
  "import-error": "import error",
  absent: "no DAG",
};

function InAirflow({ one }: { readonly one: ExperimentInfo }) {
  const host = useHost();
  const { dag } = one;
  if (dag.state !== "ready") {
    return (
      <span className={dag.state === "import-error" ? "state error" : "muted"}>
        {DAG_TEXT[dag.state]}
      </span>
    );
  }
  return (
    <button
      type="button"
      className="link row"
      onClick={() => host.navigate({ to: "dag", dag_id: dag.dag_id })}
    >
      {dag.dag_id} <ExternalLink size={12} aria-hidden="true" />
      {dag.paused && (
        <span className="chip" title="Paused: its schedule starts no runs">
          <Pause size={11} aria-hidden="true" /> paused
        </span>
      )}
    </button>
  );
}

function Runs({ one }: { readonly one: ExperimentInfo }) {
  if (!one.runs.length) return <span className="muted">none yet</span>;
  return (
    <span className="runs">
      {[...one.runs].reverse().map((run) => (
        <RunMark key={run.run_id} run={run} dagId={one.dag.dag_id} />
      ))}
    </span>
  );
}

function RunMark({ run, dagId }: { readonly run: RunInfo; readonly dagId: string }) {
  const host = useHost();
  const when = run.started ? new Date(run.started).toLocaleString() : "not started";
  return (
    <button
      type="button"
      className={`run ${run.state}`}
      aria-label={`Run of ${when}: ${run.state}`}
      title={`${run.state}, ${when}`}
      onClick={() => host.navigate({ to: "run", dag_id: dagId, run_id: run.run_id })}
    />
  );
}
