import type { NodeId } from "@mline/core";
import { useState } from "react";
import { groupingOf, makeGroup } from "../canvas/grouping.ts";
import { useSession } from "../state/context.ts";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { Field } from "../ui/Field.tsx";
import { useStore } from "../ui/store.ts";
import { groupRequest } from "./group-request.ts";

/** Puts the chosen nodes into one frame of the canvas. */
export function GroupDialog() {
  const nodes = useStore(groupRequest, (value) => value);
  return nodes && <Open nodes={nodes} />;
}

function Open({ nodes }: { readonly nodes: readonly NodeId[] }) {
  const session = useSession();
  const [title, setTitle] = useState(`Group ${groupingOf(session).get().own.length + 1}`);
  const close = () => groupRequest.set(null);
  const group = () => {
    makeGroup(session, title.trim(), nodes);
    close();
  };
  const few = nodes.length < 2;
  return (
    <Dialog
      title={few ? "Group nodes" : `Group ${nodes.length} nodes`}
      onClose={close}
      footer={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button look="primary" disabled={few || !title.trim()} onClick={group}>
            Group
          </Button>
        </>
      }
    >
      {few ? (
        <p>Choose two nodes or more: with Shift and the arrow keys, or with Shift and the mouse.</p>
      ) : (
        <form
          className="fields"
          onSubmit={(event) => {
            event.preventDefault();
            if (title.trim()) group();
          }}
        >
          <Field
            label="Name"
            doc="A frame on the canvas, which collapses to one node. It is kept in your browser; the file stays as it is."
          >
            {(id) => (
              <input
                id={id}
                className="input"
                value={title}
                onFocus={(event) => event.target.select()}
                onChange={(event) => setTitle(event.target.value)}
              />
            )}
          </Field>
        </form>
      )}
    </Dialog>
  );
}
