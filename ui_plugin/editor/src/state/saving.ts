import type { DagStatus, SaveConflict } from "@mline/core";
import { useCallback, useEffect, useRef, useState } from "react";
import { useStore } from "../ui/store.ts";
import type { Session } from "./session.ts";

const DAG_PAUSE = 2500;
const DAG_TRIES = 60;

export interface Saving {
  readonly save: () => void;
  readonly conflict: SaveConflict | null;
  /** Takes the merged text as the new one, on the base of what is saved now, and saves it. */
  readonly resolve: (text: string) => void;
  readonly dismiss: () => void;
}

/** Saving is a commit; a stale base is a merge; afterwards we wait for the DAG. */
export function useSaving(session: Session): Saving {
  const conflict = useStore(session.state, (state) => state.conflict);
  const [waiting, setWaiting] = useState(0);
  const alive = useRef(true);
  useEffect(() => {
    alive.current = true;
    return () => {
      alive.current = false;
    };
  }, []);

  const save = useCallback(() => {
    void saveNow(session).then((saved) => saved && setWaiting((count) => count + 1));
  }, [session]);

  useEffect(() => {
    void followDag(session, () => alive.current, waiting > 0);
  }, [session, waiting]);

  const resolve = useCallback(
    (text: string) => {
      const now = session.state.get();
      if (!now.conflict) return;
      const { current } = now.conflict;
      session.apply({ edits: [{ start: 0, end: now.doc.text.length, text }], label: "Merge" });
      session.saveDone({ text: current.text, revision: current.revision });
      if (text === current.text) {
        session.host.notify({
          level: "success",
          text: "It is their text now; nothing was left to save.",
        });
      } else save();
    },
    [session, save],
  );
  const dismiss = useCallback(() => session.set({ conflict: null }), [session]);
  return { save, conflict, resolve, dismiss };
}

async function saveNow(session: Session): Promise<boolean> {
  const { saved, saving, mayEdit } = session.state.get();
  const { text } = session.doc;
  if (saving || !mayEdit || text === saved.text) return false;
  session.set({ saving: true });
  try {
    const answer = await session.host.save(session.path, text, saved.revision);
    if (!answer.saved) {
      session.set({ saving: false, conflict: answer });
      return false;
    }
    session.saveDone({ text, revision: answer.revision });
    session.host.notify({ level: "success", text: `Saved as ${answer.commit.slice(0, 7)}.` });
    return true;
  } catch (error) {
    session.set({ saving: false });
    session.host.notify({
      level: "error",
      text: error instanceof Error ? error.message : "Saving failed.",
    });
    return false;
  }
}

/** Asks until Airflow has made a DAG of what is saved, and says so once. */
async function followDag(session: Session, alive: () => boolean, tell: boolean): Promise<void> {
  const { host, path } = session;
  if (!host.dag) return;
  for (let tries = 0; tries < DAG_TRIES && alive(); tries++) {
    const status = await host.dag(path).catch(() => null);
    if (!alive() || !status) return;
    session.set({ dag: status });
    if (status.state !== "waiting") {
      if (tell) announce(session, status);
      return;
    }
    await new Promise((later) => setTimeout(later, DAG_PAUSE));
  }
}

function announce(session: Session, status: DagStatus): void {
  if (status.state === "ready")
    session.host.notify({ level: "success", text: `It is the DAG ${status.dag_id} now.` });
  if (status.state === "import-error") {
    session.host.notify({
      level: "warning",
      text: `Airflow cannot make a DAG of it: ${status.error ?? "see its problems"}`,
    });
  }
}
