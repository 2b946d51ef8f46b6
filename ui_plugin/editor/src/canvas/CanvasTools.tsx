import { useReactFlow } from "@xyflow/react";
import {
  ArrowDown,
  ArrowRight,
  Maximize,
  Network,
  Plus,
  SlidersHorizontal,
  Waypoints,
  ZoomIn,
  ZoomOut,
} from "lucide-react";
import { useOpen, useSession } from "../state/context.ts";
import { IconButton } from "../ui/Button.tsx";
import { openAdd } from "./add-request.ts";
import { canvasView, useCanvasView } from "./canvas-view.ts";
import { flipDirection, useDirection } from "./flow-direction.ts";

/** The buttons at the foot of the canvas. */
export function CanvasTools() {
  const flow = useReactFlow();
  const view = useCanvasView((value) => value);
  const mayEdit = useOpen((state) => state.mayEdit);
  const session = useSession();
  const down = useDirection(session) === "down";
  return (
    <div className="canvas-tools" role="toolbar" aria-label="Canvas">
      {mayEdit && (
        <>
          <IconButton
            icon={Plus}
            label="Add a node"
            keys="/"
            onClick={(event) => {
              const box = event.currentTarget.getBoundingClientRect();
              openAdd({ x: box.left, y: box.top - 430 });
            }}
          />
          <hr />
        </>
      )}
      <IconButton icon={ZoomOut} label="Zoom out" keys="-" onClick={() => void flow.zoomOut()} />
      <IconButton icon={ZoomIn} label="Zoom in" keys="+" onClick={() => void flow.zoomIn()} />
      <IconButton icon={Maximize} label="Show all" keys="0" onClick={() => canvasView.fit()} />
      <hr />
      <IconButton
        icon={Network}
        label="Tidy up the layout"
        keys="L"
        onClick={() => canvasView.tidy()}
      />
      <IconButton
        icon={down ? ArrowDown : ArrowRight}
        label={
          down ? "Flows down; make it flow to the right" : "Flows to the right; make it flow down"
        }
        keys="O"
        onClick={() => flipDirection(session)}
      />
      <hr />
      <IconButton
        icon={SlidersHorizontal}
        label="Show parameters"
        keys="P"
        aria-pressed={view.params}
        onClick={() => canvasView.change({ params: !view.params })}
      />
      <IconButton
        icon={Waypoints}
        label="Show relations"
        keys="R"
        aria-pressed={view.relations}
        onClick={() => canvasView.change({ relations: !view.relations })}
      />
    </div>
  );
}
