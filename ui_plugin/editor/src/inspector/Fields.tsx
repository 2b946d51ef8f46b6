import type { Diagnostic, GraphNode, Json } from "@mline/core";
import Form from "@rjsf/core";
import type { ErrorSchema, RJSFSchema, UiSchema } from "@rjsf/utils";
import { useMemo } from "react";
import { useOpen, useSession } from "../state/context.ts";
import * as gestures from "../state/gestures.ts";
import { valuesOf } from "../state/values.ts";
import { AddValue } from "./AddValue.tsx";
import { type FormPart, forForm, formParts } from "./field-schema.ts";
import { changes } from "./form-changes.ts";
import {
  ChoiceWidget,
  ErrorList,
  FieldTemplate,
  type FormContext,
  ObjectTemplate,
  SwitchWidget,
  TypedWidget,
} from "./form-parts.tsx";
import { Section } from "./Section.tsx";
import { schemaValidator } from "./schema-validator.ts";

const TEMPLATES = {
  FieldTemplate,
  ObjectFieldTemplate: ObjectTemplate,
  FieldErrorTemplate: ErrorList,
};
const WIDGETS = {
  TextWidget: TypedWidget,
  TextareaWidget: TypedWidget,
  UpDownWidget: TypedWidget,
  RangeWidget: TypedWidget,
  SelectWidget: ChoiceWidget,
  CheckboxWidget: SwitchWidget,
};
const UI: UiSchema = { "ui:submitButtonOptions": { norender: true } };

interface FieldsProps {
  readonly node: GraphNode;
  readonly problems: readonly Diagnostic[];
}

/** The forms of a node. Each change is an edit of one field in the text; the rest of the text stays. */
export function Fields({ node, problems }: FieldsProps) {
  const doc = useOpen((state) => state.doc);
  const data = useMemo(() => valuesOf(doc, node), [doc, node]);
  return formParts(node).map((part) => (
    <FormSection key={part.title} node={node} part={part} data={data} problems={problems} />
  ));
}

interface FormSectionProps extends FieldsProps {
  readonly part: FormPart;
  readonly data: Json | undefined;
}

function FormSection({ node, part, data, problems }: FormSectionProps) {
  const session = useSession();
  const mayEdit = useOpen((state) => state.mayEdit);
  const field = useOpen((state) => state.selection.field);
  const params = useParams();
  const values = useMemo(() => valuesAt(data, part), [data, part]);
  const schema = useMemo(() => forForm(part.schema, values), [part.schema, values]);
  const names = Object.keys(schema.properties ?? {});
  const prefix = part.path.length ? `${part.path.join(".")}.` : "";
  const chosen = field?.startsWith(prefix) ? field.slice(prefix.length) : null;
  const short = part.path.length === 0 && data !== undefined && !isObject(data);

  const set = (path: readonly string[], value: Json | undefined) => {
    const whole = short ? [] : [...part.path, ...path];
    session.apply(
      value === undefined
        ? gestures.clearField(session.doc, node.id, whole)
        : gestures.setField(session.doc, node.id, whole, value),
    );
  };
  const context: FormContext = {
    params: node.kind === "stage" && part.path.length ? params : null,
    present: new Set(Object.keys(values)),
    chosen,
    clear: (name) => set([name], undefined),
    refer: (name, reference) => set([name], reference),
    lift: (name) => session.apply(gestures.liftToParam(session.doc, node.id, [...part.path, name])),
  };
  const extraErrors = useMemo(() => errorSchema(problems, prefix), [problems, prefix]);
  const filled = names.filter((name) => name in values).length;
  const open = part.path.length > 0 && part.schema.additionalProperties !== false && mayEdit;
  if (!names.length && !open) return null;
  return (
    <Section title={part.title} count={filled} closed={part.closed ?? false}>
      <Form
        tagName="div"
        idPrefix={part.title.replaceAll(" ", "")}
        idSeparator="__"
        schema={schema as RJSFSchema}
        uiSchema={UI}
        formData={values}
        formContext={context}
        validator={schemaValidator}
        templates={TEMPLATES}
        widgets={WIDGETS}
        extraErrors={extraErrors}
        readonly={!mayEdit}
        noHtml5Validate
        noValidate
        showErrorList={false}
        experimental_defaultFormStateBehavior={{ emptyObjectFields: "skipDefaults" }}
        onChange={({ formData }) => {
          for (const { path, value } of changes(values, (formData ?? {}) as Json)) set(path, value);
        }}
      >
        {null}
      </Form>
      {open && <AddValue add={(name, value) => set([name], value)} />}
    </Section>
  );
}

function useParams(): readonly string[] {
  const view = useOpen((state) => state.view);
  return useMemo(
    () => view.nodes.flatMap((node) => (node.kind === "param" ? [node.name] : [])),
    [view],
  );
}

type Values = { readonly [name: string]: Json };

function isObject(value: Json | undefined): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A parameter may be its default alone, an entity its type alone. */
function valuesAt(data: Json | undefined, part: FormPart): Values {
  let at: Json | undefined = data;
  for (const step of part.path) at = isObject(at) ? at[step] : undefined;
  if (isObject(at)) return at;
  return at === undefined || at === null || !part.schema.properties?.["default"]
    ? {}
    : { default: at };
}

/** Problems of the server at their fields; the form has no rules of its own. */
function errorSchema(problems: readonly Diagnostic[], prefix: string): ErrorSchema {
  const found: { [field: string]: { __errors: string[] } } = {};
  for (const { field, message } of problems) {
    if (!field?.startsWith(prefix)) continue;
    const [name = ""] = field.slice(prefix.length).split(".");
    const errors = found[name]?.__errors ?? [];
    found[name] = { __errors: [...errors, message] };
  }
  return found as ErrorSchema;
}
