import { type Diagnostic as LintDiagnostic, setDiagnostics } from "@codemirror/lint";
import { type Extension, RangeSetBuilder, StateEffect, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView } from "@codemirror/view";
import type { Diagnostic, Range } from "@mline/core";

const showRange = StateEffect.define<{ readonly from: number; readonly to: number } | null>();
const rangeLine = Decoration.line({ class: "cm-node-range" });

/** The lines of the chosen node, shaded. */
export const chosenRange: Extension = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(shown, transaction) {
    for (const effect of transaction.effects) {
      if (!effect.is(showRange)) continue;
      if (!effect.value) return Decoration.none;
      const builder = new RangeSetBuilder<Decoration>();
      const { doc } = transaction.state;
      const last = doc.lineAt(effect.value.to).number;
      for (let line = doc.lineAt(effect.value.from).number; line <= last; line++) {
        builder.add(doc.line(line).from, doc.line(line).from, rangeLine);
      }
      return builder.finish();
    }
    return shown.map(transaction.changes);
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** Shades the lines of a range, and shows its beginning when asked to. */
export function markRange(view: EditorView, range: Range | null, scroll: boolean): void {
  if (!range) {
    view.dispatch({ effects: showRange.of(null) });
    return;
  }
  const from = offsetOf(view, range.start);
  const to = Math.max(from, offsetOf(view, range.end) - (range.end.character === 0 ? 1 : 0));
  view.dispatch({
    effects: [
      showRange.of({ from, to }),
      ...(scroll ? [EditorView.scrollIntoView(from, { y: "center" })] : []),
    ],
    ...(scroll ? { selection: { anchor: from } } : {}),
  });
}

/** LSP's position as an offset in the editor; what lies outside is clamped. */
export function offsetOf(view: EditorView, { line, character }: Range["start"]): number {
  const { doc } = view.state;
  if (line + 1 > doc.lines) return doc.length;
  const found = doc.line(Math.max(1, line + 1));
  return Math.min(found.from + character, found.to);
}

/** An offset in the editor as LSP's position. */
export function positionOf(view: EditorView, offset: number): Range["start"] {
  const line = view.state.doc.lineAt(offset);
  return { line: line.number - 1, character: offset - line.from };
}

/** What mends a problem; asked for when somebody looks at it. */
export type FixesOf = (diagnostic: Diagnostic) => Promise<readonly Fix[]>;

export interface Fix {
  readonly title: string;
  readonly apply: () => void;
}

/** Underlines what is wrong, with what mends it as buttons in the tooltip. */
export function markProblems(
  view: EditorView,
  diagnostics: readonly Diagnostic[],
  fixesOf: FixesOf,
): void {
  const marks: LintDiagnostic[] = diagnostics.map((diagnostic) => {
    const from = offsetOf(view, diagnostic.range.start);
    return {
      from,
      to: Math.max(from, offsetOf(view, diagnostic.range.end)),
      severity: diagnostic.severity,
      source: diagnostic.code,
      message: diagnostic.message,
      renderMessage: () => said(diagnostic, fixesOf),
    };
  });
  view.dispatch(setDiagnostics(view.state, marks));
}

function said(diagnostic: Diagnostic, fixesOf: FixesOf): HTMLElement {
  const text = document.createElement("span");
  text.textContent = diagnostic.message;
  const fixes = document.createElement("div");
  fixes.className = "cm-fixes";
  const whole = document.createElement("div");
  whole.append(text, fixes);
  void fixesOf(diagnostic).then(
    (found) => fixes.append(...found.map(buttonOf)),
    // Without the language server there is the message alone.
    () => undefined,
  );
  return whole;
}

function buttonOf({ title, apply }: Fix): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "cm-diagnosticAction";
  button.textContent = title;
  button.addEventListener("mousedown", (event) => {
    event.preventDefault();
    apply();
  });
  return button;
}
