import { groupAround } from "@mline/core";
import { dissolveGroup, groupingOf, groupsNow, toggleCollapsed } from "../canvas/grouping.ts";
import { mainNode } from "../state/selection.ts";
import type { Session } from "../state/session.ts";
import type { Command } from "./commands.ts";
import { groupRequest } from "./group-request.ts";

/** Making, collapsing and opening groups of nodes. */
export function groupCommands(session: Session): readonly Command[] {
  const around = () => {
    const main = mainNode(session.state.get().selection);
    const { collapsed } = groupingOf(session).get();
    return main ? groupAround(groupsNow(session), collapsed, main) : undefined;
  };
  const own = () => {
    const main = mainNode(session.state.get().selection);
    return groupsNow(session).find(
      ({ kind, members }) => kind === "own" && main !== null && members.includes(main),
    );
  };
  const toggleAll = () => {
    const groups = groupsNow(session);
    const { collapsed } = groupingOf(session).get();
    const open = groups.some(({ id }) => !collapsed.has(id));
    for (const { id } of groups) toggleCollapsed(session, id, open);
  };
  return [
    {
      id: "collapse",
      title: "Collapse or open the group",
      keys: ["S"],
      group: "Graph",
      run: () => {
        const group = around();
        if (group) toggleCollapsed(session, group.id);
      },
    },
    {
      id: "collapse-all",
      title: "Collapse or open all groups",
      keys: ["Shift+S"],
      group: "Graph",
      run: toggleAll,
    },
    {
      id: "group",
      title: "Group the chosen nodes",
      keys: ["G"],
      group: "Graph",
      run: () => groupRequest.set({ nodes: session.state.get().selection.nodes }),
    },
    {
      id: "ungroup",
      title: "Ungroup",
      keys: ["Shift+G"],
      group: "Graph",
      run: () => {
        const group = own();
        if (group) dissolveGroup(session, group.id);
      },
    },
    {
      id: "rename-group",
      title: "Rename the group",
      keys: [],
      group: "Graph",
      run: () => {
        const group = own();
        if (group) groupRequest.set({ group: group.id, title: group.title });
      },
    },
  ];
}
