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

/** Underlines what is wrong, with the fix as a button in the tooltip. */
export function markProblems(
  view: EditorView,
  diagnostics: readonly Diagnostic[],
  fix: (diagnostic: Diagnostic) => void,
): void {
  const marks: LintDiagnostic[] = diagnostics.map((diagnostic) => {
    const from = offsetOf(view, diagnostic.range.start);
    const { fix: offered } = diagnostic;
    return {
      from,
      to: Math.max(from, offsetOf(view, diagnostic.range.end)),
      severity: diagnostic.severity,
      source: diagnostic.code,
      message: diagnostic.message,
      ...(offered ? { actions: [{ name: offered.title, apply: () => fix(diagnostic) }] } : {}),
    };
  });
  view.dispatch(setDiagnostics(view.state, marks));
}
