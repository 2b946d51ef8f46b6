import { ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import { choices } from "../host/browser-store.ts";

interface SectionProps {
  readonly title: string;
  readonly count?: number;
  readonly closed?: boolean;
  readonly onOpen?: () => void;
  readonly children: ReactNode;
}

/** A part of the inspector that opens and closes, and stays so for the next node. */
export function Section({ title, count, closed = false, onOpen, children }: SectionProps) {
  const open = choices.read(`section.${title}`, !closed);
  return (
    <details
      className="section"
      open={open}
      onToggle={(event) => {
        choices.write(`section.${title}`, event.currentTarget.open);
        if (event.currentTarget.open) onOpen?.();
      }}
    >
      <summary>
        <ChevronRight size={14} aria-hidden="true" />
        {title}
        {count !== undefined && <span className="muted">{count}</span>}
      </summary>
      <div className="section-body">{children}</div>
    </details>
  );
}
