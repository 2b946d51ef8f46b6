import type { GraphNode, GraphView, NodeId } from "./graph.ts";

/** Nodes that a user put together on the canvas; kept beside the file, as places are. */
export interface OwnGroup {
  readonly id: string;
  readonly title: string;
  readonly members: readonly NodeId[];
}

/** Nodes that are drawn in one frame, and as one node when the frame is collapsed. */
export interface Group {
  /** Of a sweep its home; `services`, `params`, or the id of an own group. */
  readonly id: string;
  readonly kind: "sweep" | "services" | "params" | "own";
  readonly title: string;
  readonly detail: string;
  /** In the order of the file. A group of the user may hold whole sweeps. */
  readonly members: readonly NodeId[];
  /** The member that stands for all when it is collapsed; null for a node of the group's own. */
  readonly home: NodeId | null;
}

/**
 * The groups of a network, outer ones first: what the user put together, the stages of each sweep,
 * all services, all parameters. A node is in one of them, but for sweeps inside a group of the user.
 */
export function groupsOf(view: GraphView, own: readonly OwnGroup[] = []): readonly Group[] {
  const sweeps = sweepsOf(view);
  const made = ownGroups(view, own, sweeps);
  const taken = new Set(made.flatMap(({ members }) => members));
  const section = (kind: GraphNode["kind"]) =>
    view.nodes.flatMap((node) => (node.kind === kind && !taken.has(node.id) ? [node.id] : []));
  return [
    ...made,
    ...sweeps,
    ...sectionGroup("services", "Services", section("service")),
    ...sectionGroup("params", "Parameters", section("param")),
  ];
}

function sectionGroup(
  kind: "services" | "params",
  title: string,
  members: readonly NodeId[],
): readonly Group[] {
  if (members.length < 2) return [];
  return [{ id: kind, kind, title, detail: String(members.length), members, home: null }];
}

/** The frames of sweeps. A stage that two sweeps run is in the frame of the first. */
function sweepsOf(view: GraphView): readonly Group[] {
  const here = new Set(view.nodes.map(({ id }) => id));
  const taken = new Set<NodeId>();
  return view.nodes.flatMap((home): readonly Group[] => {
    const members = home.sweep?.members.filter((id) => here.has(id) && !taken.has(id)) ?? [];
    if (members.length < 2 || !members.includes(home.id)) return [];
    for (const member of members) taken.add(member);
    return [{ id: home.id, kind: "sweep", ...sweepTitle(home), members, home: home.id }];
  });
}

/** What a sweep varies and picks, for people. */
export function sweepTitle(home: GraphNode): { readonly title: string; readonly detail: string } {
  const { sweep } = home;
  const names = Object.keys(sweep?.over ?? {}).join(", ");
  const count = sweep?.instances ? `${sweep.instances} instances` : "sweep";
  return { title: `${count} over ${names}`, detail: sweep?.pick ? `picks ${sweep.pick}` : "" };
}

/** Groups of the user as they are now: without what is gone, with whole sweeps or none of one. */
function ownGroups(
  view: GraphView,
  own: readonly OwnGroup[],
  sweeps: readonly Group[],
): readonly Group[] {
  const taken = new Set<NodeId>();
  return own.flatMap(({ id, title, members }): readonly Group[] => {
    const wanted = withWholeSweeps(new Set(members), sweeps);
    const found = view.nodes.flatMap((node) =>
      wanted.has(node.id) && !taken.has(node.id) ? [node.id] : [],
    );
    if (found.length < 2) return [];
    for (const member of found) taken.add(member);
    return [{ id, kind: "own", title, detail: String(found.length), members: found, home: null }];
  });
}

function withWholeSweeps(members: ReadonlySet<NodeId>, sweeps: readonly Group[]): Set<NodeId> {
  const whole = new Set(members);
  for (const sweep of sweeps) {
    const within = sweep.home !== null && members.has(sweep.home);
    for (const member of sweep.members) {
      if (within) whole.add(member);
      else whole.delete(member);
    }
  }
  return whole;
}

/** Which node is drawn for one that a collapsed group hides. */
export function standIns(
  groups: readonly Group[],
  collapsed: ReadonlySet<string>,
): ReadonlyMap<NodeId, NodeId> {
  const direct = new Map<NodeId, NodeId>();
  // Inner groups come later and go first: their home may be hidden by an outer one.
  for (const { id, members, home } of [...groups].reverse()) {
    if (!collapsed.has(id)) continue;
    for (const member of members) {
      if (member !== home && !direct.has(member)) direct.set(member, home ?? id);
    }
  }
  const final = (id: NodeId): NodeId => {
    const next = direct.get(id);
    return next === undefined ? id : final(next);
  };
  return new Map([...direct.keys()].map((id) => [id, final(id)]));
}

/** The group that a key is about: the collapsed one that hides a node, else the innermost around it. */
export function groupAround(
  groups: readonly Group[],
  collapsed: ReadonlySet<string>,
  node: NodeId,
): Group | undefined {
  const around = groups.filter(({ members }) => members.includes(node));
  return around.find(({ id }) => collapsed.has(id)) ?? around.at(-1);
}
