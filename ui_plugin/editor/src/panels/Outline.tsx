import { ChevronRight, Search } from "lucide-react";
import {
  type CSSProperties,
  type KeyboardEvent,
  useEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { ProblemBadge, TypeIcon } from "../canvas/NodeParts.tsx";
import { useOpen, useSession } from "../state/context.ts";
import { selectNodes } from "../state/selection.ts";
import { type TreeRow, treeRows } from "./outline-tree.ts";

/** The whole network as an accessible tree with the same selection as the canvas. */
export function Outline() {
  const session = useSession();
  const view = useOpen((state) => state.view);
  const selection = useOpen((state) => state.selection);
  const [asked, setAsked] = useState("");
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [focus, setFocus] = useState<string | null>(null);
  const tree = useRef<HTMLDivElement>(null);
  const rows = useMemo(() => treeRows(view, open, asked), [view, open, asked]);
  const chosen = selection.nodes.at(-1) ?? null;
  const current =
    rows.find((row) => row.key === (focus ?? chosen)) ??
    rows.find((row) => row.key === chosen) ??
    rows[0];

  useEffect(() => {
    if (!chosen || selection.by === "outline") return;
    setFocus(null);
    tree.current
      ?.querySelector(`[data-key="${CSS.escape(chosen)}"]`)
      ?.scrollIntoView({ block: "nearest" });
  }, [chosen, selection.by]);

  const visit = (row: TreeRow | undefined) => {
    if (!row) return;
    setFocus(row.key);
    if (row.node) session.select(selectNodes([row.node.id], "outline"));
    const element = tree.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(row.key)}"]`);
    element?.focus();
    element?.scrollIntoView({ block: "nearest" });
  };
  const toggle = (row: TreeRow, wanted?: boolean) => {
    const key = row.level === 1 ? `closed:${row.key}` : row.key;
    setOpen((before) => {
      const after = new Set(before);
      const isOpen = row.level === 1 ? !before.has(key) : before.has(key);
      const next = wanted ?? !isOpen;
      if (row.level === 1 ? !next : next) after.add(key);
      else after.delete(key);
      return after;
    });
  };
  const isOpen = (row: TreeRow) =>
    row.level === 1 ? !open.has(`closed:${row.key}`) : open.has(row.key);

  const onKeyDown = (event: KeyboardEvent) => {
    if (!current || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = rows.indexOf(current);
    const opens = current.children > 0;
    const target = rowFor(event.key, rows, at, opens && isOpen(current));
    if (target === "toggle") toggle(current);
    else if (target === "follow" && current.to) session.select(selectNodes([current.to], "search"));
    else if (target === "follow") toggle(current);
    else if (target) visit(target);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div className="outline">
      <div className="search">
        <Search size={15} aria-hidden="true" />
        <input
          className="input"
          placeholder="Filter"
          aria-label="Filter the outline"
          value={asked}
          onChange={(event) => setAsked(event.target.value)}
        />
      </div>
      <div
        ref={tree}
        role="tree"
        aria-label="Outline of the experiment"
        className="tree"
        onKeyDown={onKeyDown}
      >
        {rows.map((row) => (
          <OutlineRow
            key={row.key}
            row={row}
            open={isOpen(row)}
            chosen={Boolean(row.node && selection.nodes.includes(row.node.id))}
            current={row === current}
            onChoose={() => (row.to ? session.select(selectNodes([row.to], "search")) : visit(row))}
            onToggle={() => toggle(row)}
            onFocus={() => setFocus(row.key)}
          />
        ))}
      </div>
      {!rows.length && (
        <p className="muted nothing">{asked ? "Nothing is called that." : "Nothing here yet."}</p>
      )}
    </div>
  );
}

/** What a key does in the tree: the row it leads to, or what it does with the present one. */
function rowFor(
  key: string,
  rows: readonly TreeRow[],
  at: number,
  open: boolean,
): TreeRow | "toggle" | "follow" | undefined {
  const row = rows[at];
  switch (key) {
    case "ArrowDown":
      return rows[at + 1];
    case "ArrowUp":
      return rows[at - 1];
    case "Home":
      return rows[0];
    case "End":
      return rows.at(-1);
    case "ArrowRight":
      if (row?.children && !open) return "toggle";
      return rows[at + 1]?.parent === row?.key ? rows[at + 1] : undefined;
    case "ArrowLeft":
      return open ? "toggle" : rows.find(({ key: other }) => other === row?.parent);
    case "Enter":
      return "follow";
    default:
      return undefined;
  }
}

interface OutlineRowProps {
  readonly row: TreeRow;
  readonly open: boolean;
  readonly chosen: boolean;
  readonly current: boolean;
  readonly onChoose: () => void;
  readonly onToggle: () => void;
  /** Keys go on from where the focus is, however it came there. */
  readonly onFocus: () => void;
}

function OutlineRow(props: OutlineRowProps) {
  const { row, open, chosen, current, onChoose, onToggle, onFocus } = props;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree as a whole handles the keys
    <div
      role="treeitem"
      aria-level={row.level}
      aria-posinset={row.at}
      aria-setsize={row.of}
      aria-selected={chosen}
      {...(row.children ? { "aria-expanded": open } : {})}
      tabIndex={current ? 0 : -1}
      data-key={row.key}
      className={`tree-row level-${row.level}`}
      style={{ "--type": row.node?.color || "#64748b" } as CSSProperties}
      onClick={onChoose}
      onFocus={onFocus}
    >
      {row.children > 0 ? (
        <span
          className={open ? "twist open" : "twist"}
          aria-hidden="true"
          onClick={(event) => {
            event.stopPropagation();
            onToggle();
          }}
        >
          <ChevronRight size={14} />
        </span>
      ) : (
        <span className="twist" />
      )}
      {row.node && <TypeIcon node={row.node} size={13} />}
      <span className="tree-text">{row.text}</span>
      <span className="tree-detail">{row.detail}</span>
      {row.node && <ProblemBadge problems={row.node.problems} />}
    </div>
  );
}
