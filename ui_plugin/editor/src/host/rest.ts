import type {
  Commit,
  DagStatus,
  ExperimentInfo,
  ExperimentsHost,
  ExperimentText,
  GraphView,
  Host,
  LspMessage,
  PlanAnswer,
  SaveConflict,
  Saved,
  Session,
  Template,
  TypesView,
} from "@mline/core";
import { notify } from "../ui/toasts.tsx";
import { layoutStore } from "./browser-store.ts";
import { draftStore } from "./draft-store.ts";
import { call, HttpError, inAddress } from "./http.ts";
import { navigate } from "./navigate.ts";
import { airflowTheme } from "./theme.ts";

async function save(path: string, text: string, base: string): Promise<Saved | SaveConflict> {
  try {
    const saved = await call<{ revision: string; commit: string }>(
      `experiments/${inAddress(path)}`,
      {
        method: "PUT",
        body: { text, base },
      },
    );
    return { saved: true, ...saved };
  } catch (error) {
    const conflict = error instanceof HttpError && error.status === 409 ? conflictOf(error) : null;
    if (conflict) return conflict;
    throw error;
  }
}

function conflictOf(error: HttpError): SaveConflict | null {
  const told = error.body as Partial<Pick<SaveConflict, "base" | "current">> | undefined;
  if (!told?.current) return null;
  return { saved: false, message: error.message, base: told.base ?? null, current: told.current };
}

const experiments: ExperimentsHost = {
  list: async () => (await call<{ experiments: ExperimentInfo[] }>("experiments")).experiments,
  templates: () => call<Template[]>("templates"),
  allTypes: () => call<TypesView>("types"),
  create: (path, from) =>
    call<ExperimentText>("experiments", { method: "POST", body: { path, from } }),
  rename: (path, to) => call("rename", { method: "POST", body: { path, to } }),
  dependents: async (path) =>
    (await call<{ dependents: string[] }>(`experiments/${inAddress(path)}/dependents`)).dependents,
  remove: (path, base) =>
    call(`experiments/${inAddress(path)}?base=${encodeURIComponent(base)}`, { method: "DELETE" }),
  history: (path) => call<Commit[]>(`experiments/${inAddress(path)}/history`),
  at: async (path, commit) =>
    (await call<{ text: string }>(`experiments/${inAddress(path)}/at/${commit}`)).text,
};

/** The editor inside Airflow: everything is asked of the plugin's REST API. */
export const restHost: Host = {
  session: () => call<Session>("session"),
  read: (path) => call<ExperimentText>(`experiments/${inAddress(path)}`),
  save,
  analyze: (path, text, signal) =>
    call<GraphView>("analysis", { method: "POST", body: { path, text }, signal }),
  types: (path, text, signal) =>
    call<TypesView>("types", { method: "POST", body: { path, text }, signal }),
  lsp: async (documents, messages) =>
    (
      await call<{ messages: LspMessage[] }>("lsp", {
        method: "POST",
        body: { documents, messages },
      })
    ).messages,
  layout: layoutStore,
  draft: draftStore,
  theme: airflowTheme,
  clipboard: {
    read: () => navigator.clipboard.readText(),
    write: (text) => navigator.clipboard.writeText(text),
  },
  navigate,
  notify,
  experiments,
  plan: (path, text, profile) =>
    call<PlanAnswer>("plan", {
      method: "POST",
      body: { path, text, ...(profile ? { profile } : {}) },
    }),
  dag: (path) => call<DagStatus>(`experiments/${inAddress(path)}/dag`),
  trigger: (path, params) =>
    call(`experiments/${inAddress(path)}/runs`, { method: "POST", body: { params } }),
};
