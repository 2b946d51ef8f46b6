import { useEffect, useState } from "react";
import type { Session } from "../state/session.ts";

/** A session that is opened for as long as a page shows it, or why there is none. */
export interface Opened {
  readonly session: Session | null;
  readonly wrong: string | null;
}

/** Opens a session, and closes it when the page goes; null while it cannot be opened yet. */
export function useOpened(open: (() => Promise<Session>) | null): Opened {
  const [opened, setOpened] = useState<Opened>({ session: null, wrong: null });
  useEffect(() => {
    if (!open) return;
    let made: Session | null = null;
    let gone = false;
    open().then(
      (session) => {
        made = session;
        if (gone) session.close();
        else setOpened({ session, wrong: null });
      },
      (error: Error) => setOpened({ session: null, wrong: error.message }),
    );
    return () => {
      gone = true;
      made?.close();
    };
  }, [open]);
  return opened;
}
