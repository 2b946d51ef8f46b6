import { GroupDialog } from "./GroupDialog.tsx";
import { Help } from "./Help.tsx";
import { SweepDialog } from "./SweepDialog.tsx";

/** What opens now and then; it is read when it is first asked for. */
export function Dialogs() {
  return (
    <>
      <SweepDialog />
      <GroupDialog />
      <Help />
    </>
  );
}
