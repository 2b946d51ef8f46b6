import type { GraphNode, Json } from "@mline/core";
import { useId, useState } from "react";
import { yamlText, yamlValue } from "../inspector/yaml-value.ts";
import { useOpen, useSession } from "../state/context.ts";
import * as gestures from "../state/gestures.ts";
import { valuesOf } from "../state/values.ts";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { useStore } from "../ui/store.ts";
import { sweepRequest } from "./sweep-request.ts";

/** Lets a stage run once for every value, and picks the best by a metric. */
export function SweepDialog() {
  const asked = useStore(sweepRequest, (value) => value);
  const view = useOpen((state) => state.view);
  const node = view.nodes.find(({ id }) => id === asked);
  return node?.kind === "stage" ? <Open key={node.id} node={node} /> : null;
}

function Open({ node }: { readonly node: GraphNode }) {
  const session = useSession();
  const view = useOpen((state) => state.view);
  const own = withOf(valuesOf(session.doc, node));
  const names = [...new Set([...Object.keys(own), ...Object.keys(node.schema.properties ?? {})])];
  const [name, setName] = useState(names[0] ?? "");
  const [values, setValues] = useState(firstValues(own[names[0] ?? ""]));
  const [metric, setMetric] = useState("");
  const [wrong, setWrong] = useState<string | null>(null);
  const ids = [useId(), useId(), useId()] as const;
  const metrics = view.nodes.filter((one) => one.kind === "entity" && one.icon === "gauge");
  const close = () => sweepRequest.set(null);

  const wrap = () => {
    const read = yamlValue(values);
    if ("error" in read) return setWrong(read.error);
    const sweep = { over: { [name]: read.value }, ...(metric ? { pick: metric } : {}) };
    if (session.apply(gestures.wrapInSweep(session.doc, node.id, sweep, session.state.get().types)))
      close();
    return undefined;
  };

  return (
    <Dialog
      title={`Run ${node.name} for several values`}
      onClose={close}
      footer={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button look="primary" disabled={!name || !values.trim()} onClick={wrap}>
            Wrap in a sweep
          </Button>
        </>
      }
    >
      <div className="fields">
        <div className="field">
          <label htmlFor={ids[0]}>Over</label>
          <input
            id={ids[0]}
            className="input code"
            list={`${ids[0]}-names`}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
          <datalist id={`${ids[0]}-names`}>
            {names.map((one) => (
              <option key={one} value={one} />
            ))}
          </datalist>
          <p className="field-doc">The value of the stage that varies.</p>
        </div>
        <div className="field">
          <label htmlFor={ids[1]}>Values</label>
          <input
            id={ids[1]}
            className="input code"
            value={values}
            onChange={(event) => setValues(event.target.value)}
          />
          <p className="field-doc">
            A list, or <code>{"{from: 1, to: 10, steps: 4}"}</code>.
          </p>
        </div>
        <div className="field">
          <label htmlFor={ids[2]}>Pick</label>
          <select
            id={ids[2]}
            className="select"
            value={metric}
            onChange={(event) => setMetric(event.target.value)}
          >
            <option value="">nothing: all instances are kept</option>
            {metrics.flatMap((one) =>
              ["max", "min"].map((way) => (
                <option key={`${way} ${one.name}`} value={`${way} ${one.name}`}>
                  {way} {one.name}
                </option>
              )),
            )}
          </select>
        </div>
      </div>
      {wrong && (
        <p className="field-error" role="alert">
          {wrong}
        </p>
      )}
    </Dialog>
  );
}

function withOf(value: Json | undefined): { readonly [name: string]: Json } {
  const own = (value as { readonly with?: Json } | undefined)?.with;
  return own && typeof own === "object" && !Array.isArray(own)
    ? (own as { readonly [name: string]: Json })
    : {};
}

function firstValues(value: Json | undefined): string {
  if (typeof value === "number") return yamlText([value, value * 2, value * 4]);
  return value === undefined || typeof value === "string" ? "[1, 2, 4]" : yamlText([value]);
}
