import { describe, expect, test } from "vitest";
import {
  type Applied,
  applyEdits,
  type Doc,
  invertEdits,
  isRefused,
  parse,
  sortEdits,
} from "../src/index.ts";
import type { Case } from "./case.ts";
import { ON_THE_NETWORK } from "./cases-network.ts";
import { ON_VALUES } from "./cases-values.ts";
import { meaning, withoutEmpty } from "./oracle.ts";
import { BROKEN, VALID } from "./texts.ts";

const CASES = { ...ON_VALUES, ...ON_THE_NETWORK };

const DELETING =
  /^(?:delete|clear|disconnect|move|set a list|set a list that is empty|rewire to another|.* in place of a list)/;

/** Comments with the text before them on their line left out. */
function comments(text: string): readonly string[] {
  return text.split(/\r?\n/).flatMap((line) => /(?:^|\s)(# ?[\w🌸-].*)$/u.exec(line)?.[1] ?? []);
}

function expectSafe(doc: Doc, { edits }: Applied, name: string): string {
  const { text } = doc;
  expect(() => sortEdits(edits)).not.toThrow();
  for (const { start, end } of edits)
    expect(0 <= start && start <= end && end <= text.length).toBe(true);
  const after = applyEdits(text, edits);
  expect(applyEdits(after, invertEdits(text, edits))).toBe(text);
  expect(parse(after).errors.length).toBeLessThanOrEqual(doc.errors.length);
  expectTexture(text, after, name);
  return after;
}

/** What is not meaning stays too: line breaks, the byte order mark, the end of the file, comments. */
function expectTexture(before: string, after: string, name: string): void {
  if (before.includes("\r\n")) expect(after.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
  else expect(after).not.toContain("\r");
  expect(after.startsWith("\ufeff")).toBe(before.startsWith("\ufeff"));
  expect(/[\r\n]$/.test(after)).toBe(/[\r\n]$/.test(before));
  if (DELETING.test(name)) return;
  const left = comments(after);
  for (const comment of comments(before)) expect(left).toContain(comment);
}

/** The lines that an edit does not touch are there, in their order. */
function expectLinesKept(doc: Doc, { edits }: Applied, after: string): void {
  const kept: string[] = [];
  for (let line = 0; line < doc.lines.lines; line++) {
    const start = doc.lines.offset({ line, character: 0 });
    const end = doc.lines.offset({ line: line + 1, character: 0 });
    if (!edits.some((edit) => edit.start < end && edit.end >= start))
      kept.push(doc.text.slice(start, end));
  }
  let at = 0;
  for (const line of kept) {
    at = after.indexOf(line, at);
    expect(at).toBeGreaterThanOrEqual(0);
    at += line.length;
  }
}

function check(
  texture: string,
  text: string,
  name: string,
  { does, means, refusedIn = [] }: Case,
): void {
  const doc = parse(text);
  const gesture = does(doc);
  if (refusedIn.includes(texture)) {
    expect(isRefused(gesture) && gesture.refused).toMatch(/^.{20,}$/);
    return;
  }
  if (isRefused(gesture)) throw new Error(`refused: ${gesture.refused}`);
  expect(gesture.label).toMatch(/^[A-Z]/);
  const after = expectSafe(doc, gesture, name);
  expectLinesKept(doc, gesture, after);
  expect(withoutEmpty(meaning(after))).toEqual(withoutEmpty(means(meaning(text))));
  if (gesture.select) expect(parse(after).things.has(gesture.select)).toBe(true);
}

for (const [texture, text] of Object.entries(VALID)) {
  describe(`in a text with ${texture}`, () => {
    test("the text itself has no errors", () => {
      expect(parse(text).errors).toEqual([]);
    });
    for (const [name, found] of Object.entries(CASES)) {
      test(`${name} changes nothing else`, () => check(texture, text, name, found));
    }
  });
}

for (const [texture, text] of Object.entries(BROKEN)) {
  describe(`in a text with ${texture}`, () => {
    test("the good parts are drawn", () => {
      const ids = parse(text).graph.nodes.map(({ id }) => id);
      for (const id of ["param:depth", "entity:table", "service:db", "stage:split", "stage:ship"]) {
        expect(ids).toContain(id);
      }
    });
    for (const [name, found] of Object.entries(CASES)) {
      test(`${name} leaves the broken part as it is`, () => check(texture, text, name, found));
    }
  });
}
