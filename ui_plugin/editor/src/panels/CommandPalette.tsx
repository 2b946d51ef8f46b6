import { Search } from "lucide-react";
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from "react";
import { useOpen, useSession } from "../state/context.ts";
import { Dialog } from "../ui/Dialog.tsx";
import { useStore } from "../ui/store.ts";
import { commandsOf } from "./commands.ts";
import { paletteRequest } from "./palette-request.ts";
import { findItems, type Item } from "./search-items.ts";

/** One search over everything, and all commands. */
export function CommandPalette({ save }: { readonly save: () => void }) {
  const asked = useStore(paletteRequest, (value) => value);
  return asked === null ? null : <Open save={save} />;
}

function Open({ save }: { readonly save: () => void }) {
  const session = useSession();
  const view = useOpen((state) => state.view);
  const [text, setText] = useState(paletteRequest.get() ?? "");
  const [at, setAt] = useState(0);
  const listId = useId();
  const list = useRef<HTMLDivElement>(null);
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
  useEffect(() => {
    list.current?.querySelector(`[data-at="${at}"]`)?.scrollIntoView({ block: "nearest" });
  }, [at]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") setAt(Math.min(at + 1, items.length - 1));
    else if (event.key === "ArrowUp") setAt(Math.max(at - 1, 0));
    else if (event.key === "Enter") choose(items[at]);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title="Search or do" onClose={close}>
      <div className="search">
        <Search size={15} aria-hidden="true" />
        <input
          className="input"
          autoFocus
          role="combobox"
          aria-expanded="true"
          aria-controls={listId}
          aria-activedescendant={items[at] ? `${listId}-${at}` : undefined}
          aria-label="Search nodes, types, problems, text and commands"
          placeholder="Nodes, types, problems, text, commands"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <div ref={list} id={listId} role="listbox" aria-label="Found" className="found" tabIndex={-1}>
        {items.map((item, index) => (
          <Row
            key={item.key}
            id={`${listId}-${index}`}
            at={index}
            item={item}
            first={items[index - 1]?.group !== item.group}
            chosen={index === at}
            onChoose={() => choose(item)}
          />
        ))}
        {!items.length && <p className="muted nothing">Nothing fits “{text}”.</p>}
      </div>
    </Dialog>
  );
}

interface RowProps {
  readonly id: string;
  readonly at: number;
  readonly item: Item;
  readonly first: boolean;
  readonly chosen: boolean;
  readonly onChoose: () => void;
}

function Row({ id, at, item, first, chosen, onChoose }: RowProps) {
  return (
    <>
      {first && (
        <div className="found-group" aria-hidden="true">
          {item.group}
        </div>
      )}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: keys go to the search box, which names this row as active */}
      <div
        id={id}
        data-at={at}
        role="option"
        aria-selected={chosen}
        tabIndex={-1}
        className="found-row"
        onClick={onChoose}
      >
        <span className="found-text">{item.text}</span>
        <span className="found-detail">{item.detail}</span>
        {item.keys && <kbd>{item.keys}</kbd>}
      </div>
    </>
  );
}
