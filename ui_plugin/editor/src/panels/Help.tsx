import { Fragment } from "react";
import { useSession } from "../state/context.ts";
import { Dialog } from "../ui/Dialog.tsx";
import { useStore } from "../ui/store.ts";
import { commandsOf } from "./commands.ts";
import { helpOpen } from "./help-open.ts";

const MOVES = [
  ["Arrows", "Go along the edges"],
  ["Shift+Arrows", "Choose one more"],
  ["Shift+drag", "Choose by a frame"],
] as const;

/** All keys. */
export function Help() {
  const open = useStore(helpOpen, (value) => value);
  const session = useSession();
  if (!open) return null;
  const commands = commandsOf(session, () => undefined).filter(({ keys }) => keys.length);
  return (
    <Dialog title="Keys" wide onClose={() => helpOpen.set(false)}>
      <div className="help">
        {(["Edit", "Graph", "View", "File"] as const).map((group) => (
          <section key={group}>
            <h3>{group}</h3>
            <dl>
              {group === "Graph" &&
                MOVES.map(([keys, title]) => (
                  <Fragment key={keys}>
                    <dt>{title}</dt>
                    <dd>
                      <kbd>{keys}</kbd>
                    </dd>
                  </Fragment>
                ))}
              {commands
                .filter((command) => command.group === group)
                .map((command) => (
                  <Fragment key={command.id}>
                    <dt>{command.title}</dt>
                    <dd>
                      {command.keys.map((key) => (
                        <kbd key={key}>{key}</kbd>
                      ))}
                    </dd>
                  </Fragment>
                ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
