import type { ReactNode } from "react";
import { Dialog } from "../ui/Dialog.tsx";
import { SearchBox, type SearchList } from "../ui/SearchList.tsx";

interface SearchDialogProps {
  readonly title: string;
  readonly search: SearchList;
  /** What is searched, for those who do not see it. */
  readonly label: string;
  readonly placeholder: string;
  /** What the rows are. */
  readonly found: string;
  /** How many rows there are, and what is said when there are none. */
  readonly count: number;
  readonly nothing: string;
  readonly onEnter: () => void;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** A dialog with a search box over the rows that it finds. */
export function SearchDialog(props: SearchDialogProps) {
  const { title, search, label, placeholder, found, count, nothing } = props;
  return (
    <Dialog title={title} onClose={props.onClose}>
      <SearchBox
        search={search}
        count={count}
        label={label}
        placeholder={placeholder}
        onEnter={props.onEnter}
      />
      <div
        ref={search.list}
        id={search.listId}
        role="listbox"
        aria-label={found}
        className="found"
        tabIndex={-1}
      >
        {props.children}
        {!count && <p className="muted nothing">{nothing}</p>}
      </div>
    </Dialog>
  );
}
