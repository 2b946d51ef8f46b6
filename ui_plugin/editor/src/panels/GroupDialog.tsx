import { useState } from "react";
import { groupingOf, makeGroup, renameGroup } from "../canvas/grouping.ts";
import { useSession } from "../state/context.ts";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { Field } from "../ui/Field.tsx";
import { useStore } from "../ui/store.ts";
import { type GroupRequest, groupRequest } from "./group-request.ts";

/** Puts the chosen nodes into one frame of the canvas, or gives a frame another name. */
export function GroupDialog() {
  const request = useStore(groupRequest, (value) => value);
  if (!request) return null;
  return "nodes" in request && request.nodes.length < 2 ? <Few /> : <Name request={request} />;
}

const close = () => groupRequest.set(null);

function Few() {
  return (
    <Dialog title="Group nodes" onClose={close} footer={<Button onClick={close}>Close</Button>}>
      <p>Choose two nodes or more: with Shift and the arrow keys, or with Shift and the mouse.</p>
    </Dialog>
  );
}

function Name({ request }: { readonly request: GroupRequest }) {
  const session = useSession();
  const [title, setTitle] = useState(() =>
    "nodes" in request ? `Group ${groupingOf(session).get().own.length + 1}` : request.title,
  );
  const name = () => {
    if (!title.trim()) return;
    if ("nodes" in request) makeGroup(session, title.trim(), request.nodes);
    else renameGroup(session, request.group, title.trim());
    close();
  };
  const verb = "nodes" in request ? "Group" : "Rename";
  return (
    <Dialog
      title={"nodes" in request ? `Group ${request.nodes.length} nodes` : `Rename ${request.title}`}
      onClose={close}
      footer={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button look="primary" disabled={!title.trim()} onClick={name}>
            {verb}
          </Button>
        </>
      }
    >
      <form
        className="fields"
        onSubmit={(event) => {
          event.preventDefault();
          name();
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
    </Dialog>
  );
}
