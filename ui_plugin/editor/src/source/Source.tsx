import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from "@codemirror/autocomplete";
import { defaultKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, foldGutter, foldKeymap, indentUnit } from "@codemirror/language";
import { lintKeymap } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, type Extension } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { nodeAt } from "@mline/core";
import { useEffect, useRef } from "react";
import { useOpen, useSession } from "../state/context.ts";
import { type Selection, selectNodes } from "../state/selection.ts";
import type { Session } from "../state/session.ts";
import { late } from "../ui/late.ts";
import { applyAction, codeActions } from "./code-actions.ts";
import { fixMenu } from "./fix-menu.ts";
import { chosenRange, type FixesOf, markProblems, markRange, offsetOf } from "./marks.ts";
import { canShow } from "./reveal.ts";
import { applyInEditor, Breaks, editsOf, FromElsewhere } from "./sync.ts";
import { sourceTheme } from "./theme.ts";

/** The text of the experiment; all else on the page is a view of it. */
export function Source() {
  const session = useSession();
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const followed = useRef<Selection | null>(null);
  const selection = useOpen((state) => state.selection);
  const graph = useOpen((state) => state.view);
  const diagnostics = useOpen((state) => state.diagnostics);
  const fresh = useOpen((state) => state.analysis === "fresh");

  useEffect(() => {
    if (!place.current) return;
    const server = new Compartment();
    const editor = new EditorView({ state: stateOf(session, server), parent: place.current });
    view.current = editor;
    // The client of the language server is asked for when the text is already there.
    late(() => import("./language-server.ts")).then(
      ({ languageServer }) => {
        if (view.current === editor)
          editor.dispatch({ effects: server.reconfigure(languageServer(session)) });
      },
      // Without it there are no completion and no hover; the text can be edited as before.
      () => undefined,
    );
    let before = session.doc.text;
    const stop = session.onText((edits, from) => {
      if (from === "elsewhere") applyInEditor(editor, before, edits);
      before = session.doc.text;
    });
    const hide = canShow(session, (range, focus) => {
      const anchor = offsetOf(editor, range.start);
      const head = Math.max(anchor, offsetOf(editor, range.end));
      editor.dispatch({
        selection: { anchor, head },
        effects: EditorView.scrollIntoView(anchor, { y: "center" }),
      });
      if (focus) editor.focus();
    });
    return () => {
      stop();
      hide();
      view.current = null;
      editor.destroy();
    };
  }, [session]);

  useEffect(() => {
    const node = graph.nodes.find(({ id }) => id === selection.nodes.at(-1));
    const edge = graph.edges.find(({ id }) => id === selection.edge);
    const range = node?.range ?? edge?.range ?? null;
    if (!view.current) return;
    // The graph changes while somebody types: the cursor is moved only when something else is chosen.
    const isNew = followed.current !== selection;
    followed.current = selection;
    const isElsewhere = selection.by !== "source" && selection.by !== "problems";
    markRange(view.current, range, isNew && isElsewhere);
  }, [selection, graph]);

  useEffect(() => {
    if (view.current && fresh) markProblems(view.current, diagnostics, fixesOf(session));
  }, [diagnostics, fresh, session]);

  return <div ref={place} className="source" data-testid="source" />;
}

/** What the language server offers for one problem. */
function fixesOf(session: Session): FixesOf {
  return async ({ code, range }) => {
    const actions = await codeActions(session, range);
    const mending = actions.filter(({ mends }) => mends.some((one) => one.code === code));
    return mending.map((action) => ({
      title: action.title,
      apply: () => applyAction(session, action),
    }));
  };
}

function stateOf(session: Session, server: Compartment): EditorState {
  const { mayEdit } = session.state.get();
  return EditorState.create({
    doc: session.doc.text,
    extensions: [
      lineNumbers(),
      foldGutter(),
      highlightActiveLine(),
      highlightActiveLineGutter(),
      drawSelection(),
      bracketMatching(),
      closeBrackets(),
      autocompletion(),
      highlightSelectionMatches(),
      search({ top: true }),
      indentUnit.of("  "),
      yaml(),
      chosenRange,
      sourceTheme,
      EditorState.readOnly.of(!mayEdit),
      // A place of its own for the Tab key also where the text cannot be changed.
      EditorView.contentAttributes.of({ "aria-label": "Source of the experiment", tabindex: "0" }),
      keymap.of([
        { key: "Mod-z", run: () => done(session.undo), preventDefault: true },
        { key: "Mod-y", run: () => done(session.redo), preventDefault: true },
        { key: "Mod-Shift-z", run: () => done(session.redo), preventDefault: true },
        ...closeBracketsKeymap,
        ...completionKeymap,
        ...defaultKeymap,
        ...searchKeymap,
        ...foldKeymap,
        ...lintKeymap,
        indentWithTab,
      ]),
      fixMenu(session),
      server.of([]),
      typing(session),
      following(session),
    ],
  });
}

function done(run: () => void): true {
  run();
  return true;
}

/** What is typed goes into the one history. */
function typing(session: Session): Extension {
  return EditorView.updateListener.of((update) => {
    for (const transaction of update.transactions) {
      if (!transaction.docChanged || transaction.annotation(FromElsewhere)) continue;
      session.typed(editsOf(transaction, session.doc.text));
    }
  });
}

/** The node under the cursor is the chosen one. */
function following(session: Session): Extension {
  return EditorView.updateListener.of((update) => {
    const moved = update.selectionSet && update.view.hasFocus;
    const byUser = update.transactions.some((transaction) => transaction.isUserEvent("select"));
    if (!moved || !(byUser || update.docChanged)) return;
    const { head } = update.state.selection.main;
    const { doc } = session;
    const found = nodeAt(doc, new Breaks(doc.text).inText(head));
    if (found) session.select(selectNodes([found], "source"));
  });
}
