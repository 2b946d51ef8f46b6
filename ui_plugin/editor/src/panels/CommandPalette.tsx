import { useMemo } from "react";
import { useOpen, useSession } from "../state/context.ts";
import { type SearchList, SearchRow, useSearchList } from "../ui/SearchList.tsx";
import { useStore } from "../ui/store.ts";
import { commandsOf } from "./commands.ts";
import { paletteRequest } from "./palette-request.ts";
import { SearchDialog } from "./SearchDialog.tsx";
import { findItems, type Item } from "./search-items.ts";

/** One search over everything, and all commands. */
export function CommandPalette({ save }: { readonly save: () => void }) {
  const asked = useStore(paletteRequest, (value) => value);
  return asked === null ? null : <Open save={save} />;
}

function Open({ save }: { readonly save: () => void }) {
  const session = useSession();
  const view = useOpen((state) => state.view);
  const search = useSearchList(paletteRequest.get() ?? "");
  const text = search.asked;
  const commands = useMemo(() => commandsOf(session, save), [session, save]);
  const items = useMemo(
    () => (view ? findItems(session, commands, text) : []),
    [session, commands, text, view],
  );
  const close = () => paletteRequest.set(null);
  const choose = (item: Item | undefined) => {
    if (!item) return;
    close();
    item.run();
  };
  return (
    <SearchDialog
      title="Search or do"
      search={search}
      label="Search nodes, types, problems, text and commands"
      placeholder="Nodes, types, problems, text, commands"
      found="Found"
      count={items.length}
      nothing={`Nothing fits “${text}”.`}
      onEnter={() => choose(items[search.at])}
      onClose={close}
    >
      {items.map((item, index) => (
        <Row
          key={item.key}
          search={search}
          at={index}
          item={item}
          first={items[index - 1]?.group !== item.group}
          onChoose={() => choose(item)}
        />
      ))}
    </SearchDialog>
  );
}

interface RowProps {
  readonly search: SearchList;
  readonly at: number;
  readonly item: Item;
  readonly first: boolean;
  readonly onChoose: () => void;
}

function Row({ search, at, item, first, onChoose }: RowProps) {
  return (
    <>
      {first && (
        <div className="found-group" aria-hidden="true">
          {item.group}
        </div>
      )}
      <SearchRow search={search} at={at} className="found-row" onChoose={onChoose}>
        <span className="found-text">{item.text}</span>
        <span className="found-detail">{item.detail}</span>
        {item.keys && <kbd>{item.keys}</kbd>}
      </SearchRow>
    </>
  );
}
