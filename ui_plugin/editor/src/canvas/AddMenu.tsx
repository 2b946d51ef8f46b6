import type { TypeInfo } from "@mline/core";
import { useMemo } from "react";
import { TypeList } from "../panels/TypeList.tsx";
import { useOpen, useSession } from "../state/context.ts";
import * as gestures from "../state/gestures.ts";
import { nameOf } from "../state/names.ts";
import { recentTypes } from "../state/recent.ts";
import { useStore } from "../ui/store.ts";
import { addRequest } from "./add-request.ts";

/** A search of types at the pointer; from a port it lists only what fits there. */
export function AddMenu() {
  const request = useStore(addRequest, (value) => value);
  const session = useSession();
  const types = useOpen((state) => state.types);
  const view = useOpen((state) => state.view);
  const mayEdit = useOpen((state) => state.mayEdit);
  const end = request?.end;
  const offered = useMemo(
    () => (end ? gestures.fitting(view, types, end) : gestures.usable(types)),
    [end, view, types],
  );
  if (!request || !mayEdit) return null;
  const close = () => addRequest.set(null);
  const choose = (type: TypeInfo) => {
    close();
    recentTypes.used(type.name);
    session.apply(gestures.addOfType(session.doc, view, type, types, end));
  };
  const left = Math.max(8, Math.min(request.at.x, window.innerWidth - 352));
  const top = Math.max(8, Math.min(request.at.y, window.innerHeight - 432));
  return (
    <div
      className="add-menu"
      role="dialog"
      aria-label="Add a node"
      style={{ left, top }}
      onKeyDown={(event) => {
        if (event.key === "Escape") close();
      }}
      onBlur={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) close();
      }}
    >
      {end && (
        <p className="add-menu-end">
          {end.kind === "source" ? "What takes " : "What gives "}
          <code>
            {nameOf(end.node)}
            {end.port ? `.${end.port}` : ""}
          </code>
        </p>
      )}
      <TypeList
        types={offered}
        label="Type of the new node"
        autoFocus
        recent={recentTypes.get()}
        onChoose={choose}
        nothing={types ? "No type that is in use here fits." : "The types are being read …"}
      />
    </div>
  );
}
