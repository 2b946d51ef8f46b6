import type { Json } from "@mline/core";
import type { FieldTemplateProps, ObjectFieldTemplateProps, WidgetProps } from "@rjsf/utils";
import { Link2, X } from "lucide-react";
import { type KeyboardEvent, useEffect, useState } from "react";
import { IconButton } from "../ui/Button.tsx";
import { yamlText, yamlValue } from "./yaml-value.ts";

/** What every field of a form can ask for. */
export interface FormContext {
  /** Parameters that may be referred to; null where a reference has no place. */
  readonly params: readonly string[] | null;
  readonly clear: (name: string) => void;
  readonly refer: (name: string, reference: string) => void;
  /** Makes a parameter of the value that stands there. */
  readonly lift: (name: string) => void;
  readonly present: ReadonlySet<string>;
  readonly chosen: string | null;
}

function contextOf(props: { readonly registry: { readonly formContext?: unknown } }): FormContext {
  return props.registry.formContext as FormContext;
}

/** A field: label, value, documentation, problems, and what can be done with it. */
export function FieldTemplate(props: FieldTemplateProps) {
  return props.schema.type === "object" ? props.children : <OneField {...props} />;
}

function OneField(props: FieldTemplateProps) {
  const { id, label, children, errors, rawErrors, rawDescription, readonly } = props;
  const context = contextOf(props);
  const name = id.replace(/^.*?__/, "");
  const present = context.present.has(name);
  const [open, setOpen] = useState(false);
  const wrong = (rawErrors?.length ?? 0) > 0;
  const chosen = context.chosen === name;
  return (
    <div
      className={[
        "field",
        wrong ? "wrong" : "",
        present ? "" : "unset",
        chosen ? "chosen" : "",
      ].join(" ")}
      data-field={name}
    >
      <div className="field-head">
        <label htmlFor={id}>{label || name}</label>
        <code className="field-key">{label && label !== name ? name : ""}</code>
        {!readonly && context.params && (
          <IconButton
            icon={Link2}
            small
            label={`Use a parameter for ${name}`}
            aria-expanded={open}
            onClick={() => setOpen(!open)}
          />
        )}
        {!readonly && present && (
          <IconButton icon={X} small label={`Clear ${name}`} onClick={() => context.clear(name)} />
        )}
      </div>
      {open && (
        <fieldset className="param-choice">
          <legend className="visually-hidden">Parameter for {name}</legend>
          {present && (
            <button
              type="button"
              className="chip"
              onClick={() => {
                setOpen(false);
                context.lift(name);
              }}
            >
              Make it a parameter
            </button>
          )}
          {context.params?.map((param) => (
            <button
              key={param}
              type="button"
              className="chip accent"
              onClick={() => {
                setOpen(false);
                context.refer(name, `$params.${param}`);
              }}
            >
              $params.{param}
            </button>
          ))}
        </fieldset>
      )}
      {children}
      {wrong && <div className="field-error">{errors}</div>}
      {rawDescription && <p className="field-doc">{rawDescription}</p>}
    </div>
  );
}

export function ObjectTemplate({ properties }: ObjectFieldTemplateProps) {
  return <div className="fields">{properties.map(({ content }) => content)}</div>;
}

export function ErrorList({ errors }: { readonly errors?: readonly unknown[] }) {
  return (
    <ul>
      {(errors ?? []).map((error) => (
        <li key={String(error)}>{String(error)}</li>
      ))}
    </ul>
  );
}

/** Text that becomes an edit when the field is left or Enter is pressed, not at each key. */
function useTyped(shown: string, commit: (text: string) => string | null) {
  const [text, setText] = useState(shown);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    setText(shown);
    setError(null);
  }, [shown]);
  const finish = () => {
    if (text !== shown) setError(commit(text));
  };
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const lines = event.currentTarget.tagName === "TEXTAREA" && !event.ctrlKey && !event.metaKey;
    if (event.key === "Enter" && !lines) finish();
    if (event.key === "Escape") setText(shown);
  };
  return { text, setText, error, finish, onKeyDown };
}

