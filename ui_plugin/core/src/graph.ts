import type { Json, JsonSchema } from "./json-schema.ts";
import type { Range } from "./position.ts";

/**
 * What a node of the network is. `param` is a run parameter, `external` an entity that another
 * experiment gives, `missing` what a reference names and nothing declares.
 */
export type NodeKind = "stage" | "entity" | "external" | "service" | "param" | "missing";

/** `stage:fit`, `entity:accuracy` (external ones too), `service:db`, `param:depth`, `missing:x.y`. */
export type NodeId = string;

export interface InPort {
  readonly name: string;
  /** Qualified; null when only the server knows it. */
  readonly type: string | null;
  readonly many: boolean;
  readonly optional: boolean;
  readonly doc: string;
  /** True when the stage's type declares it. */
  readonly declared: boolean;
  /** What an output of the stage is to this input, as `trained_on`. */
  readonly relation?: string;
  /** What is written for it. */
  readonly refs?: readonly string[];
}

export interface OutPort {
  readonly name: string;
  readonly type: string | null;
  readonly doc: string;
  readonly declared: boolean;
  readonly optional?: boolean;
  /** True when the file writes it under `gives`. */
  readonly given?: boolean;
  /** Id in the network of what it gives: `split.train`, or the entity that it fills. */
  readonly node?: string;
  readonly relations?: { readonly [relation: string]: readonly string[] };
}

export interface SweepView {
  /** Names of `with` that vary, with what is written for them. */
  readonly over: { readonly [name: string]: Json };
  readonly search: string;
  /** How many points there are; null when it cannot be told from the text. */
  readonly instances: number | null;
  /** `fit[depth=4]`, …; from the server. */
  readonly names: readonly string[];
  /** `max tuning`, or null when nothing is picked. */
  readonly pick: string | null;
  /** Ids of the stages that run once per instance, the swept one among them. */
  readonly members: readonly NodeId[];
}

export interface EndpointView {
  readonly name: string;
  readonly port: number | null;
  readonly scheme: string;
}

export interface ProblemCount {
  readonly error: number;
  readonly warning: number;
  readonly info: number;
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
  /** Its key. */
  readonly nameRange: Range;
  readonly problems: ProblemCount;
  readonly ports: { readonly in: readonly InPort[]; readonly out: readonly OutPort[] };
  /** JSON Schema of its fields, of a stage's `with`, or the parameter's own. */
  readonly schema: JsonSchema;
  readonly icon: string;
  readonly color: string;
  readonly sweep?: SweepView;
  /** The swept stage whose sweep this stage runs in. */
  readonly in_sweep?: NodeId;
  readonly service?: {
    readonly endpoints: readonly EndpointView[];
    readonly scope: string;
    readonly used_by: readonly NodeId[];
  };
  /** The condition as written. */
  readonly when?: string;
  /** What a stage does: `call`, `run`, `command`; null when its type says. */
  readonly action?: string | null;
  /** Where an entity lies. */
  readonly at?: string;
  /** The `experiment.entity` that an external entity is. */
  readonly from?: string;
}

/**
 * `data`: `takes`, `gives` that fills an entity, and uses of `$params.x` (with `field`).
 * `condition`: what `when` compares. `sweep`: the metric that `pick` names, to the swept stage.
 */
export type EdgeKind = "data" | "service" | "after" | "condition" | "sweep";

export interface EdgeEnd {
  readonly node: NodeId;
  readonly port?: string;
}

export interface GraphEdge {
  /** `kind:FROM->TO`, ends as `node` or `node.port`, then `@field`; a second one of it has `#2`. */
  readonly id: string;
  readonly from: EdgeEnd;
  readonly to: EdgeEnd;
  readonly kind: EdgeKind;
  /** Where the reference is written. */
  readonly range: Range;
  /** The reference as written. */
  readonly text: string;
  /** Which value uses a parameter: `with.depth`. */
  readonly field?: string;
  /** True for `fit[*].model`: all instances. */
  readonly each?: boolean;
  /** The code of what is wrong with it. */
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

export interface ExperimentHead {
  readonly id: string;
  readonly title: string;
  readonly doc: string;
  readonly owner: string;
  readonly range: Range;
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
  readonly experiment: ExperimentHead | null;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  readonly relations: readonly Relation[];
  readonly types_used: readonly string[];
  /** False when the text has an error. */
  readonly ok: boolean;
}
