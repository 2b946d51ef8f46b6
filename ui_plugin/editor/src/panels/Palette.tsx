import { useOpen, useSession } from "../state/context.ts";
import * as gestures from "../state/gestures.ts";
import { recentTypes } from "../state/recent.ts";
import { TypeList } from "./TypeList.tsx";

/** All types that this experiment may use; chosen or dragged onto the canvas. */
export function Palette() {
  const session = useSession();
  const types = useOpen((state) => state.types);
  return (
    <TypeList
      types={gestures.usable(types)}
      label="Types that can be added"
      draggable
      recent={recentTypes.get()}
      nothing={types ? "No types are in use here." : "The types are being read …"}
      onChoose={(type) => {
        recentTypes.used(type.name);
        session.apply(gestures.addOfType(session.doc, session.state.get().view, type, types));
      }}
    />
  );
}