function placeholderOf(schema: WidgetProps["schema"]): string {
  const standard = (schema as { readonly "x-default"?: Json })["x-default"];
  if (standard !== undefined) return yamlText(standard);
  const [example] = (schema.examples as readonly Json[] | undefined) ?? [];
  return example === undefined ? "" : `e.g. ${yamlText(example)}`;
}

/** Plain text, numbers, references and YAML: all are typed as text. */
export function TypedWidget({ id, value, schema, onChange, readonly, rawErrors }: WidgetProps) {
  const look = (schema as { readonly "x-look"?: string })["x-look"];
  const type = look ? look : schema.type;
  const shown =
    type === "yaml"
      ? yamlText(value as Json | undefined)
      : value === undefined
        ? ""
        : String(value);
  const typed = useTyped(shown, (text) => {
    const read = readTyped(text, String(type));
    if ("error" in read) return read.error;
    onChange(read.value);
    return null;
  });
  const long = shown.includes("\n") || shown.length > 44;
  const common = {
    id,
    className: [
      "input",
      type === "string" ? "" : "code",
      type === "reference" ? "reference" : "",
    ].join(" "),
    value: typed.text,
    readOnly: Boolean(readonly),
    placeholder: placeholderOf(schema),
    spellCheck: false,
    "aria-invalid": Boolean(typed.error || rawErrors?.length),
    onChange: (event: { readonly target: { readonly value: string } }) =>
      typed.setText(event.target.value),
    onBlur: typed.finish,
    onKeyDown: typed.onKeyDown,
  };
  return (
    <>
      {long ? (
        <textarea rows={Math.min(10, Math.max(2, shown.split("\n").length))} {...common} />
      ) : (
        <input {...common} />
      )}
      {typed.error && (
        <p className="field-error" role="alert">
          {typed.error}
        </p>
      )}
    </>
  );
}

function readTyped(
  text: string,
  type: string,
): { readonly value: Json | undefined } | { readonly error: string } {
  if (text.trim() === "") return { value: undefined };
  if (text.startsWith("$") && !text.startsWith("$$")) return { value: text };
  if (type === "string" || type === "reference") return { value: text };
  if (type === "yaml") return yamlValue(text);
  const number = Number(text);
  if (Number.isNaN(number)) return { error: `'${text}' is not a number` };
  if (type === "integer" && !Number.isInteger(number))
    return { error: `'${text}' is not a whole number` };
  return { value: number };
}

export function ChoiceWidget({ id, value, options, onChange, readonly, schema }: WidgetProps) {
  const choices = options.enumOptions ?? [];
  const at = choices.findIndex((choice) => choice.value === value);
  const standard = (schema as { readonly "x-default"?: Json })["x-default"];
  return (
    <select
      id={id}
      className="select"
      disabled={Boolean(readonly)}
      value={at < 0 ? "" : String(at)}
      onChange={(event) =>
        onChange(event.target.value === "" ? undefined : choices[Number(event.target.value)]?.value)
      }
    >
      <option value="">
        {standard === undefined ? "not set" : `default: ${yamlText(standard)}`}
      </option>
      {choices.map((choice, index) => (
        <option key={String(choice.value)} value={String(index)}>
          {choice.label}
        </option>
      ))}
    </select>
  );
}

export function SwitchWidget({ id, value, onChange, readonly, schema }: WidgetProps) {
  const standard = (schema as { readonly "x-default"?: Json })["x-default"];
  return (
    <select
      id={id}
      className="select"
      disabled={Boolean(readonly)}
      value={value === undefined ? "" : String(value)}
      onChange={(event) =>
        onChange(event.target.value === "" ? undefined : event.target.value === "true")
      }
    >
      <option value="">
        {standard === undefined ? "not set" : `default: ${String(standard)}`}
      </option>
      <option value="true">true</option>
      <option value="false">false</option>
    </select>
  );
}
