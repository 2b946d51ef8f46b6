import { ChevronRight, Group as GroupIcon, Layers } from "lucide-react";
import type { CSSProperties } from "react";
import { ProblemBadge, TypeIcon } from "../canvas/NodeParts.tsx";
import type { TreeRow } from "./outline-tree.ts";

interface OutlineRowProps {
  readonly row: TreeRow;
  readonly chosen: boolean;
  readonly current: boolean;
  readonly onChoose: () => void;
  readonly onToggle: () => void;
  /** Keys go on from where the focus is, however it came there. */
  readonly onFocus: () => void;
}

export function OutlineRow(props: OutlineRowProps) {
  const { row, chosen, current, onChoose, onToggle, onFocus } = props;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree as a whole handles the keys
    <div
      role="treeitem"
      aria-level={row.level}
      aria-posinset={row.at}
      aria-setsize={row.of}
      aria-selected={chosen}
      {...(row.children ? { "aria-expanded": row.isOpen } : {})}
      tabIndex={current ? 0 : -1}
      data-key={row.key}
      className={rowLook(row)}
      style={{ "--type": row.node?.color || "#64748b", "--level": row.level } as CSSProperties}
      onClick={onChoose}
      onFocus={onFocus}
    >
      {row.children > 0 ? (
        <span
          className={row.isOpen ? "twist open" : "twist"}
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
      <RowIcon row={row} />
      <span className="tree-text">{row.text}</span>
      <span className="tree-detail">{row.detail}</span>
      {row.node && <ProblemBadge problems={row.node.problems} />}
    </div>
  );
}

function rowLook({ level, to, group }: TreeRow): string {
  if (level === 1) return "tree-row top";
  return to ? "tree-row way" : group ? "tree-row around" : "tree-row";
}

function RowIcon({ row: { node, group, level } }: { readonly row: TreeRow }) {
  if (node) return <TypeIcon node={node} size={13} />;
  if (!group || level === 1) return null;
  const Icon = group.kind === "sweep" ? Layers : GroupIcon;
  return (
    <span className="type-icon" aria-hidden="true">
      <Icon size={13} strokeWidth={1.9} />
    </span>
  );
}
