import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const look = EditorView.theme({
  "&": {
    height: "100%",
    color: "var(--ink)",
    backgroundColor: "var(--surface)",
  },
  "&.cm-focused": { outline: "none" },
  ".cm-content": { caretColor: "var(--accent)" },
  ".cm-cursor": { borderLeftColor: "var(--accent)", borderLeftWidth: "2px" },
  ".cm-gutters": { backgroundColor: "var(--surface)", color: "var(--ink-3)", border: "0" },
  ".cm-lineNumbers .cm-gutterElement": { padding: "0 6px 0 12px", minWidth: "34px" },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--accent) 5%, transparent)" },
  ".cm-activeLineGutter": { backgroundColor: "transparent", color: "var(--ink)" },
  ".cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground":
    {
      backgroundColor: "color-mix(in srgb, var(--accent) 24%, transparent)",
    },
  ".cm-node-range": { backgroundColor: "color-mix(in srgb, var(--accent) 8%, transparent)" },
  ".cm-matchingBracket": {
    backgroundColor: "var(--surface-3)",
    outline: "1px solid var(--line-strong)",
  },
  ".cm-lintRange-error": {
    backgroundImage: "none",
    textDecoration: "underline wavy var(--error) 1px",
    textUnderlineOffset: "3px",
  },
  ".cm-lintRange-warning": {
    backgroundImage: "none",
    textDecoration: "underline wavy var(--warning-mark) 1px",
    textUnderlineOffset: "3px",
  },
  ".cm-tooltip": {
    border: "1px solid var(--line)",
    borderRadius: "8px",
    backgroundColor: "var(--surface)",
    color: "var(--ink)",
    boxShadow: "var(--shadow-2)",
    fontFamily: "var(--font)",
    fontSize: "12.5px",
    maxWidth: "480px",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", maxHeight: "16em" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "4px 10px", lineHeight: "1.5" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": {
    backgroundColor: "var(--accent-soft)",
    color: "var(--ink)",
  },
  ".cm-completionDetail": { color: "var(--ink-3)", fontStyle: "normal", marginLeft: "12px" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700" },
  ".cm-lsp-documentation, .cm-lsp-hover-tooltip": {
    padding: "8px 12px",
    maxHeight: "320px",
    overflow: "auto",
  },
  ".cm-lsp-documentation p, .cm-lsp-hover-tooltip p": { margin: "0 0 6px" },
  ".cm-diagnostic": { padding: "6px 10px", borderLeft: "0" },
  ".cm-diagnosticAction": {
    padding: "3px 8px",
    border: "1px solid var(--line-strong)",
    borderRadius: "5px",
    backgroundColor: "var(--surface)",
    color: "var(--accent-text)",
    font: "550 11px var(--font)",
  },
  ".cm-fixes:not(:empty)": {
    display: "flex",
    flexWrap: "wrap",
    gap: "6px",
    marginTop: "6px",
  },
  ".cm-fixes .cm-diagnosticAction": { marginLeft: "0" },
  ".cm-panels": {
    backgroundColor: "var(--surface-2)",
    color: "var(--ink)",
    borderColor: "var(--line)",
  },
  ".cm-panel input, .cm-panel button": { fontFamily: "var(--font)" },
  ".cm-searchMatch": {
    backgroundColor: "color-mix(in srgb, var(--warning-mark) 35%, transparent)",
  },
});

const colours = HighlightStyle.define([
  {
    tag: [tags.definition(tags.propertyName), tags.propertyName],
    color: "var(--syn-key)",
    fontWeight: "500",
  },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--syn-string)" },
  { tag: [tags.number], color: "var(--syn-number)" },
  { tag: [tags.bool, tags.null, tags.keyword, tags.atom], color: "var(--syn-atom)" },
  { tag: tags.comment, color: "var(--syn-comment)", fontStyle: "italic" },
  { tag: [tags.labelName, tags.typeName], color: "var(--syn-ref)" },
  {
    tag: [tags.punctuation, tags.separator, tags.brace, tags.squareBracket],
    color: "var(--ink-3)",
  },
]);

export const sourceTheme = [look, syntaxHighlighting(colours)];
