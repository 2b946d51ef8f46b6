import { CircleCheck, CircleX, Shuffle } from "lucide-react";
import { useMemo } from "react";
import { finish } from "../canvas/connect-gestures.ts";
import { useOpen, useSession } from "../state/context.ts";
import { nameOf } from "../state/names.ts";
import { SearchRow, useSearchList } from "../ui/SearchList.tsx";
import { useStore } from "../ui/store.ts";
import { type Pair, pairsFor } from "./connect-pairs.ts";
import { connectRequest } from "./connect-request.ts";
import { SearchDialog } from "./SearchDialog.tsx";

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
  const search = useSearchList();
  const all = useMemo(
    () => pairsFor(session.doc, view, types, node, end),
    [session, view, types, node, end],
  );
  const pairs = all
    .filter((pair) => pair.text.toLowerCase().includes(search.asked.toLowerCase()))
    .slice(0, 60);
  const close = () => connectRequest.set(null);
  const choose = (pair: Pair | undefined) => {
    if (!pair) return;
    close();
    finish(session, pair.from, pair.to, { x: window.innerWidth / 2, y: window.innerHeight / 2 });
  };
  const title = `Connect ${nameOf(node)}${end?.port ? `.${end.port}` : ""}`;
  return (
    <SearchDialog
      title={title}
      search={search}
      label="The other end"
      placeholder="The other end"
      found="Ends"
      count={pairs.length}
      nothing="There is nothing to connect it with."
      onEnter={() => choose(pairs[search.at])}
      onClose={close}
    >
      {pairs.map((pair, index) => (
        <SearchRow
          key={pair.text}
          search={search}
          at={index}
          className={`found-row ${look(pair)}`}
          onChoose={() => choose(pair)}
        >
          <PairIcon pair={pair} />
          <code className="found-text">{pair.text}</code>
          <span className="found-detail">{pair.verdict.ok ? "fits" : pair.verdict.reason}</span>
        </SearchRow>
      ))}
    </SearchDialog>
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
