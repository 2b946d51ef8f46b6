import type { Json, JsonSchema } from "./json-schema.ts";

export interface PortType {
  readonly name: string;
  /** Qualified. */
  readonly type: string;
  readonly optional: boolean;
  /** Inputs only. */
  readonly many?: boolean;
  readonly doc: string;
  readonly declared: boolean;
  /** Of an input: what an output of the stage is to it. */
  readonly relation?: string;
  /** Of an output: relation -> ports. */
  readonly relations?: { readonly [relation: string]: readonly string[] };
}

/** A type as the palette and the forms need it. */
export interface TypeInfo {
  /** Qualified: `sklearn.Train`. */
  readonly name: string;
  /** How one writes it in the file: `Train`. */
  readonly shown: string;
  readonly kind: "entity" | "stage" | "service";
  /** Qualified, null for the roots. */
  readonly parent: string | null;
  readonly library: string;
  readonly abstract: boolean;
  /** True when its library is in `use`. */
  readonly visible: boolean;
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
  readonly open: boolean;
  /** True when a stage of this type needs no `call`, `run` or `command` of its own. */
  readonly brings: boolean;
  /** Keys that relate an entity of this type to other things. */
  readonly relations: readonly {
    readonly name: string;
    readonly to: string;
    readonly many: boolean;
    readonly doc: string;
  }[];
}

export interface RelationInfo {
  readonly name: string;
  readonly library: string;
  readonly from: string;
  readonly to: string;
  readonly many: boolean;
  readonly transitive: boolean;
  readonly inverse?: string;
  readonly parents: readonly string[];
  readonly iri: string;
  readonly doc: string;
}

export interface AdapterInfo {
  /** Qualified: `tabular.csv_to_parquet`. */
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly lossless: boolean;
  readonly cost: number;
  readonly doc: string;
}

/** All types that a text may use. */
export interface TypesView {
  readonly types: readonly TypeInfo[];
  readonly relations: readonly RelationInfo[];
  readonly adapters: readonly AdapterInfo[];
}
