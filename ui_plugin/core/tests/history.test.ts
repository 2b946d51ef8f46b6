import fc from "fast-check";
import { expect, test } from "vitest";
import { applyEdits, History, invertEdits, mapOffset, type TextEdit } from "../src/index.ts";

const typed = (start: number, text: string, end = start): readonly TextEdit[] => [
  { start, end, text },
];

test("typing without a pause in one place is one step", () => {
  let history = History.of("ab");
  for (const [i, letter] of [..."xyz"].entries())
    history = history.type(typed(1 + i, letter), i * 200);
  expect(history.text).toBe("axyzb");
  expect(history.undoLabels).toEqual(["Typing"]);
  expect(history.undo()?.history.text).toBe("ab");
});

test("a pause, another place and a new line begin a new step", () => {
  const paused = History.of("ab").type(typed(1, "x"), 0).type(typed(2, "y"), 5000);
  expect(paused.undoLabels).toHaveLength(2);
  const elsewhere = History.of("abcdef").type(typed(1, "x"), 0).type(typed(6, "y"), 10);
  expect(elsewhere.undoLabels).toHaveLength(2);
  const line = History.of("ab").type(typed(1, "x"), 0).type(typed(2, "\n"), 10);
  expect(line.undoLabels).toHaveLength(2);
});

test("deleting backwards is one step too", () => {
  const history = History.of("abcd")
    .type(typed(3, "", 4), 0)
    .type(typed(2, "", 3), 100);
  expect(history.text).toBe("ab");
  expect(history.undo()?.history.text).toBe("abcd");
});

test("a gesture is a step with its name, also between typing", () => {
  const history = History.of("ab")
    .type(typed(1, "x"), 0)
    .apply({ edits: typed(0, "y"), label: "Add y", select: "stage:y" })
    .type(typed(3, "z"), 10);
  expect(history.undoLabels).toEqual(["Typing", "Add y", "Typing"]);
  const back = history.undo()?.history.undo();
  expect(back?.change.label).toBe("Add y");
  expect(back?.history.text).toBe("axb");
  expect(back?.history.redo()?.change).toMatchObject({ label: "Add y", select: "stage:y" });
});

test("what is done after an undo forgets what was undone", () => {
  const undone = History.of("a")
    .apply({ edits: typed(0, "x"), label: "X" })
    .undo()?.history;
  const again = undone?.apply({ edits: typed(1, "y"), label: "Y" });
  expect(again?.redoLabels).toEqual([]);
  expect(again?.redo()).toBeNull();
});

test("a gesture that changes nothing is no step", () => {
  expect(History.of("a").apply({ edits: [], label: "Nothing" }).undoLabels).toEqual([]);
});

const edits = fc.string({ unit: "binary", maxLength: 40 }).chain((text) =>
  fc
    .array(
      fc.tuple(
        fc.nat(text.length),
        fc.nat(text.length),
        fc.string({ unit: "binary", maxLength: 5 }),
      ),
      { maxLength: 5 },
    )
    .map((drawn) => {
      const found: TextEdit[] = [];
      let free = 0;
      for (const [a, b, inserted] of [...drawn].sort(
        (x, y) => Math.min(x[0], x[1]) - Math.min(y[0], y[1]),
      )) {
        const start = Math.max(free, Math.min(a, b));
        const end = Math.max(start, Math.max(a, b));
        if (start > text.length) break;
        found.push({ start, end, text: inserted });
        free = end + 1;
      }
      return { text, edits: found };
    }),
);

test("inverted edits lead back to the text before", () => {
  fc.assert(
    fc.property(edits, ({ text, edits: found }) => {
      const after = applyEdits(text, found);
      expect(applyEdits(after, invertEdits(text, found))).toBe(text);
    }),
  );
});

test("an offset outside of all edits stays at its character", () => {
  fc.assert(
    fc.property(edits, fc.nat(40), ({ text, edits: found }, wish) => {
      const offset = Math.min(wish, text.length);
      if (found.some(({ start, end }) => start <= offset && offset <= end)) return;
      const after = applyEdits(text, found);
      expect(after.slice(mapOffset(offset, found))).toBe(applyTail(text, offset, found));
    }),
  );
});

function applyTail(text: string, offset: number, found: readonly TextEdit[]): string {
  const behind = found.filter(({ start }) => start >= offset);
  return applyEdits(
    text.slice(offset),
    behind.map(({ start, end, text: inserted }) => ({
      start: start - offset,
      end: end - offset,
      text: inserted,
    })),
  );
}

test("undoing everything gives the first text, and redoing everything the last", () => {
  fc.assert(
    fc.property(
      fc.string({ maxLength: 20 }),
      fc.array(
        fc.tuple(fc.nat(30), fc.nat(3), fc.string({ maxLength: 4 }), fc.boolean(), fc.nat(2000)),
        { maxLength: 20 },
      ),
      (text, steps) => {
        let history = History.of(text);
        let now = 0;
        for (const [at, length, inserted, isTyped, pause] of steps) {
          const start = Math.min(at, history.text.length);
          const found = typed(start, inserted, Math.min(start + length, history.text.length));
          now += pause;
          history = isTyped
            ? history.type(found, now)
            : history.apply({ edits: found, label: "Set" });
        }
        const last = history.text;
        for (let back = history.undo(); back; back = history.undo()) history = back.history;
        expect(history.text).toBe(text);
        for (let next = history.redo(); next; next = history.redo()) history = next.history;
        expect(history.text).toBe(last);
      },
    ),
  );
});
