import {
  type DagStatus,
  type Diagnostic,
  type Doc,
  type Gesture,
  type GraphView,
  History,
  type Host,
  isRefused,
  parse,
  type SaveConflict,
  type TextEdit,
  type TypesView,
} from "@mline/core";
import { Store } from "../ui/store.ts";
import { Analyst } from "./analyst.ts";
import { DraftKeeper } from "./draft-keeper.ts";
import { NOTHING, type Selection, sameSelection, selectNodes } from "./selection.ts";
import { type Meaning, viewOf } from "./view.ts";

/** All that the page of one open experiment shows; replaced as a whole at each change. */
export interface SessionState {
  readonly doc: Doc;
  readonly view: GraphView;
  readonly meaning: Meaning | null;
  /** What the server found wrong with the last text that it has seen. */
  readonly diagnostics: readonly Diagnostic[];
  readonly types: TypesView | null;
  readonly selection: Selection;
  readonly saved: { readonly text: string; readonly revision: string };
  readonly saving: boolean;
  readonly conflict: SaveConflict | null;
  readonly dag: DagStatus | null;
  readonly analysis: "fresh" | "waiting" | "failed";
  /** What would be undone and done again: `Rename fit to train`. */
  readonly undo: string | null;
  readonly redo: string | null;
  readonly mayEdit: boolean;
}

/** Told of every change of the text; `source` are the keys typed there, all else comes from elsewhere. */
export type TextListener = (edits: readonly TextEdit[], from: "source" | "elsewhere") => void;

export interface Opened {
  readonly path: string;
  readonly text: string;
  readonly revision: string;
  readonly mayEdit: boolean;
  /** A draft of this browser that was not saved. */
  readonly draft?: { readonly text: string; readonly base: string };
}

/** One open experiment: its text, its history, what the server makes of it, what is selected. */
export class Session {
  readonly path: string;
  readonly host: Host;
  readonly state: Store<SessionState>;
  #history: History;
  readonly #analyst: Analyst;
  readonly #drafts: DraftKeeper;
  readonly #listeners = new Set<TextListener>();

  constructor(host: Host, opened: Opened) {
    this.host = host;
    this.path = opened.path;
    const text = opened.draft?.text ?? opened.text;
    const doc = parse(text);
    this.#history = History.of(text);
    this.state = new Store<SessionState>({
      doc,
      view: doc.graph,
      meaning: null,
      diagnostics: [],
      types: null,
      selection: NOTHING,
      saved: { text: opened.text, revision: opened.draft?.base ?? opened.revision },
      saving: false,
      conflict: null,
      dag: null,
      analysis: "waiting",
      undo: null,
      redo: null,
      mayEdit: opened.mayEdit,
    });
    this.#drafts = new DraftKeeper(host, opened.path);
    this.#analyst = new Analyst(host, opened.path, this.state);
    this.#analyst.look();
  }

  get doc(): Doc {
    return this.state.get().doc;
  }

  onText(listener: TextListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Does a gesture as one step of the history, or says why it cannot be done. */
  readonly apply = (gesture: Gesture): boolean => {
    if (isRefused(gesture)) {
      this.host.notify({ level: "warning", text: gesture.refused });
      return false;
    }
    if (!this.#allowed()) return false;
    if (!gesture.edits.length) return true;
    this.#history = this.#history.apply(gesture);
    this.#became(gesture.edits, "elsewhere");
    if (gesture.select) this.select(selectNodes([gesture.select], "gesture"));
    return true;
  };

  /** What was typed in the source; bursts are one step. */
  readonly typed = (edits: readonly TextEdit[]): void => {
    this.#history = this.#history.type(edits, Date.now());
    this.#became(edits, "source");
  };

  readonly undo = (): void => this.#travel(this.#history.undo());

  readonly redo = (): void => this.#travel(this.#history.redo());

  readonly select = (selection: Selection): void => {
    this.state.update((state) =>
      sameSelection(state.selection, selection) ? state : { ...state, selection },
    );
  };

  /** The text of the file is another one now, as after a save or a merge. */
  readonly saveDone = (saved: SessionState["saved"]): void => {
    this.state.update((state) => ({ ...state, saved, saving: false, conflict: null }));
    this.#drafts.keep(this.doc.text, saved);
  };

  readonly set = (part: Partial<SessionState>): void => {
    this.state.update((state) => ({ ...state, ...part }));
  };

  readonly lookAgain = (): void => this.#analyst.look();

  readonly close = (): void => {
    this.#analyst.stop();
    this.#drafts.close();
  };

  #allowed(): boolean {
    if (this.state.get().mayEdit) return true;
    this.host.notify({ level: "warning", text: "You may read this experiment, not change it." });
    return false;
  }

  #travel(step: ReturnType<History["undo"]>): void {
    if (!step) return;
    this.#history = step.history;
    this.#became(step.change.edits, "elsewhere");
    const { select } = step.change;
    if (select) this.select(selectNodes([select], "gesture"));
  }

  #became(edits: readonly TextEdit[], from: "source" | "elsewhere"): void {
    const doc = parse(this.#history.text);
    const [undo = null] = this.#history.undoLabels;
    const [redo = null] = this.#history.redoLabels;
    this.state.update((state) => {
      const view = viewOf(doc, state.meaning);
      return {
        ...state,
        doc,
        view,
        undo,
        redo,
        analysis: "waiting",
        selection: stillThere(state.selection, view),
      };
    });
    for (const listener of this.#listeners) listener(edits, from);
    this.#drafts.keep(doc.text, this.state.get().saved);
    this.#analyst.look();
  }
}

/** A selection never names what is gone. */
function stillThere(selection: Selection, view: GraphView): Selection {
  const nodes = new Set(view.nodes.map((node) => node.id));
  const edges = new Set(view.edges.map((edge) => edge.id));
  const kept = selection.nodes.filter((node) => nodes.has(node));
  const edge = selection.edge && edges.has(selection.edge) ? selection.edge : null;
  if (kept.length === selection.nodes.length && edge === selection.edge) return selection;
  return { ...selection, nodes: kept, edge };
}
