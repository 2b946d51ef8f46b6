import type { GraphNode, Json, JsonSchema } from "@mline/core";
import experiment from "../../../../schemas/experiment.schema.json";

const DEFS = experiment.$defs as unknown as { readonly [name: string]: JsonSchema };

/** One form: where its values are below the node, and the schema of their fields. */
export interface FormPart {
  readonly title: string;
  readonly path: readonly string[];
  readonly schema: JsonSchema;
  readonly closed?: boolean;
}

const STAGE_GROUPS: readonly (readonly [string, readonly string[]])[] = [
  ["Work", ["doc", "call", "run", "command", "code", "image", "entrypoint"]],
  ["Sweep", ["sweep"]],
  ["When and how", ["when", "uses", "after", "cache", "retries", "retry_delay", "timeout"]],
  [
    "Place",
    ["runner", "resources", "env", "secrets", "pool", "queue", "priority", "labels", "adapt"],
  ],
];
const SERVICE_GROUPS: readonly (readonly [string, readonly string[]])[] = [
  ["Container", ["doc", "image", "command", "entrypoint", "offers", "ready", "scope"]],
  ["Place", ["env", "secrets", "files", "runner", "resources", "labels"]],
];

const PARAM: JsonSchema = {
  type: "object",
  properties: {
    type: {
      title: "Type",
      description: "What values it may have.",
      enum: ["string", "integer", "number", "boolean", "array", "object"],
    },
    default: { title: "Default", description: "The value when a run says nothing." },
    title: { type: "string", title: "Title", description: "Its name in the form of a manual run." },
    description: { type: "string", title: "Description" },
    minimum: { type: "number", title: "Minimum" },
    maximum: { type: "number", title: "Maximum" },
    enum: { type: "array", title: "One of", description: "The only values that it may have." },
  },
};

/** The forms of a node, by its kind and by the schema of its type. */
export function formParts(node: GraphNode): readonly FormPart[] {
  if (node.kind === "stage") {
    const values: FormPart = { title: "Values", path: ["with"], schema: node.schema };
    return [values, ...groups("stage", STAGE_GROUPS)];
  }
  if (node.kind === "service") return groups("service", SERVICE_GROUPS);
  if (node.kind === "param") return [{ title: "Parameter", path: [], schema: PARAM }];
  return [{ title: "Fields", path: [], schema: entitySchema(node.schema) }];
}

function groups(
  kind: string,
  wanted: readonly (readonly [string, readonly string[]])[],
): readonly FormPart[] {
  const all = DEFS[kind]?.properties ?? {};
  return wanted.map(([title, keys], index) => ({
    title,
    path: [],
    closed: index > 0,
    schema: {
      type: "object",
      // What is not of this group is in another one: it must not be drawn in each of them.
      additionalProperties: false,
      properties: Object.fromEntries(keys.flatMap((key) => (all[key] ? [[key, all[key]]] : []))),
    },
  }));
}

function entitySchema(own: JsonSchema | undefined): JsonSchema {
  const general = (DEFS["entity"]?.anyOf?.[1]?.properties ?? {}) as {
    readonly [name: string]: JsonSchema;
  };
  const { is: _, ...rest } = general;
  return { type: "object", properties: { ...rest, ...own?.properties } };
}

/** A field as the form draws it: plain, of choices, or as YAML when it has an inner form of its own. */
export interface FormField extends JsonSchema {
  readonly "x-look"?: "yaml" | "reference";
  readonly "x-default"?: Json;
}

/**
 * The schema for the form: references resolved, defaults taken out (the form would write them into the
 * file), what is deep or a list edited as YAML, a value such as `$params.depth` as a reference.
 */
export function forForm(schema: JsonSchema, data: Json | undefined): JsonSchema {
  const values = (typeof data === "object" && data !== null ? data : {}) as {
    readonly [key: string]: Json;
  };
  const declared = Object.entries(schema.properties ?? {});
  const known = new Set(declared.map(([name]) => name));
  // A value that no schema knows is still shown: it may be an argument of the stage's own function.
  const further = Object.keys(values).flatMap((name) =>
    known.has(name) || schema.additionalProperties === false
      ? []
      : [[name, guess(values[name])] as const],
  );
  const fields = [...declared, ...further].map(
    ([name, field]) => [name, formField(field, values[name])] as const,
  );
  return { type: "object", properties: Object.fromEntries(fields) };
}

function formField(written: JsonSchema, value: Json | undefined): FormField {
  const { default: standard, ...schema } = resolved(written);
  const text = {
    title: schema.title ?? "",
    description: schema.description ?? "",
    examples: schema.examples ?? [],
  };
  const kept = { ...text, ...(standard === undefined ? {} : { "x-default": standard }) };
  if (typeof value === "string" && value.startsWith("$") && !value.startsWith("$$")) {
    return { ...kept, type: "string", "x-look": "reference" };
  }
  if (schema.enum) return { ...kept, enum: schema.enum };
  const [type, ...others] = [schema.type ?? []].flat();
  // Text that may be a number or more as well is still typed as text.
  if (typeof value === "string" && others.length && [type, ...others].includes("string")) {
    return { ...kept, type: "string" };
  }
  const simple = type === "string" || type === "number" || type === "integer" || type === "boolean";
  if (simple && !others.length && (value === undefined || fits(value, type)))
    return { ...schema, ...kept };
  return { ...kept, type: "string", "x-look": "yaml" };
}

function fits(value: Json, type: string): boolean {
  return type === "integer" ? typeof value === "number" : typeof value === type;
}

function resolved(schema: JsonSchema): JsonSchema {
  const name = schema.$ref?.replace("#/$defs/", "");
  const found = name ? DEFS[name] : undefined;
  if (!found) return schema;
  const { $ref: _, ...own } = schema;
  return { ...resolved(found), ...own };
}

function guess(value: Json | undefined): JsonSchema {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
    return { type: typeof value };
  }
  return {};
}
