import { type KeyboardEvent, type PointerEvent, useRef } from "react";
import { panels, type SizeName, usePanels } from "./panels.ts";

interface SplitterProps {
  readonly name: SizeName;
  /** Which side of the splitter grows when it is moved away from that side. */
  readonly from: "left" | "right" | "top";
  readonly label: string;
}

/** A line between two panels that is moved by mouse or by arrow keys. */
export function Splitter({ name, from, label }: SplitterProps) {
  const size = usePanels()[name];
  const start = useRef<{
    readonly at: number;
    readonly size: number;
    readonly whole: number;
  } | null>(null);
  const flat = from === "top";

  const onPointerDown = (event: PointerEvent<HTMLElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    const whole = event.currentTarget.parentElement?.clientHeight ?? 1;
    start.current = { at: flat ? event.clientY : event.clientX, size, whole };
  };
  const onPointerMove = (event: PointerEvent) => {
    const began = start.current;
    if (!began) return;
    const moved = (flat ? event.clientY : event.clientX) - began.at;
    const grown = from === "right" ? -moved : moved;
    panels.resize(name, began.size + (flat ? (grown / began.whole) * 100 : grown));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = flat ? 4 : 24;
    const forward = flat ? "ArrowDown" : from === "right" ? "ArrowLeft" : "ArrowRight";
    const backward = flat ? "ArrowUp" : from === "right" ? "ArrowRight" : "ArrowLeft";
    if (event.key === forward) panels.resize(name, size + step);
    else if (event.key === backward) panels.resize(name, size - step);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a separator that moves is a widget; <hr> is not
    <div
      role="separator"
      aria-label={label}
      aria-orientation={flat ? "horizontal" : "vertical"}
      aria-valuenow={Math.round(size)}
      tabIndex={0}
      className={flat ? "splitter flat" : "splitter"}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={() => {
        start.current = null;
      }}
      onKeyDown={onKeyDown}
    />
  );
}
