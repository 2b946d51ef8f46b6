import { useCallback } from "react";
import { Store, useStore } from "../ui/store.ts";

/** One end of an edge that is being made. */
export interface End {
  readonly node: string;
  readonly port?: string;
  /** `source` ends give, `target` ends take. */
  readonly kind: "source" | "target";
}

export type Verdict =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly reason: string;
      readonly adapters: readonly string[];
      /** Only the types do not fit: it may be connected all the same, as a problem. */
      readonly typesOnly: boolean;
    };

export interface Connecting {
  readonly from: End;
  /** Verdicts by `node|socket`, worked out when first asked for. */
  readonly judge: (node: string, socket: string) => Verdict | null;
}

/** The connection that is being dragged, for all nodes to show which of their ports accept it. */
export const connecting = new Store<Connecting | null>(null);

/** How a socket looks while a connection is being dragged: it accepts, could with an adapter, or refuses. */
export function useSocket(node: string, socket: string): "accepts" | "adapts" | "refuses" | null {
  const part = useCallback(
    (now: Connecting | null) => {
      const verdict = now?.judge(node, socket);
      if (!verdict) return null;
      if (verdict.ok) return "accepts";
      return verdict.adapters.length ? "adapts" : "refuses";
    },
    [node, socket],
  );
  return useStore(connecting, part);
}

/** `in:data` of a stage is its port `data`; `in`, `out` and `lane` are the node as a whole. */
export function portOf(socket: string | null | undefined): string | undefined {
  const [way, port] = (socket ?? "").split(/:(.*)/s, 2);
  return way && port ? port : undefined;
}
