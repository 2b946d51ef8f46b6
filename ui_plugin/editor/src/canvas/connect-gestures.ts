import type {
  Connection,
  FinalConnectionState,
  HandleType,
  OnConnectStartParams,
  ReactFlowProps,
} from "@xyflow/react";
import { useCallback, useMemo, useRef } from "react";
import { useSession } from "../state/context.ts";
import * as gestures from "../state/gestures.ts";
import type { Session } from "../state/session.ts";
import { openAdd } from "./add-request.ts";
import { connecting, type End, portOf, type Verdict } from "./connecting.ts";
import type { FlowEdge, FlowNode } from "./model.ts";
import { offerWays } from "./ways.ts";

type Wanted = Pick<
  ReactFlowProps<FlowNode, FlowEdge>,
  | "onConnectStart"
  | "onConnectEnd"
  | "isValidConnection"
  | "onReconnect"
  | "onReconnectStart"
  | "onReconnectEnd"
>;

/** Making and moving edges by mouse. All of it ends in gestures on the text. */
export function useConnectGestures(readOnly: boolean): Wanted {
  const session = useSession();
  const moving = useRef<string | null>(null);

  const begin = useCallback(
    (from: End) => connecting.set({ from, judge: judge(session, from) }),
    [session],
  );

  const onConnectStart = useCallback(
    (_: unknown, { nodeId, handleId, handleType }: OnConnectStartParams) => {
      if (nodeId && handleType) begin(endOf(nodeId, handleId, handleType));
    },
    [begin],
  );

  const onConnectEnd = useCallback(
    (event: MouseEvent | TouchEvent, state: FinalConnectionState) => {
      // An edge that is moved ends here as well, and first: `onReconnectEnd` needs the verdicts yet.
      if (moving.current) return;
      const now = connecting.get();
      connecting.set(null);
      if (!now) return;
      const at = pointOf(event);
      const target = state.toHandle;
      if (!target) return openAdd(at, now.from);
      finish(session, now.from, endOf(target.nodeId, target.id, target.type), at);
    },
    [session],
  );

  const onReconnectStart = useCallback(
    (_: unknown, edge: FlowEdge, fixed: HandleType) => {
      moving.current = edge.id;
      const node = fixed === "source" ? edge.source : edge.target;
      const handle = fixed === "source" ? edge.sourceHandle : edge.targetHandle;
      begin(endOf(node, handle, fixed));
    },
    [begin],
  );

  const onReconnectEnd = useCallback(
    (
      _event: MouseEvent | TouchEvent,
      edge: FlowEdge,
      _: HandleType,
      state: FinalConnectionState,
    ) => {
      const now = connecting.get();
      connecting.set(null);
      moving.current = null;
      const target = state.toHandle;
      const drawn = edge.data?.edge;
      // Let go over nothing: the edge stays. Deleting is a key, never a slip of the mouse.
      if (!now || !target || !drawn) return;
      const to = endOf(target.nodeId, target.id, target.type);
      const verdict = now.judge(to.node, target.id ?? "");
      if (verdict && !verdict.ok && !verdict.adapters.length) {
        session.host.notify({ level: "warning", text: verdict.reason });
        return;
      }
      session.apply(gestures.rewire(session.doc, drawn, to, session.state.get().types));
    },
    [session],
  );

  const isValidConnection = useCallback((connection: Connection | FlowEdge) => {
    const now = connecting.get();
    if (!now) return false;
    const forward = now.from.kind === "source";
    const node = forward ? connection.target : connection.source;
    const handle = forward ? connection.targetHandle : connection.sourceHandle;
    const verdict = now.judge(node, handle ?? "");
    return verdict !== null && (verdict.ok || verdict.adapters.length > 0);
  }, []);

  return useMemo(
    () =>
      readOnly
        ? {}
        : {
            onConnectStart,
            onConnectEnd,
            isValidConnection,
            onReconnectStart,
            onReconnectEnd,
            onReconnect: () => undefined,
          },
    [readOnly, onConnectStart, onConnectEnd, isValidConnection, onReconnectStart, onReconnectEnd],
  );
}

/** Connects two ends, or says why not and what would help. */
export function finish(
  session: Session,
  from: End,
  to: End,
  at: { readonly x: number; readonly y: number },
): void {
  const { types } = session.state.get();
  const verdict = gestures.judge(session.doc, types, from, to);
  if (verdict.ok) session.apply(gestures.connect(session.doc, from, to, types));
  else offerWays.set({ at, from, to, verdict });
}

export function endOf(node: string, handle: string | null | undefined, kind: HandleType): End {
  const port = portOf(handle);
  return { node, kind, ...(port ? { port } : {}) };
}

function judge(session: Session, from: End): (node: string, socket: string) => Verdict | null {
  const known = new Map<string, Verdict | null>();
  const { doc, types } = session.state.get();
  return (node, socket) => {
    const key = `${node}|${socket}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const kind =
      socket.startsWith("out") || (socket === "lane" && node.startsWith("service:"))
        ? "source"
        : "target";
    const verdict =
      kind === from.kind || node === from.node
        ? null
        : gestures.judge(doc, types, from, endOf(node, socket, kind));
    known.set(key, verdict);
    return verdict;
  };
}

function pointOf(event: MouseEvent | TouchEvent): { readonly x: number; readonly y: number } {
  const touch = "changedTouches" in event ? event.changedTouches[0] : event;
  return { x: touch?.clientX ?? 0, y: touch?.clientY ?? 0 };
}
