import { entriesOf, isFlow, isMap, root, spanOf, type Tree, target } from "./syntax.ts";

/** The line break that a text uses; LF when it has none. */
export function eolOf(text: string): string {
  return /\r\n|\n|\r/.exec(text)?.[0] ?? "\n";
}

/** The offset at which the line of an offset begins. */
export function lineStart(text: string, offset: number): number {
  let at = offset;
  while (at > 0 && !isBreak(text.charCodeAt(at - 1))) at--;
  return at === 0 && text.charCodeAt(0) === 0xfeff ? Math.min(1, offset) : at;
}

/** The offset of the line break that ends the line of an offset, or of the end of the text. */
export function lineEnd(text: string, offset: number): number {
  let at = offset;
  while (at < text.length && !isBreak(text.charCodeAt(at))) at++;
  return at;
}

/** The offset behind the line break that ends the line of an offset. */
export function nextLine(text: string, offset: number): number {
  const end = lineEnd(text, offset);
  return text.startsWith("\r\n", end) ? end + 2 : Math.min(end + 1, text.length);
}

/** How far an offset is from the begin of its line. */
export function columnOf(text: string, offset: number): number {
  return offset - lineStart(text, offset);
}

/** Whether only white space stands between the begin of its line and an offset. */
export function startsLine(text: string, offset: number): boolean {
  return text.slice(lineStart(text, offset), offset).trim() === "";
}

/** Whether the line that begins at an offset has white space alone; the end of the text has not. */
export function isBlankLine(text: string, start: number): boolean {
  return start < text.length && text.slice(start, lineEnd(text, start)).trim() === "";
}

function isBreak(unit: number): boolean {
  return unit === 10 || unit === 13;
}

/** By how many columns the file indents; two when it does not say. */
export function stepOf(text: string, tree: Tree): number {
  for (const section of entriesOf(root(tree))) {
    const body = target(section.node, tree);
    const first = isMap(body) && !isFlow(body) ? entriesOf(body)[0] : undefined;
    if (first && spanOf(first.keyNode).start > section.keySpan.start) {
      const step = columnOf(text, first.keySpan.start) - columnOf(text, section.keySpan.start);
      if (step > 0) return step;
    }
  }
  return 2;
}
