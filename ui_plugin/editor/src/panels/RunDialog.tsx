import type { Json } from "@mline/core";
import { useState } from "react";
import { yamlText, yamlValue } from "../inspector/yaml-value.ts";
import { useOpen, useSession } from "../state/context.ts";
import { valuesOf } from "../state/values.ts";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";

/** Starts a run with parameters, as far as Airflow lets the user. */
export function RunDialog({ onClose }: { readonly onClose: () => void }) {
  const session = useSession();
  const view = useOpen((state) => state.view);
  const doc = useOpen((state) => state.doc);
  const params = view.nodes.filter((node) => node.kind === "param");
  const [typed, setTyped] = useState<{ readonly [name: string]: string }>({});
  const [wrong, setWrong] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const run = async () => {
    const values: { [name: string]: Json } = {};
    for (const [name, text] of Object.entries(typed)) {
      if (!text.trim()) continue;
      const read = yamlValue(text);
      if ("error" in read) return setWrong(`${name}: ${read.error}`);
      values[name] = read.value;
    }
    setBusy(true);
    try {
      const { run_id } = (await session.host.trigger?.(session.path, values)) ?? { run_id: "" };
      const dag = session.state.get().dag;
      session.host.notify({ level: "success", text: `Run ${run_id} is started.` });
      onClose();
      if (dag) session.host.navigate({ to: "run", dag_id: dag.dag_id, run_id });
    } catch (error) {
      setWrong(error instanceof Error ? error.message : "The run cannot be started.");
      setBusy(false);
    }
  };

  return (
    <Dialog
      title="Run"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" disabled={busy} onClick={() => void run()}>
            Run
          </Button>
        </>
      }
    >
      {!params.length && <p className="muted">This experiment has no parameters.</p>}
      {params.map((param) => (
        <div key={param.id} className="field">
          <div className="field-head">
            <label htmlFor={`run-${param.name}`}>{param.title || param.name}</label>
            <code className="field-key">{param.title ? param.name : ""}</code>
          </div>
          <input
            id={`run-${param.name}`}
            className="input code"
            placeholder={yamlText(defaultOf(valuesOf(doc, param)))}
            value={typed[param.name] ?? ""}
            onChange={(event) => setTyped({ ...typed, [param.name]: event.target.value })}
          />
        </div>
      ))}
      {wrong && (
        <p className="field-error" role="alert">
          {wrong}
        </p>
      )}
    </Dialog>
  );
}

function defaultOf(value: Json | undefined): Json | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as { readonly default?: Json }).default
    : value;
}
