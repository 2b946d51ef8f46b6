import { createContext, useContext } from "react";
import { useStore } from "../ui/store.ts";
import type { Session, SessionState } from "./session.ts";

export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("there is no open experiment around this component");
  return session;
}

/** Part of the open experiment's state. The function must be a constant, or be memoised. */
export function useOpen<P>(part: (state: SessionState) => P): P {
  return useStore(useSession().state, part);
}
