import { type Group, groupsOf, type Layout, type NodeId, type OwnGroup } from "@mline/core";
import type { Session } from "../state/session.ts";
import { Store, useStore } from "../ui/store.ts";

/** Which groups of an open file are drawn as one node, and those that the user made. */
export interface Grouping {
  readonly collapsed: ReadonlySet<string>;
  readonly own: readonly OwnGroup[];
}

const open = new WeakMap<Session, Store<Grouping>>();

/** The grouping of an open file; kept with its layout. */
export function groupingOf(session: Session): Store<Grouping> {
  const known = open.get(session);
  if (known) return known;
  const kept = session.host.layout.read(session.path);
  const made = new Store<Grouping>({
    collapsed: new Set(kept?.collapsed ?? []),
    own: kept?.groups ?? [],
  });
  open.set(session, made);
  return made;
}

export function useGrouping(session: Session): Grouping {
  return useStore(groupingOf(session), whole);
}

const whole = (grouping: Grouping) => grouping;

/** The groups that the open file has now. */
export function groupsNow(session: Session): readonly Group[] {
  return groupsOf(session.state.get().view, groupingOf(session).get().own);
}

/** Draws a group as one node, or as its members again. */
export function toggleCollapsed(session: Session, group: string, wanted?: boolean): void {
  change(session, ({ collapsed, own }) => {
    const changed = new Set(collapsed);
    if (wanted ?? !collapsed.has(group)) changed.add(group);
    else changed.delete(group);
    return { collapsed: changed, own };
  });
}

/** Puts nodes into one frame of the canvas. What was in another frame of the user leaves it. */
export function makeGroup(session: Session, title: string, members: readonly NodeId[]): void {
  change(session, ({ collapsed, own }) => {
    const moved = new Set(members);
    const others = own.map((group) => ({
      ...group,
      members: group.members.filter((member) => !moved.has(member)),
    }));
    return { collapsed, own: [...others, { id: freeId(own), title, members }] };
  });
}

/** Gives a frame of the user another name. */
export function renameGroup(session: Session, id: string, title: string): void {
  change(session, ({ collapsed, own }) => ({
    collapsed,
    own: own.map((group) => (group.id === id ? { ...group, title } : group)),
  }));
}

/** Takes a frame of the user away; its members stay. */
export function dissolveGroup(session: Session, id: string): void {
  change(session, ({ collapsed, own }) => ({
    collapsed: new Set([...collapsed].filter((one) => one !== id)),
    own: own.filter((group) => group.id !== id),
  }));
}

/** Follows nodes that were renamed. */
export function renameInGroups(session: Session, renamed: ReadonlyMap<NodeId, NodeId>): void {
  const now = (id: string) => renamed.get(id) ?? id;
  change(session, ({ collapsed, own }) => ({
    collapsed: new Set([...collapsed].map(now)),
    own: own.map((group) => ({ ...group, members: group.members.map(now) })),
  }));
}

function freeId(own: readonly OwnGroup[]): string {
  const taken = new Set(own.map(({ id }) => id));
  let number = 1;
  while (taken.has(`own:${number}`)) number += 1;
  return `own:${number}`;
}

function change(session: Session, to: (grouping: Grouping) => Grouping): void {
  const store = groupingOf(session);
  store.update(to);
  const { host, path } = session;
  const kept: Layout = host.layout.read(path) ?? NO_LAYOUT;
  host.layout.write(path, { ...kept, ...writtenGrouping(store.get()) });
}

const NO_LAYOUT: Layout = { direction: "right", positions: {}, collapsed: [] };

/** A grouping as the browser keeps it. */
export function writtenGrouping({
  collapsed,
  own,
}: Grouping): Pick<Layout, "collapsed" | "groups"> {
  return { collapsed: [...collapsed], groups: own };
}
