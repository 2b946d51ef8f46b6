import type { GraphNode, Json } from "@mline/core";
import { useState } from "react";
import { yamlText, yamlValue } from "../inspector/yaml-value.ts";
import { useOpen, useSession } from "../state/context.ts";
import * as gestures from "../state/gestures.ts";
import { valuesOf } from "../state/values.ts";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { Field } from "../ui/Field.tsx";
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
  const picks = view.nodes
    .filter((one) => one.kind === "entity" && one.icon === "gauge")
    .flatMap((one) => [`max ${one.name}`, `min ${one.name}`]);
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
        <Field label="Over" doc="The value of the stage that varies.">
          {(id) => (
            <>
              <CodeInput id={id} list={`${id}-names`} value={name} onChange={setName} />
              <datalist id={`${id}-names`}>
                {names.map((one) => (
                  <option key={one} value={one} />
                ))}
              </datalist>
            </>
          )}
        </Field>
        <Field label="Values" doc={VALUES}>
          {(id) => <CodeInput id={id} value={values} onChange={setValues} />}
        </Field>
        <Field label="Pick">
          {(id) => (
            <select
              id={id}
              className="select"
              value={metric}
              onChange={(event) => setMetric(event.target.value)}
            >
              <option value="">nothing: all instances are kept</option>
              {picks.map((pick) => (
                <option key={pick} value={pick}>
                  {pick}
                </option>
              ))}
            </select>
          )}
        </Field>
      </div>
      {wrong && (
        <p className="field-error" role="alert">
          {wrong}
        </p>
      )}
    </Dialog>
  );
}

const VALUES = (
  <>
    A list, or <code>{"{from: 1, to: 10, steps: 4}"}</code>.
  </>
);

interface CodeInputProps {
  readonly id: string;
  readonly list?: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function CodeInput({ onChange, ...rest }: CodeInputProps) {
  return (
    <input {...rest} className="input code" onChange={(event) => onChange(event.target.value)} />
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
