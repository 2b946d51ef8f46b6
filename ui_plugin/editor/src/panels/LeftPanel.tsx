import { useState } from "react";
import { useOpen } from "../state/context.ts";
import { Outline } from "./Outline.tsx";
import { Palette } from "./Palette.tsx";

/** Outline of what is there, palette of what can be added. */
export function LeftPanel() {
  const [tab, setTab] = useState<"outline" | "palette">("outline");
  const mayEdit = useOpen((state) => state.mayEdit);
  return (
    <div className="left-panel">
      <div role="tablist" aria-label="Outline and palette" className="tabs">
        <Tab id="outline" now={tab} choose={setTab} text="Outline" />
        {mayEdit && <Tab id="palette" now={tab} choose={setTab} text="Add" />}
      </div>
      <div role="tabpanel" id={`panel-${tab}`} aria-labelledby={`tab-${tab}`} className="tab-panel">
        {tab === "outline" ? <Outline /> : <Palette />}
      </div>
    </div>
  );
}

type TabName = "outline" | "palette";

interface TabProps {
  readonly id: TabName;
  readonly now: TabName;
  readonly choose: (tab: TabName) => void;
  readonly text: string;
}

function Tab({ id, now, choose, text }: TabProps) {
  return (
    <button
      type="button"
      role="tab"
      id={`tab-${id}`}
      aria-controls={`panel-${id}`}
      aria-selected={id === now}
      tabIndex={id === now ? 0 : -1}
      onClick={() => choose(id)}
      onKeyDown={(event) => {
        if (event.key !== "ArrowRight" && event.key !== "ArrowLeft") return;
        event.stopPropagation();
        choose(id === "outline" ? "palette" : "outline");
        const other = id === "outline" ? "palette" : "outline";
        document.getElementById(`tab-${other}`)?.focus();
      }}
    >
      {text}
    </button>
  );
}
