import type { ExperimentInfo } from "@mline/core";
import { useId, useState } from "react";
import { useHost } from "../app/host-context.ts";
import { plural } from "../state/names.ts";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { Dependents } from "./Dependents.tsx";

interface RenameDialogProps {
  readonly one: ExperimentInfo;
  readonly onClose: () => void;
}

/** Another path for a file; experiments that take from it are changed with it. */
export function RenameDialog({ one, onClose }: RenameDialogProps) {
  const host = useHost();
  const [path, setPath] = useState(one.path);
  const [wrong, setWrong] = useState<string | null>(null);
  const id = useId();
  const rename = async () => {
    try {
      const done = await host.experiments?.rename(one.path, path);
      const changed = done?.dependents.length ?? 0;
      host.notify({
        level: "success",
        text: `Renamed to ${path}${changed ? `; ${plural(changed, "experiment")} changed with it` : ""}.`,
      });
      onClose();
    } catch (error) {
      setWrong(error instanceof Error ? error.message : "It cannot be renamed.");
    }
  };
  return (
    <Dialog
      title={`Rename ${one.experiment || one.path}`}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="primary"
            disabled={path === one.path || !path.trim()}
            onClick={() => void rename()}
          >
            Rename
          </Button>
        </>
      }
    >
      <div className="field">
        <label htmlFor={id}>Path</label>
        <input
          id={id}
          className="input code"
          value={path}
          spellCheck={false}
          onChange={(event) => setPath(event.target.value)}
        />
      </div>
      <Dependents path={one.path} text="take something from it" />
      {wrong && (
        <p className="field-error" role="alert">
          {wrong}
        </p>
      )}
    </Dialog>
  );
}
