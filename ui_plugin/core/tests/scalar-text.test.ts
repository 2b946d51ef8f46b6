import fc from "fast-check";
import { expect, test } from "vitest";
import { parseDocument } from "yaml";
import type { Json } from "../src/index.ts";
import { plainData } from "../src/plain-data.ts";
import { scalarText } from "../src/scalar-text.ts";
import { readTree, root } from "../src/syntax.ts";
import { blockText, entryText, inlineText, isBlockText } from "../src/value-text.ts";

function read(text: string): Json {
  const tree = readTree(text);
  expect(tree.errors).toEqual([]);
  return plainData(root(tree), tree);
}

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 30 }),
  fc.string({ unit: "grapheme", maxLength: 30 }),
  fc.string({
    unit: fc.constantFrom(..."ab 0.:#-?,[]{}&*!|>'\"%@`~=<$\n\t\\e+_xno"),
    maxLength: 12,
  }),
  fc.constantFrom(
    "true",
    "null",
    "~",
    "1e3",
    "0x1f",
    "0o17",
    "010",
    "+4",
    ".5",
    ".inf",
    ".nan",
    "yes",
    "y",
    "1_000",
    "12:30",
    "2026-01-31",
    "- a",
    "a: b",
    "a #b",
    "<<",
    "=",
    "---",
    "...",
    "-",
    "?",
    ":",
    "a:",
    "#",
    "",
  ),
);
const scalar = fc.oneof(
  text,
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
);
const place = { flow: false, indent: 2, column: 6, step: 2, eol: "\n" };

test("every scalar is read back as it was, in a block, in a flow and as a key", () => {
  fc.assert(
    fc.property(
      scalar,
      fc.constantFrom("plain" as const, "single" as const, "double" as const),
      (value, quote) => {
        const same = Object.is(value, -0) ? -0 : value;
        expect(read(`k: ${scalarText(value, { flow: false }, quote)}\nz: 1\n`)).toEqual({
          k: same,
          z: 1,
        });
        expect(
          read(
            `{k: ${scalarText(value, { flow: true }, quote)}, z: [${scalarText(value, { flow: true }, quote)}]}`,
          ),
        ).toEqual({ k: same, z: [same] });
      },
    ),
    { numRuns: 2000 },
  );
});

test("YAML's own writer and this one read each other's text", () => {
  fc.assert(
    fc.property(text, (value) => {
      expect(parseDocument(scalarText(value, { flow: false })).toJS()).toBe(value);
    }),
    { numRuns: 1000 },
  );
});

test("text of several lines is a literal block that keeps every character", () => {
  const lines = fc.array(
    fc.string({ unit: fc.constantFrom("a", " ", "#", ":", "\t", "🌸", "-"), maxLength: 6 }),
    { minLength: 2, maxLength: 6 },
  );
  fc.assert(
    fc.property(lines, (drawn) => {
      const value = drawn.join("\n");
      if (!isBlockText(value)) return;
      expect(read(`  k: ${blockText(value, place)}\n  z: 1\n`)).toEqual({ k: value, z: 1 });
    }),
    { numRuns: 1000 },
  );
});

const { value: json } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    scalar,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(text, tie("value"), { maxKeys: 4 }),
  ),
}));

test("every structure is read back as it was, in lines and in one line", () => {
  fc.assert(
    fc.property(json, (value) => {
      expect(read(`k: ${inlineText(value, { flow: false })}\n`)).toEqual({ k: value });
      const written = entryText("k", value, { ...place, indent: 0 }, "block");
      expect(read(`${written}\nz: 1\n`)).toEqual({ k: value, z: 1 });
    }),
    { numRuns: 1000 },
  );
});
