import type { JsonSchema, TypeInfo, TypesView } from "@mline/core";
import type { CSSProperties } from "react";
import { yamlText } from "../inspector/yaml-value.ts";
import { iconOf } from "../ui/icons.ts";

interface TypeCardProps {
  readonly type: TypeInfo;
  readonly types: TypesView;
  readonly choose: (name: string) => void;
}

/** All that is known of a type. */
export function TypeCard({ type, types, choose }: TypeCardProps) {
  const Icon = iconOf(type.icon, type.kind);
  const children = types.types.filter(({ parent }) => parent === type.name);
  const relations = types.relations.filter(
    ({ from, to }) => from === type.name || to === type.name,
  );
  const adapters = types.adapters.filter(({ from, to }) => from === type.name || to === type.name);
  return (
    <div className="inspector" style={{ "--type": type.color || "#64748b" } as CSSProperties}>
      <header className="node-card">
        <div className="row">
          <span className="type-icon" aria-hidden="true">
            <Icon size={18} />
          </span>
          <div className="grow">
            <h2>{type.shown}</h2>
            <p className="muted">
              {type.abstract ? "abstract " : ""}
              {type.kind} of {type.library}
            </p>
          </div>
        </div>
        <p className="node-card-doc">{type.doc}</p>
      </header>
      <Part title="Is a kind of" names={type.parent ? [type.parent] : []} choose={choose} />
      <Part title="Kinds of it" names={children.map(({ name }) => name)} choose={choose} />
      <Ports title="Takes" ports={type.ports.in} choose={choose} />
      <Ports title="Gives" ports={type.ports.out} choose={choose} />
      <FieldList
        title={type.kind === "stage" ? "Values" : "Fields"}
        schema={type.kind === "stage" ? type.with : type.fields}
      />
      {relations.length > 0 && (
        <CardPart title="Relations">
          {relations.map((relation) => (
            <p key={relation.name} title={relation.doc}>
              <TypeLink name={relation.from} choose={choose} />{" "}
              <span className="relation-name">{relation.name}</span>{" "}
              <TypeLink name={relation.to} choose={choose} />
            </p>
          ))}
        </CardPart>
      )}
      {adapters.length > 0 && (
        <CardPart title="Adapters">
          {adapters.map((adapter) => (
            <p key={adapter.name}>
              <code>{adapter.name}</code>: <TypeLink name={adapter.from} choose={choose} /> →{" "}
              <TypeLink name={adapter.to} choose={choose} />
              {!adapter.lossless && <span className="chip warning">loses something</span>}
            </p>
          ))}
        </CardPart>
      )}
      {type.examples.length > 0 && (
        <CardPart title="Example">
          {type.examples.map((example) => (
            <pre key={yamlText(example)} className="example">
              {typeof example === "string" ? example : yamlText(example)}
            </pre>
          ))}
        </CardPart>
      )}
    </div>
  );
}

function CardPart({
  title,
  children,
}: {
  readonly title: string;
  readonly children: React.ReactNode;
}) {
  return (
    <section className="card-part">
      <h3>{title}</h3>
      {children}
    </section>
  );
}

interface PartProps {
  readonly title: string;
  readonly names: readonly string[];
  readonly choose: (name: string) => void;
}

function Part({ title, names, choose }: PartProps) {
  if (!names.length) return null;
  return (
    <CardPart title={title}>
      <p className="names">
        {names.map((name) => (
          <TypeLink key={name} name={name} choose={choose} />
        ))}
      </p>
    </CardPart>
  );
}

function TypeLink({
  name,
  choose,
}: {
  readonly name: string;
  readonly choose: (name: string) => void;
}) {
  return (
    <button type="button" className="link" onClick={() => choose(name)}>
      {name.replace(/^core\./, "")}
    </button>
  );
}

interface PortsProps {
  readonly title: string;
  readonly ports: TypeInfo["ports"]["in"];
  readonly choose: (name: string) => void;
}

function Ports({ title, ports, choose }: PortsProps) {
  if (!ports.length) return null;
  return (
    <CardPart title={title}>
      {ports.map((port) => (
        <p key={port.name}>
          <code>{port.name}</code> <TypeLink name={port.type} choose={choose} />
          {port.optional ? <span className="muted"> optional</span> : null}
          {port.doc && <span className="field-doc"> {port.doc}</span>}
        </p>
      ))}
    </CardPart>
  );
}

function FieldList({ title, schema }: { readonly title: string; readonly schema: JsonSchema }) {
  const fields = Object.entries(schema.properties ?? {});
  if (!fields.length) return null;
  return (
    <CardPart title={title}>
      {fields.map(([name, field]) => (
        <p key={name}>
          <code>{name}</code> <span className="muted">{typeText(field)}</span>
          {field.description && <span className="field-doc"> {field.description}</span>}
        </p>
      ))}
    </CardPart>
  );
}

function typeText(field: JsonSchema): string {
  if (field.enum) return field.enum.map((value) => yamlText(value)).join(" | ");
  return [field.type ?? "any"].flat().join(" | ");
}
