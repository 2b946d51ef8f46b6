import { openAdd } from "../canvas/add-request.ts";
import { canvasView } from "../canvas/canvas-view.ts";
import { flipDirection } from "../canvas/flow-direction.ts";
import * as gestures from "../state/gestures.ts";
import { renameRequest } from "../state/rename-request.ts";
import { mainNode, selectNodes } from "../state/selection.ts";
import type { Session } from "../state/session.ts";
import { copyNodes, pasteNodes } from "./clipboard.ts";
import { openConnect } from "./connect-request.ts";
import { groupCommands } from "./group-commands.ts";
import { helpOpen } from "./help-open.ts";
import { nextProblem } from "./next-problem.ts";
import { openPalette } from "./palette-request.ts";
import { panels } from "./panels.ts";
import { sweepRequest } from "./sweep-request.ts";

/** Something that can be done, by key and by the command palette. */
export interface Command {
  readonly id: string;
  readonly title: string;
  /** As `Ctrl+K`, `F2`, `C`; the first one is shown. */
  readonly keys: readonly string[];
  readonly group: "Edit" | "Graph" | "View" | "File";
  /** Also while typing in a field; a command without it leaves fields their keys. */
  readonly everywhere?: boolean;
  readonly edits?: boolean;
  readonly run: () => void;
}

/** All that can be done with the open experiment. */
export function commandsOf(session: Session, save: () => void): readonly Command[] {
  return [
    ...fileCommands(session, save),
    ...editCommands(session),
    ...graphCommands(session),
    ...groupCommands(session),
    ...viewCommands(session),
  ];
}

function fileCommands(session: Session, save: () => void): readonly Command[] {
  return [
    {
      id: "save",
      title: "Save",
      keys: ["Ctrl+S"],
      group: "File",
      everywhere: true,
      edits: true,
      run: save,
    },
    {
      id: "palette",
      title: "Search or do",
      keys: ["Ctrl+K", "Ctrl+P"],
      group: "View",
      everywhere: true,
      run: () => openPalette(""),
    },
    {
      id: "list",
      title: "All experiments",
      keys: [],
      group: "File",
      run: () => session.host.navigate({ to: "experiments" }),
    },
    {
      id: "types",
      title: "Network of types",
      keys: [],
      group: "File",
      run: () => session.host.navigate({ to: "types" }),
    },
  ];
}

function editCommands(session: Session): readonly Command[] {
  const { state } = session;
  const chosen = () => state.get().selection.nodes;
  const main = () => mainNode(state.get().selection);
  const remove = () => {
    const { selection, view, types } = state.get();
    const edge = view.edges.find(({ id }) => id === selection.edge);
    if (edge) session.apply(gestures.disconnect(session.doc, edge));
    else if (selection.nodes.length)
      session.apply(gestures.remove(session.doc, selection.nodes, types));
  };
  const add = () => openAdd({ x: window.innerWidth / 2 - 170, y: window.innerHeight / 2 - 210 });
  const withMain = (run: (node: string) => void) => () => {
    const node = main();
    if (node) run(node);
  };
  return [
    { id: "undo", title: "Undo", keys: ["Ctrl+Z"], group: "Edit", edits: true, run: session.undo },
    {
      id: "redo",
      title: "Redo",
      keys: ["Ctrl+Y", "Ctrl+Shift+Z"],
      group: "Edit",
      edits: true,
      run: session.redo,
    },
    { id: "add", title: "Add a node", keys: ["/"], group: "Edit", edits: true, run: add },
    {
      id: "connect",
      title: "Connect",
      keys: ["C"],
      group: "Edit",
      edits: true,
      run: withMain(openConnect),
    },
    {
      id: "rename",
      title: "Rename",
      keys: ["F2"],
      group: "Edit",
      edits: true,
      run: withMain((node) => {
        panels.show("inspector");
        renameRequest.set(node);
      }),
    },
    {
      id: "delete",
      title: "Delete",
      keys: ["Delete", "Backspace"],
      group: "Edit",
      edits: true,
      run: remove,
    },
    {
      id: "duplicate",
      title: "Duplicate",
      keys: ["Ctrl+D"],
      group: "Edit",
      edits: true,
      run: () => session.apply(gestures.duplicate(session.doc, chosen())),
    },
    {
      id: "copy",
      title: "Copy",
      keys: ["Ctrl+C"],
      group: "Edit",
      run: () => void copyNodes(session),
    },
    {
      id: "paste",
      title: "Paste",
      keys: ["Ctrl+V"],
      group: "Edit",
      edits: true,
      run: () => void pasteNodes(session),
    },
    ...(["entities", "services", "stages"] as const).map((section) => ({
      id: `move-${section}`,
      title: `Move to ${section}`,
      keys: [],
      group: "Edit" as const,
      edits: true,
      run: withMain((node) => session.apply(gestures.moveToSection(session.doc, node, section))),
    })),
    {
      id: "sweep",
      title: "Wrap in a sweep",
      keys: ["W"],
      group: "Edit",
      edits: true,
      run: withMain((node) => sweepRequest.set(node)),
    },
  ];
}

function graphCommands(session: Session): readonly Command[] {
  const all = () =>
    session.select(
      selectNodes(
        session.state.get().view.nodes.map(({ id }) => id),
        "canvas",
      ),
    );
  return [
    { id: "all", title: "Choose everything", keys: ["Ctrl+A"], group: "Graph", run: all },
    {
      id: "none",
      title: "Choose nothing",
      keys: ["Escape"],
      group: "Graph",
      run: () => session.select(selectNodes([], "canvas")),
    },
    {
      id: "next-problem",
      title: "Next problem",
      keys: ["F8"],
      group: "Graph",
      everywhere: true,
      run: () => nextProblem(session, 1),
    },
    {
      id: "last-problem",
      title: "Previous problem",
      keys: ["Shift+F8"],
      group: "Graph",
      everywhere: true,
      run: () => nextProblem(session, -1),
    },
  ];
}

function viewCommands(session: Session): readonly Command[] {
  const flip = () => flipDirection(session);
  return [
    { id: "tidy", title: "Tidy up the layout", keys: ["L"], group: "View", run: canvasView.tidy },
    { id: "fit", title: "Show all", keys: ["0"], group: "View", run: canvasView.fit },
    { id: "direction", title: "Flow right or down", keys: ["O"], group: "View", run: flip },
    {
      id: "params",
      title: "Show parameters",
      keys: ["P"],
      group: "View",
      run: () => canvasView.change({ params: !canvasView.get().params }),
    },
    {
      id: "relations",
      title: "Show relations",
      keys: ["R"],
      group: "View",
      run: () => canvasView.change({ relations: !canvasView.get().relations }),
    },
    {
      id: "left",
      title: "Outline",
      keys: ["Ctrl+1"],
      group: "View",
      everywhere: true,
      run: () => panels.toggle("left"),
    },
    {
      id: "inspector",
      title: "Inspector",
      keys: ["Ctrl+2"],
      group: "View",
      everywhere: true,
      run: () => panels.toggle("inspector"),
    },
    {
      id: "source",
      title: "Source",
      keys: ["Ctrl+3"],
      group: "View",
      everywhere: true,
      run: () => panels.toggle("source"),
    },
    {
      id: "problems",
      title: "Problems",
      keys: ["Ctrl+4"],
      group: "View",
      everywhere: true,
      run: () => panels.toggle("problems"),
    },
    { id: "help", title: "Keys", keys: ["?"], group: "View", run: () => helpOpen.set(true) },
  ];
}
