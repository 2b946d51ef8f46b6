import { useConnection } from "@xyflow/react";
import { useEffect, useState } from "react";
import { useStore } from "../ui/store.ts";
import { connecting } from "./connecting.ts";

/** Beside the pointer, while a connection is dragged: what the port under it says, and why. */
export function ConnectionHint() {
  const now = useStore(connecting, (value) => value);
  const over = useConnection((connection) =>
    connection.inProgress && connection.toHandle
      ? `${connection.toHandle.nodeId}|${connection.toHandle.id ?? ""}`
      : null,
  );
  const pointer = usePointer(now !== null);
  if (!now || !over || !pointer) return null;
  const [node = "", socket = ""] = over.split("|");
  const verdict = now.judge(node, socket);
  if (!verdict) return null;
  const look = verdict.ok ? "accepts" : verdict.adapters.length ? "adapts" : "refuses";
  return (
    <div
      className={`connection-hint ${look}`}
      style={{ left: pointer.x, top: pointer.y }}
      role="status"
    >
      {verdict.ok ? "fits: drop to connect" : verdict.reason}
      {!verdict.ok &&
        verdict.adapters.length > 0 &&
        `. Drop to insert ${verdict.adapters.join(" → ")}`}
    </div>
  );
}

function usePointer(active: boolean): { readonly x: number; readonly y: number } | null {
  const [at, setAt] = useState<{ x: number; y: number } | null>(null);
  useEffect(() => {
    if (!active) return;
    const move = (event: PointerEvent) => setAt({ x: event.clientX, y: event.clientY });
    window.addEventListener("pointermove", move);
    return () => window.removeEventListener("pointermove", move);
  }, [active]);
  return active ? at : null;
}
