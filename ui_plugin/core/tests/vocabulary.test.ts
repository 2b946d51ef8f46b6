import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { entriesOf, entry, readTree, root, textOf } from "../src/syntax.ts";
import {
  BUILT_IN_RELATIONS,
  ENTITY_KEYS,
  EXPERIMENT_KEYS,
  SERVICE_KEYS,
  STAGE_KEYS,
} from "../src/vocabulary.ts";

const SCHEMAS = join(import.meta.dirname, "..", "..", "..", "schemas");

interface Definition {
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly anyOf?: readonly Definition[];
}

interface Schema {
  readonly properties: Readonly<Record<string, unknown>>;
  readonly $defs: Readonly<Record<string, Definition>>;
}

const EXPERIMENT = JSON.parse(
  readFileSync(join(SCHEMAS, "experiment.schema.json"), "utf8"),
) as Schema;

function keysOf(name: string): readonly string[] {
  return Object.keys(EXPERIMENT.$defs[name]?.properties ?? {}).sort();
}

test("the keys of the language are the schema's", () => {
  expect([...EXPERIMENT_KEYS].sort()).toEqual(Object.keys(EXPERIMENT.properties).sort());
  expect([...STAGE_KEYS].sort()).toEqual(keysOf("stage"));
  expect([...SERVICE_KEYS].sort()).toEqual(keysOf("service"));
  const forms = EXPERIMENT.$defs["entity"]?.anyOf ?? [];
  const long = forms.find(({ properties }) => properties !== undefined);
  expect(Object.keys(long?.properties ?? {}).sort()).toEqual([...ENTITY_KEYS].sort());
});

test("the built-in relations are those of the libraries, with their inverses", () => {
  const names = readdirSync(join(SCHEMAS, "types"))
    .filter((name) => name.endsWith(".types.mline.yaml"))
    .flatMap((name) => {
      const tree = readTree(readFileSync(join(SCHEMAS, "types", name), "utf8"));
      return entriesOf(entry(root(tree), "relations")?.node).flatMap(({ key, node }) => {
        const inverse = textOf(entry(node, "inverse")?.node);
        return inverse === null ? [key] : [key, inverse];
      });
    });
  expect(names.length).toBeGreaterThan(10);
  expect([...BUILT_IN_RELATIONS].sort()).toEqual([...new Set(names)].sort());
});
