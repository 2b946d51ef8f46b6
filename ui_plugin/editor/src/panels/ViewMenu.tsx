import { Code, PanelLeft, PanelRight, TriangleAlert } from "lucide-react";
import { IconButton } from "../ui/Button.tsx";
import { panels, usePanels } from "./panels.ts";

const PANELS = [
  { name: "left", icon: PanelLeft, label: "Outline", keys: "Ctrl+1" },
  { name: "inspector", icon: PanelRight, label: "Inspector", keys: "Ctrl+2" },
  { name: "source", icon: Code, label: "Source", keys: "Ctrl+3" },
  { name: "problems", icon: TriangleAlert, label: "Problems", keys: "Ctrl+4" },
] as const;

/** Which panels are open. */
export function ViewMenu() {
  const open = usePanels();
  return (
    <div className="row tight" role="toolbar" aria-label="Panels">
      {PANELS.map(({ name, ...button }) => (
        <IconButton
          key={name}
          {...button}
          aria-pressed={open[name]}
          onClick={() => panels.toggle(name)}
        />
      ))}
    </div>
  );
}
