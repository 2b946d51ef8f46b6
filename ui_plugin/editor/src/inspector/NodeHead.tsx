import type { GraphNode } from "@mline/core";
import { BookOpen, Copy, Trash2 } from "lucide-react";
import { type CSSProperties, useEffect, useRef, useState } from "react";
import { TypeIcon } from "../canvas/NodeParts.tsx";
import { useOpen, useSession } from "../state/context.ts";
import * as gestures from "../state/gestures.ts";
import { shownType } from "../state/names.ts";
import { renameRequest } from "../state/rename-request.ts";
import { IconButton } from "../ui/Button.tsx";
import { useStore } from "../ui/store.ts";

/** Name (to be changed in place), type and documentation of a node. */
export function NodeHead({ node }: { readonly node: GraphNode }) {
  const session = useSession();
  const mayEdit = useOpen((state) => state.mayEdit);
  const type = useOpen((state) => state.types)?.types.find(({ name }) => name === node.type);
  const color = { "--type": node.color || "#64748b" } as CSSProperties;
  return (
    <header className="node-card" style={color}>
      <div className="row">
        <TypeIcon node={node} size={18} />
        <div className="grow">
          <NameField node={node} mayEdit={mayEdit} />
          <div className="node-card-type">
            {node.type ? (
              <button
                type="button"
                className="link"
                title="See it in the network of types"
                onClick={() => session.host.navigate({ to: "types", type: node.type ?? "" })}
              >
                {shownType(node.type)}
              </button>
            ) : (
              <span className="muted">{node.kind}</span>
            )}
          </div>
        </div>
        {mayEdit && (
          <>
            <IconButton
              icon={Copy}
              label="Duplicate"
              keys="Ctrl+D"
              small
              onClick={() => session.apply(gestures.duplicate(session.doc, [node.id]))}
            />
            <IconButton
              icon={Trash2}
              label="Delete"
              keys="Del"
              small
              onClick={() =>
                session.apply(gestures.remove(session.doc, [node.id], session.state.get().types))
              }
            />
          </>
        )}
      </div>
      {(node.doc || type?.doc) && (
        <p className="node-card-doc">
          <BookOpen size={13} aria-hidden="true" />
          <span>{node.doc || type?.doc}</span>
        </p>
      )}
    </header>
  );
}

function NameField({ node, mayEdit }: { readonly node: GraphNode; readonly mayEdit: boolean }) {
  const session = useSession();
  const [name, setName] = useState(node.name);
  const input = useRef<HTMLInputElement>(null);
  const asked = useStore(renameRequest, (value) => value);
  useEffect(() => {
    if (asked !== node.id) return;
    input.current?.focus();
    input.current?.select();
    renameRequest.set(null);
  }, [asked, node.id]);
  useEffect(() => setName(node.name), [node.name]);
  const commit = () => {
    if (name === node.name) return;
    if (!session.apply(gestures.rename(session.doc, node.id, name, session.state.get().types)))
      setName(node.name);
  };
  return (
    <input
      ref={input}
      className="name-field"
      aria-label={`Name of the ${node.kind}`}
      spellCheck={false}
      readOnly={!mayEdit}
      value={name}
      onChange={(event) => setName(event.target.value)}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === "Enter") commit();
        if (event.key === "Escape") setName(node.name);
        if (event.key === "Enter" || event.key === "Escape")
          document.querySelector<HTMLElement>(".canvas")?.focus();
      }}
    />
  );
}
