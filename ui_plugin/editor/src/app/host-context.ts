import type { Host, Session } from "@mline/core";
import { createContext, useContext } from "react";

export const HostContext = createContext<Host | null>(null);

/** Who is signed in and what they may do; null until the server has said. */
export const WhoContext = createContext<Session | null>(null);

export function useHost(): Host {
  const host = useContext(HostContext);
  if (!host) throw new Error("there is no host around this component");
  return host;
}

export function useWho(): Session | null {
  return useContext(WhoContext);
}
