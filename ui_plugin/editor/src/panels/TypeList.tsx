import type { TypeInfo } from "@mline/core";
import { Search } from "lucide-react";
import {
  type CSSProperties,
  type KeyboardEvent,
  useEffect,
  useId,
  useMemo,
  useRef,
  useState,
} from "react";
import { TYPE_MIME } from "../canvas/type-drop.ts";
import { iconOf } from "../ui/icons.ts";
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
  const [asked, setAsked] = useState("");
  const [at, setAt] = useState(0);
  const listId = useId();
  const list = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const groups = useMemo(() => grouped(types, asked, recent), [types, asked, recent]);
  const flat = useMemo(() => groups.flatMap((group) => group.types), [groups]);
  const current = flat[Math.min(at, flat.length - 1)];

  useEffect(() => {
    if (autoFocus) input.current?.focus();
  }, [autoFocus]);
  useEffect(() => {
    list.current?.querySelector(`[data-at="${at}"]`)?.scrollIntoView({ block: "nearest" });
  }, [at]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") setAt((now) => Math.min(now + 1, flat.length - 1));
    else if (event.key === "ArrowUp") setAt((now) => Math.max(now - 1, 0));
    else if (event.key === "Enter" && current) onChoose(current);
    else return;
    event.preventDefault();
  };

  let index = -1;
  return (
    <div className="type-list">
      <div className="search">
        <Search size={15} aria-hidden="true" />
        <input
          ref={input}
          className="input"
          placeholder="Search types"
          aria-label={label}
          role="combobox"
          aria-expanded="true"
          aria-controls={listId}
          aria-activedescendant={current ? `${listId}-${flat.indexOf(current)}` : undefined}
          value={asked}
          onChange={(event) => {
            setAsked(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <div
        ref={list}
        id={listId}
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
                  id={`${listId}-${index}`}
                  at={index}
                  type={type}
                  chosen={type === current}
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
  readonly id: string;
  readonly at: number;
  readonly type: TypeInfo;
  readonly chosen: boolean;
  readonly draggable: boolean;
  readonly onChoose: (type: TypeInfo) => void;
}

function Row({ id, at, type, chosen, draggable, onChoose }: RowProps) {
  const Icon = iconOf(type.icon, type.kind);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: keys go to the search box, which names this row as active
    <div
      id={id}
      role="option"
      aria-selected={chosen}
      tabIndex={-1}
      data-at={at}
      className="type-row"
      style={{ "--type": type.color || "#64748b" } as CSSProperties}
      draggable={draggable}
      onDragStart={(event) => event.dataTransfer.setData(TYPE_MIME, type.name)}
      onClick={() => onChoose(type)}
    >
      <span className="type-icon" aria-hidden="true">
        <Icon size={14} strokeWidth={1.9} />
      </span>
      <span className="type-text">
        <span className="type-name">{nameWithin(type)}</span>
        <span className="type-doc">{type.doc}</span>
      </span>
    </div>
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
