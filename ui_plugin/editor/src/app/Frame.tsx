import { Network, Workflow } from "lucide-react";
import type { ReactNode } from "react";
import { useWho } from "./host-context.ts";

/** The pages around the editor: a bar with the places to go, and the page. */
export function Frame({
  page,
  children,
}: {
  readonly page: "list" | "types";
  readonly children: ReactNode;
}) {
  const who = useWho();
  return (
    <div className="frame">
      <nav className="frame-bar" aria-label="MLine">
        <span className="brand">
          <Mark />
          MLine
        </span>
        <a href="#/" aria-current={page === "list" ? "page" : undefined}>
          <Workflow size={15} aria-hidden="true" /> Experiments
        </a>
        <a href="#/types" aria-current={page === "types" ? "page" : undefined}>
          <Network size={15} aria-hidden="true" /> Types
        </a>
        <span className="grow" />
        {who && <span className="muted">{who.project}</span>}
      </nav>
      <main className="frame-page">{children}</main>
    </div>
  );
}

/** Three nodes on a line. */
function Mark() {
  return (
    <svg width="22" height="22" viewBox="0 0 22 22" aria-hidden="true" className="mark">
      <path
        d="M4 15.5 L9 7 L13.5 14 L18 6.5"
        fill="none"
        stroke="currentColor"
        strokeWidth="2"
        strokeLinejoin="round"
      />
      <circle cx="4" cy="15.5" r="2.6" />
      <circle cx="9" cy="7" r="2.6" />
      <circle cx="13.5" cy="14" r="2.6" />
      <circle cx="18" cy="6.5" r="2.6" />
    </svg>
  );
}
