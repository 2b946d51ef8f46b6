import type { GraphView } from "./graph.ts";
import type { OwnGroup } from "./groups.ts";
import type { Json } from "./json-schema.ts";
import type {
  Commit,
  CreateFrom,
  DagStatus,
  ExperimentInfo,
  ExperimentText,
  LspDocument,
  LspMessage,
  PlanAnswer,
  SaveConflict,
  Saved,
  Session,
  Template,
} from "./server.ts";
import type { TypesView } from "./types-view.ts";

declare global {
  /** Every place where this runs has it; core is compiled without the DOM's declarations. */
  interface AbortSignal {
    readonly aborted: boolean;
  }
}

/** Where nodes lie and what is collapsed; kept beside the file, never in it. */
export interface Layout {
  readonly direction: "right" | "down";
  /** Upper left corner by node id, for nodes that the user moved. */
  readonly positions: { readonly [node: string]: { readonly x: number; readonly y: number } };
  /** Ids of groups. */
  readonly collapsed: readonly string[];
  readonly groups?: readonly OwnGroup[];
  /** The ways of edges that were laid out around nodes: x, y, x, y, … by edge id. */
  readonly routes?: { readonly [edge: string]: readonly number[] };
}

export type Theme = "light" | "dark";

export type Notice = {
  readonly level: "info" | "success" | "warning" | "error";
  readonly text: string;
};

/** Where the host can take the user. */
export type Place =
  | { readonly to: "experiment"; readonly path: string; readonly node?: string }
  | { readonly to: "experiments" }
  | { readonly to: "types"; readonly type?: string }
  | { readonly to: "dag"; readonly dag_id: string }
  | { readonly to: "run"; readonly dag_id: string; readonly run_id: string };

/** What a host does not have is left out, and the editor does not offer it. */
export interface Host {
  readonly session: () => Promise<Session>;
  readonly read: (path: string) => Promise<ExperimentText>;
  /** Never overwrites what was saved since `base`: that is a conflict. */
  readonly save: (path: string, text: string, base: string) => Promise<Saved | SaveConflict>;
  readonly analyze: (path: string, text: string, signal?: AbortSignal) => Promise<GraphView>;
  readonly types: (path: string, text: string, signal?: AbortSignal) => Promise<TypesView>;
  readonly lsp: (
    documents: readonly LspDocument[],
    messages: readonly LspMessage[],
  ) => Promise<readonly LspMessage[]>;
  readonly layout: {
    readonly read: (path: string) => Layout | null;
    readonly write: (path: string, layout: Layout) => void;
  };
  /** Unsaved text that survives a reload; null when there is none. */
  readonly draft: {
    readonly read: (path: string) => Draft | null;
    readonly write: (path: string, draft: Draft | null) => void;
  };
  readonly theme: {
    readonly now: () => Theme;
    readonly watch: (told: (t: Theme) => void) => () => void;
  };
  readonly clipboard: {
    readonly read: () => Promise<string>;
    readonly write: (text: string) => Promise<void>;
  };
  readonly navigate: (place: Place) => void;
  readonly notify: (notice: Notice) => void;
  readonly experiments?: ExperimentsHost;
  readonly plan?: (path: string, text: string, profile?: string) => Promise<PlanAnswer>;
  readonly dag?: (path: string) => Promise<DagStatus>;
  readonly trigger?: (
    path: string,
    params: { readonly [name: string]: Json },
  ) => Promise<{ readonly run_id: string; readonly url: string }>;
}

export interface Draft {
  readonly text: string;
  /** The revision that the draft began with. */
  readonly base: string;
}

/** What a host with many experiments offers besides. */
export interface ExperimentsHost {
  readonly list: () => Promise<readonly ExperimentInfo[]>;
  readonly templates: () => Promise<readonly Template[]>;
  readonly allTypes: () => Promise<TypesView>;
  readonly create: (path: string, from: CreateFrom) => Promise<ExperimentText>;
  readonly rename: (
    path: string,
    to: string,
  ) => Promise<{ readonly dependents: readonly string[] }>;
  readonly dependents: (path: string) => Promise<readonly string[]>;
  readonly remove: (path: string, base: string) => Promise<void>;
  readonly history: (path: string) => Promise<readonly Commit[]>;
  readonly at: (path: string, commit: string) => Promise<string>;
}
