import { groupsOf } from "@mline/core";
import { Search } from "lucide-react";
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { toggleCollapsed, useGrouping } from "../canvas/grouping.ts";
import { useOpen, useSession } from "../state/context.ts";
import { selectNodes } from "../state/selection.ts";
import { OutlineRow } from "./OutlineRow.tsx";
import { type TreeRow, treeRows } from "./outline-tree.ts";

/** The whole network as an accessible tree with the same selection and groups as the canvas. */
export function Outline() {
  const session = useSession();
  const view = useOpen((state) => state.view);
  const selection = useOpen((state) => state.selection);
  const { own, collapsed } = useGrouping(session);
  const [asked, setAsked] = useState("");
  const [turned, setTurned] = useState<ReadonlySet<string>>(new Set());
  const [focus, setFocus] = useState<string | null>(null);
  const tree = useRef<HTMLDivElement>(null);
  const groups = useMemo(() => groupsOf(view, own), [view, own]);
  const rows = useMemo(
    () => treeRows({ view, groups, collapsed, turned, asked }),
    [view, groups, collapsed, turned, asked],
  );
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
    const nodes = row.node ? [row.node.id] : (row.group?.members ?? []);
    if (nodes.length) session.select(selectNodes(nodes, "outline"));
    const element = tree.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(row.key)}"]`);
    element?.focus();
    element?.scrollIntoView({ block: "nearest" });
  };
  const toggle = ({ key, group }: TreeRow) => {
    if (group) return toggleCollapsed(session, group.id);
    return setTurned((before) => {
      const after = new Set(before);
      if (!after.delete(key)) after.add(key);
      return after;
    });
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (!current || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = rowFor(event.key, rows, rows.indexOf(current));
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
            chosen={isChosen(row, selection.nodes)}
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

/** A closed group is chosen with what it holds. */
function isChosen({ node, group, isOpen }: TreeRow, nodes: readonly string[]): boolean {
  if (node) return nodes.includes(node.id);
  return Boolean(group && !isOpen && group.members.some((member) => nodes.includes(member)));
}

/** What a key does in the tree: the row it leads to, or what it does with the present one. */
function rowFor(
  key: string,
  rows: readonly TreeRow[],
  at: number,
): TreeRow | "toggle" | "follow" | undefined {
  const row = rows[at];
  const isOpen = Boolean(row?.children && row.isOpen);
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
      if (row?.children && !isOpen) return "toggle";
      return rows[at + 1]?.parent === row?.key ? rows[at + 1] : undefined;
    case "ArrowLeft":
      return isOpen ? "toggle" : rows.find(({ key: other }) => other === row?.parent);
    case "Enter":
      return "follow";
    default:
      return undefined;
  }
}
