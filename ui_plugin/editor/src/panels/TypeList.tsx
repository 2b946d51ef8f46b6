import type { TypeInfo } from "@mline/core";
import { type CSSProperties, useMemo } from "react";
import { TYPE_MIME } from "../canvas/type-drop.ts";
import { iconOf } from "../ui/icons.ts";
import { SearchBox, type SearchList, SearchRow, useSearchList } from "../ui/SearchList.tsx";
import { nameWithin } from "./type-search.ts";

interface TypeListProps {
  readonly types: readonly TypeInfo[];
  readonly onChoose: (type: TypeInfo) => void;
  readonly label: string;
  readonly autoFocus?: boolean;
  readonly draggable?: boolean;
  readonly recent?: readonly string[];
  readonly nothing: string;
}

/** Types by library, searched by typing, chosen by Enter, click or by dragging them onto the canvas. */
export function TypeList({
  types,
  onChoose,
  label,
  autoFocus,
  draggable,
  recent = [],
  nothing,
}: TypeListProps) {
  const search = useSearchList();
  const { asked } = search;
  const groups = useMemo(() => grouped(types, asked, recent), [types, asked, recent]);
  const flat = useMemo(() => groups.flatMap((group) => group.types), [groups]);
  const choose = () => {
    const current = flat[search.at];
    if (current) onChoose(current);
  };

  let index = -1;
  return (
    <div className="type-list">
      <SearchBox
        search={search}
        count={flat.length}
        label={label}
        placeholder="Search types"
        autoFocus={autoFocus ?? false}
        onEnter={choose}
      />
      <div
        ref={search.list}
        id={search.listId}
        role="listbox"
        aria-label={label}
        className="type-rows"
        tabIndex={-1}
      >
        {!flat.length && (
          <p className="muted nothing">{asked ? `Nothing is called “${asked}”.` : nothing}</p>
        )}
        {groups.map((group) => (
          // biome-ignore lint/a11y/useSemanticElements: a group of options has no element of its own
          <div key={group.library} role="group" aria-label={group.library}>
            <div className="found-group" aria-hidden="true">
              {group.library}
            </div>
            {group.types.map((type) => {
              index += 1;
              return (
                <Row
                  key={`${group.library}-${type.name}`}
                  search={search}
                  at={index}
                  type={type}
                  draggable={draggable ?? false}
                  onChoose={onChoose}
                />
              );
            })}
          </div>
        ))}
      </div>
    </div>
  );
}

interface RowProps {
  readonly search: SearchList;
  readonly at: number;
  readonly type: TypeInfo;
  readonly draggable: boolean;
  readonly onChoose: (type: TypeInfo) => void;
}

function Row({ search, at, type, draggable, onChoose }: RowProps) {
  const Icon = iconOf(type.icon, type.kind);
  return (
    <SearchRow
      search={search}
      at={at}
      className="type-row"
      style={{ "--type": type.color || "#64748b" } as CSSProperties}
      draggable={draggable}
      onDragStart={(event) => event.dataTransfer.setData(TYPE_MIME, type.name)}
      onChoose={() => onChoose(type)}
    >
      <span className="type-icon" aria-hidden="true">
        <Icon size={14} strokeWidth={1.9} />
      </span>
      <span className="type-text">
        <span className="type-name">{nameWithin(type)}</span>
        <span className="type-doc">{type.doc}</span>
      </span>
    </SearchRow>
  );
}

function grouped(types: readonly TypeInfo[], asked: string, recent: readonly string[]) {
  const words = asked.toLowerCase().split(/\s+/).filter(Boolean);
  const found = types.filter((type) => {
    const text = `${type.name} ${type.doc} ${type.kind}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const rank = (type: TypeInfo) =>
    nameWithin(type)
      .toLowerCase()
      .startsWith(words[0] ?? "")
      ? 0
      : 1;
  if (words.length) found.sort((a, b) => rank(a) - rank(b));
  const lately = words.length
    ? []
    : recent.flatMap((name) => found.find((type) => type.name === name) ?? []);
  const libraries = [...new Set(found.map((type) => type.library))];
  const groups = libraries.map((library) => ({
    library,
    types: found.filter((type) => type.library === library),
  }));
  return lately.length
    ? [{ library: "Recently used", types: lately.slice(0, 5) }, ...groups]
    : groups;
}
