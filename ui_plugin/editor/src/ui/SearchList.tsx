import { Search } from "lucide-react";
import {
  type HTMLAttributes,
  type KeyboardEvent,
  type RefObject,
  useEffect,
  useId,
  useRef,
  useState,
} from "react";

/** A search box over a list whose rows keys go through; the focus stays in the box. */
export interface SearchList {
  readonly asked: string;
  readonly at: number;
  readonly listId: string;
  readonly list: RefObject<HTMLDivElement | null>;
  readonly ask: (text: string) => void;
  readonly move: (by: number, count: number) => void;
}

export function useSearchList(first = ""): SearchList {
  const [asked, setAsked] = useState(first);
  const [at, setAt] = useState(0);
  const listId = useId();
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.querySelector(`[data-at="${at}"]`)?.scrollIntoView({ block: "nearest" });
  }, [at]);
  return {
    asked,
    at,
    listId,
    list,
    ask: (text) => {
      setAsked(text);
      setAt(0);
    },
    move: (by, count) => setAt((now) => Math.max(0, Math.min(now + by, count - 1))),
  };
}

interface SearchBoxProps {
  readonly search: SearchList;
  /** How many rows there are. */
  readonly count: number;
  readonly label: string;
  readonly placeholder: string;
  readonly autoFocus?: boolean;
  readonly onEnter: () => void;
}

export function SearchBox(props: SearchBoxProps) {
  const { search, count, label, placeholder, autoFocus, onEnter } = props;
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (autoFocus) input.current?.focus();
  }, [autoFocus]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") search.move(1, count);
    else if (event.key === "ArrowUp") search.move(-1, count);
    else if (event.key === "Enter") onEnter();
    else return;
    event.preventDefault();
  };
  return (
    <div className="search">
      <Search size={15} aria-hidden="true" />
      <input
        ref={input}
        className="input"
        role="combobox"
        aria-expanded="true"
        aria-controls={search.listId}
        aria-activedescendant={search.at < count ? rowId(search, search.at) : undefined}
        aria-label={label}
        placeholder={placeholder}
        value={search.asked}
        onChange={(event) => search.ask(event.target.value)}
        onKeyDown={onKeyDown}
      />
    </div>
  );
}

interface SearchRowProps extends Omit<HTMLAttributes<HTMLDivElement>, "onClick"> {
  readonly search: SearchList;
  readonly at: number;
  readonly onChoose: () => void;
}

/** A row that is found. Keys go to the search box, which names the row as active. */
export function SearchRow({ search, at, onChoose, ...rest }: SearchRowProps) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: keys go to the search box
    <div
      {...rest}
      id={rowId(search, at)}
      role="option"
      aria-selected={at === search.at}
      tabIndex={-1}
      data-at={at}
      onClick={onChoose}
    />
  );
}

function rowId({ listId }: SearchList, at: number): string {
  return `${listId}-${at}`;
}
