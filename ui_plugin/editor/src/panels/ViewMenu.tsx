import { Code, PanelLeft, PanelRight, TriangleAlert } from "lucide-react";
import { IconButton } from "../ui/Button.tsx";
import { panels, usePanels } from "./panels.ts";

/** Which panels are open. */
export function ViewMenu() {
  const open = usePanels();
  return (
    <div className="row tight" role="toolbar" aria-label="Panels">
      <IconButton
        icon={PanelLeft}
        label="Outline"
        keys="Ctrl+1"
        aria-pressed={open.left}
        onClick={() => panels.toggle("left")}
      />
      <IconButton
        icon={PanelRight}
        label="Inspector"
        keys="Ctrl+2"
        aria-pressed={open.inspector}
        onClick={() => panels.toggle("inspector")}
      />
      <IconButton
        icon={Code}
        label="Source"
        keys="Ctrl+3"
        aria-pressed={open.source}
        onClick={() => panels.toggle("source")}
      />
      <IconButton
        icon={TriangleAlert}
        label="Problems"
        keys="Ctrl+4"
        aria-pressed={open.problems}
        onClick={() => panels.toggle("problems")}
      />
    </div>
  );
}
