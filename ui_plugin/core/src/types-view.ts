import type { Json, JsonSchema } from "./json-schema.ts";

export interface PortType {
  readonly name: string;
  readonly type: string;
  readonly optional?: boolean;
  readonly many?: boolean;
  readonly doc?: string;
}

/** A type as the palette and the forms need it. */
export interface TypeInfo {
  /** Qualified: `sklearn.Train`. */
  readonly name: string;
  readonly kind: "entity" | "stage" | "service";
  /** Qualified, null for the roots. */
  readonly parent: string | null;
  readonly library: string;
  readonly abstract: boolean;
  readonly doc: string;
  readonly icon: string;
  readonly color: string;
  /** JSON Schema of an entity's properties. */
  readonly fields: JsonSchema;
  readonly required: readonly string[];
  readonly ports: { readonly in: readonly PortType[]; readonly out: readonly PortType[] };
  /** JSON Schema of a stage's `with`. */
  readonly with: JsonSchema;
  readonly view: string;
  readonly examples: readonly Json[];
  readonly iri: string;
  /** True when a stage of this type may have further ports. */
  readonly open?: boolean;
  /** True when the type brings `call`, `run` or `command`. */
  readonly action?: boolean;
}

export interface RelationInfo {
  readonly name: string;
  readonly library: string;
  readonly from: string;
  readonly to: string;
  readonly many: boolean;
  readonly transitive: boolean;
  readonly inverse: string;
  readonly doc: string;
}

export interface AdapterInfo {
  readonly name: string;
  readonly library?: string;
  readonly from: string;
  readonly to: string;
  readonly lossless: boolean;
  readonly cost?: number;
  readonly doc?: string;
}

/** All types that a text may use. */
export interface TypesView {
  readonly types: readonly TypeInfo[];
  readonly relations: readonly RelationInfo[];
  readonly adapters: readonly AdapterInfo[];
}
