import type { ExperimentInfo } from "@mline/core";
import { useState } from "react";
import { useHost } from "../app/host-context.ts";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { Dependents } from "./Dependents.tsx";

interface DeleteDialogProps {
  readonly one: ExperimentInfo;
  readonly onClose: () => void;
}

/** Deleting says first what depends on the file; its history stays in Git. */
export function DeleteDialog({ one, onClose }: DeleteDialogProps) {
  const host = useHost();
  const [wrong, setWrong] = useState<string | null>(null);
  const remove = async () => {
    try {
      await host.experiments?.remove(one.path, one.revision);
      host.draft.write(one.path, null);
      host.notify({ level: "success", text: `${one.path} is deleted.` });
      onClose();
    } catch (error) {
      setWrong(error instanceof Error ? error.message : "It cannot be deleted.");
    }
  };
  return (
    <Dialog
      title={`Delete ${one.experiment || one.path}?`}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="danger" onClick={() => void remove()}>
            Delete
          </Button>
        </>
      }
    >
      <p>
        The file <code>{one.path}</code> goes, and its DAG with it. What was saved stays in the
        history of the repository.
      </p>
      <Dependents path={one.path} text="take something from it and will have errors" />
      {wrong && (
        <p className="field-error" role="alert">
          {wrong}
        </p>
      )}
    </Dialog>
  );
}
