import type { Diagnostic } from "./graph.ts";
import type { Json } from "./json-schema.ts";

/** Answers of the REST API, as the editor reads them. Paths are project-relative, with `/`. */
export interface Session {
  readonly user: string;
  readonly may: {
    readonly read: boolean;
    readonly edit: boolean;
    readonly run: boolean;
    readonly create: boolean;
  };
  readonly bundle: string;
  readonly project: string;
  readonly version: string;
}

export type DagState = "waiting" | "ready" | "import-error" | "absent";

export interface DagStatus {
  readonly state: DagState;
  readonly dag_id: string;
  readonly error?: string;
  readonly revision_seen?: string;
}

export interface RunInfo {
  readonly run_id: string;
  readonly state: string;
  readonly started: string | null;
}

export interface ExperimentInfo {
  readonly path: string;
  readonly experiment: string;
  readonly title: string;
  readonly owner: string;
  readonly tags: readonly string[];
  readonly revision: string;
  readonly problems: { readonly error: number; readonly warning: number };
  readonly dag: { readonly state: DagState; readonly dag_id: string; readonly paused: boolean };
  readonly runs: readonly RunInfo[];
}

export interface Author {
  readonly by: string;
  readonly at: string;
}

export interface ExperimentText {
  readonly path: string;
  readonly text: string;
  /** Git's id of the file's content. */
  readonly revision: string;
  readonly modified: (Author & { readonly commit: string }) | null;
}

export interface Saved {
  readonly saved: true;
  readonly revision: string;
  readonly commit: string;
}

/** Somebody else saved in between; nothing was written. */
export interface SaveConflict {
  readonly saved: false;
  readonly message: string;
  readonly base: { readonly text: string } | null;
  readonly current: Author & { readonly text: string; readonly revision: string };
}

export type CreateFrom =
  | { readonly template: string }
  | { readonly example: string }
  | { readonly experiment: string }
  | { readonly text: string };

export interface Commit extends Author {
  readonly commit: string;
  readonly message: string;
}

export interface Template {
  readonly id: string;
  readonly title: string;
  readonly doc: string;
  readonly kind: "template" | "example";
}

/** A plan, or why there is none. */
export type PlanAnswer = { readonly plan: Json } | { readonly diagnostics: readonly Diagnostic[] };

export interface LspDocument {
  readonly uri: string;
  readonly text: string;
  readonly version: number;
}

/** A message of the Language Server Protocol; its content is the business of LSP clients. */
export type LspMessage = { readonly jsonrpc: "2.0" } & { readonly [key: string]: Json };
