import { useEffect, useRef } from "react";
import { useSession } from "../state/context.ts";
import * as gestures from "../state/gestures.ts";
import { useStore } from "../ui/store.ts";
import { offerWays } from "./ways.ts";

/** Two ends do not fit: insert the adapter, connect with a marked error, or leave it. */
export function WaysMenu() {
  const ways = useStore(offerWays, (value) => value);
  const session = useSession();
  const menu = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (ways) menu.current?.querySelector("button")?.focus();
  }, [ways]);
  if (!ways) return null;
  const { from, to, verdict, at } = ways;
  const close = () => offerWays.set(null);
  const { types } = session.state.get();
  return (
    <div
      ref={menu}
      className="menu ways"
      role="menu"
      aria-label="These two do not fit"
      tabIndex={-1}
      style={{
        left: Math.min(at.x, window.innerWidth - 340),
        top: Math.min(at.y, window.innerHeight - 190),
      }}
      onKeyDown={(event) => event.key === "Escape" && close()}
      onBlur={(event) => !event.currentTarget.contains(event.relatedTarget) && close()}
    >
      <p>{verdict.reason}</p>
      {verdict.adapters.length > 0 && (
        <button
          type="button"
          role="menuitem"
          onClick={() => {
            session.apply(gestures.connect(session.doc, from, to, types));
            close();
          }}
        >
          Insert {verdict.adapters.join(" → ")}
        </button>
      )}
      {verdict.typesOnly && !verdict.adapters.length && (
        <button
          type="button"
          role="menuitem"
          onClick={() => {
            session.apply(gestures.connect(session.doc, from, to, types));
            close();
          }}
        >
          Connect all the same
          <span className="muted">marked as a problem</span>
        </button>
      )}
      <button type="button" role="menuitem" onClick={close}>
        Leave it
      </button>
    </div>
  );
}
