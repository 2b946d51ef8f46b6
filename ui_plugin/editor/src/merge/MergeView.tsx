import type { SaveConflict } from "@mline/core";
import { GitMerge } from "lucide-react";
import { useMemo, useState } from "react";
import { useSession } from "../state/context.ts";
import { plural } from "../state/names.ts";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { HunkCard } from "./HunkCard.tsx";
import { type Choice, hunksOf, merged, standardChoice } from "./three-way.ts";

interface MergeProps {
  readonly conflict: SaveConflict;
  readonly onDone: (text: string) => void;
  readonly onClose: () => void;
}

/** Somebody else saved first: what both did is merged, and where they collide the user chooses. */
export function MergeView({ conflict, onDone, onClose }: MergeProps) {
  const session = useSession();
  const { current, base } = conflict;
  const hunks = useMemo(
    () => hunksOf(session.doc.text, base?.text ?? null, current.text),
    [session, base, current],
  );
  const [choices, setChoices] = useState<ReadonlyMap<number, Choice>>(new Map());
  const open = hunks.filter((hunk, index) => !choices.has(index) && !standardChoice(hunk)).length;
  const text = merged(hunks, choices);
  const changes = hunks.filter(({ kind }) => kind !== "same").length;
  return (
    <Dialog
      title="Somebody else saved this file"
      wide
      onClose={onClose}
      footer={
        <>
          <span className="grow muted" role="status">
            {open ? `${plural(open, "conflict")} to decide` : "Everything is decided."}
          </span>
          <Button onClick={onClose}>Keep editing</Button>
          <Button
            look="primary"
            icon={GitMerge}
            disabled={text === null}
            onClick={() => text !== null && onDone(text)}
          >
            Merge and save
          </Button>
        </>
      }
    >
      <p className="merge-who">
        <strong>{current.by}</strong> saved it on {new Date(current.at).toLocaleString()}, while you
        were editing. Nothing is lost: your text and theirs differ in {plural(changes, "place")}.
        What only one of you changed is taken as it is, unless you choose otherwise.
      </p>
      <div className="hunks">
        {hunks.map((hunk, index) => (
          <HunkCard
            // biome-ignore lint/suspicious/noArrayIndexKey: hunks have no other identity, and never move
            key={index}
            hunk={hunk}
            number={index}
            choice={choices.get(index) ?? standardChoice(hunk)}
            choose={(choice) => setChoices(new Map([...choices, [index, choice]]))}
          />
        ))}
      </div>
    </Dialog>
  );
}
