import type { JsonSchema } from "./json-schema.ts";
import type { Range } from "./position.ts";

/** What a node of the network is. `param` are run parameters, `external` entities `from` elsewhere. */
export type NodeKind = "stage" | "entity" | "service" | "param" | "external";

/** `stage:fit`, `entity:accuracy`, `service:db`, `param:depth`, `external:features`. */
export type NodeId = string;

export interface InPort {
  readonly name: string;
  /** Null when only the server knows it. */
  readonly type: string | null;
  readonly many: boolean;
  readonly optional: boolean;
  readonly relation?: string;
}

export interface OutPort {
  readonly name: string;
  readonly type: string | null;
}

export interface SweepView {
  /** Names of `with` that vary, with what is written for them. */
  readonly over: { readonly [name: string]: unknown };
  /** How many points there are, null when it cannot be told from the text. */
  readonly instances: number | null;
  /** `max tuning`, or null when nothing is picked. */
  readonly pick: string | null;
  /** Ids of the stages that run once per instance, the swept one first. */
  readonly members: readonly NodeId[];
}

export interface ProblemCount {
  readonly error: number;
  readonly warning: number;
}

export interface GraphNode {
  readonly id: NodeId;
  readonly kind: NodeKind;
  readonly name: string;
  readonly type: string | null;
  readonly title: string;
  readonly doc: string;
  /** From its key to the end of its value. */
  readonly range: Range;
  readonly problems: ProblemCount;
  readonly ports: { readonly in: readonly InPort[]; readonly out: readonly OutPort[] };
  readonly sweep?: SweepView;
  readonly service?: { readonly endpoints: readonly string[] };
  /** JSON Schema of its fields, or of a stage's `with`; from the server. */
  readonly schema?: JsonSchema;
  readonly icon?: string;
  readonly color?: string;
  /** The condition as written. */
  readonly when?: string;
}

/** `data` is a reference, `param` a use of `$params`, `condition` a metric that guards a stage. */
export type EdgeKind = "data" | "service" | "after" | "condition" | "sweep" | "param";

export interface EdgeEnd {
  readonly node: NodeId;
  readonly port?: string;
}

export interface GraphEdge {
  /** Made of kind and ends, so that it stays the same while the text around it changes. */
  readonly id: string;
  readonly from: EdgeEnd;
  readonly to: EdgeEnd;
  readonly kind: EdgeKind;
  /** Where the reference is written. */
  readonly range: Range;
  /** The code of what is wrong with it; `unknown-reference` when its source is not in the file. */
  readonly problem?: string;
  /** Names of the adapters that the compiler inserts here. */
  readonly adapter?: readonly string[];
}

/** Ids as in the network: `fit.model`, `accuracy`. */
export interface Relation {
  readonly subject: string;
  readonly relation: string;
  readonly object: string;
  readonly inferred: boolean;
}

export type Severity = "error" | "warning" | "info";

export interface FixEdit {
  readonly range: Range;
  readonly newText: string;
}

export interface Diagnostic {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly range: Range;
  readonly related: readonly {
    readonly message: string;
    readonly path: string;
    readonly range: Range;
  }[];
  readonly fix?: { readonly title: string; readonly edits: readonly FixEdit[] };
  readonly node?: NodeId;
  /** `with.depth` */
  readonly field?: string;
}

/** The network as it is drawn. Made from the text here; made with meaning by the server. */
export interface GraphView {
  readonly diagnostics: readonly Diagnostic[];
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  readonly relations: readonly Relation[];
  readonly types_used: readonly string[];
  /** False when the text has an error. */
  readonly ok: boolean;
}
