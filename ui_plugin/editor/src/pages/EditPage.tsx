import type { ExperimentText, Host } from "@mline/core";
import { FileQuestionMark } from "lucide-react";
import { useCallback, useEffect } from "react";
import { useHost, useWho } from "../app/host-context.ts";
import { go } from "../app/route.ts";
import { SessionContext } from "../state/context.ts";
import { selectNodes } from "../state/selection.ts";
import { Session } from "../state/session.ts";
import { Button } from "../ui/Button.tsx";
import { Empty } from "../ui/Empty.tsx";
import { useOpened } from "./use-opened.ts";
import { Workbench } from "./Workbench.tsx";

interface EditPageProps {
  readonly path: string;
  readonly node: string | null;
  readonly line: number | null;
}

/** One experiment, opened: its text is read, and a draft of this browser goes before what is saved. */
export function EditPage({ path, node, line }: EditPageProps) {
  const host = useHost();
  const who = useWho();
  const mayEdit = who?.may.edit ?? null;
  const reading = useCallback(() => open(host, path, mayEdit === true), [host, path, mayEdit]);
  const { session, wrong } = useOpened(mayEdit === null ? null : reading);

  useEffect(() => {
    if (session && node) session.select(selectNodes([node], "address"));
  }, [session, node]);

  if (wrong) {
    return (
      <Empty icon={FileQuestionMark} title={`${path} cannot be opened`}>
        <p>{wrong}</p>
        <Button onClick={() => go({ page: "list" })}>All experiments</Button>
      </Empty>
    );
  }
  if (!session) return <div className="loading" role="status" aria-label={`Opening ${path}`} />;
  return (
    <SessionContext.Provider value={session}>
      <Workbench line={line} />
    </SessionContext.Provider>
  );
}

async function open(host: Host, path: string, may: boolean): Promise<Session> {
  const file: ExperimentText & { readonly may_edit?: boolean } = await host.read(path);
  const mayEdit = may && file.may_edit !== false;
  const draft = mayEdit ? host.draft.read(path) : null;
  const unsaved = draft && draft.text !== file.text ? draft : null;
  if (unsaved) host.notify({ level: "info", text: "Your unsaved draft of this file is open." });
  return new Session(host, { ...file, mayEdit, ...(unsaved ? { draft: unsaved } : {}) });
}
