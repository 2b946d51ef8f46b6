import { CircleCheck, CircleX, Search, Shuffle } from "lucide-react";
import { type KeyboardEvent, useMemo, useState } from "react";
import { finish } from "../canvas/connect-gestures.ts";
import { useOpen, useSession } from "../state/context.ts";
import { nameOf } from "../state/names.ts";
import { Dialog } from "../ui/Dialog.tsx";
import { useStore } from "../ui/store.ts";
import { type Pair, pairsFor } from "./connect-pairs.ts";
import { connectRequest } from "./connect-request.ts";

/** Connecting by keys: every port that could be the other end, those that accept first. */
export function ConnectPicker() {
  const request = useStore(connectRequest, (value) => value);
  return request ? <Open key={request.node} {...request} /> : null;
}

type Request = NonNullable<ReturnType<typeof connectRequest.get>>;

function Open({ node, end }: Request) {
  const session = useSession();
  const view = useOpen((state) => state.view);
  const types = useOpen((state) => state.types);
  const [asked, setAsked] = useState("");
  const [at, setAt] = useState(0);
  const all = useMemo(
    () => pairsFor(session.doc, view, types, node, end),
    [session, view, types, node, end],
  );
  const pairs = all
    .filter((pair) => pair.text.toLowerCase().includes(asked.toLowerCase()))
    .slice(0, 60);
  const close = () => connectRequest.set(null);
  const choose = (pair: Pair | undefined) => {
    if (!pair) return;
    close();
    finish(session, pair.from, pair.to, { x: window.innerWidth / 2, y: window.innerHeight / 2 });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") setAt(Math.min(at + 1, pairs.length - 1));
    else if (event.key === "ArrowUp") setAt(Math.max(at - 1, 0));
    else if (event.key === "Enter") choose(pairs[at]);
    else return;
    event.preventDefault();
  };
  const title = `Connect ${nameOf(node)}${end?.port ? `.${end.port}` : ""}`;
  return (
    <Dialog title={title} onClose={close}>
      <div className="search">
        <Search size={15} aria-hidden="true" />
        <input
          className="input"
          autoFocus
          role="combobox"
          aria-expanded="true"
          aria-controls="connect-pairs"
          aria-activedescendant={pairs[at] ? `connect-pair-${at}` : undefined}
          aria-label="The other end"
          placeholder="The other end"
          value={asked}
          onChange={(event) => {
            setAsked(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <div id="connect-pairs" role="listbox" aria-label="Ends" className="found" tabIndex={-1}>
        {pairs.map((pair, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: keys go to the search box, which names this row as active
          <div
            key={pair.text}
            id={`connect-pair-${index}`}
            role="option"
            aria-selected={index === at}
            tabIndex={-1}
            className={`found-row ${look(pair)}`}
            onClick={() => choose(pair)}
          >
            <PairIcon pair={pair} />
            <code className="found-text">{pair.text}</code>
            <span className="found-detail">{pair.verdict.ok ? "fits" : pair.verdict.reason}</span>
          </div>
        ))}
        {!pairs.length && <p className="muted nothing">There is nothing to connect it with.</p>}
      </div>
    </Dialog>
  );
}

function look(pair: Pair): string {
  if (pair.verdict.ok) return "accepts";
  return pair.verdict.adapters.length ? "adapts" : "refuses";
}

function PairIcon({ pair }: { readonly pair: Pair }) {
  const Icon = { accepts: CircleCheck, adapts: Shuffle, refuses: CircleX }[look(pair)] ?? CircleX;
  return <Icon size={15} aria-hidden="true" className="pair-icon" />;
}
