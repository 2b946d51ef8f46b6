import fc from "fast-check";
import type { MutableJson } from "./oracle.ts";

/** Random experiments: every reference leads to something that is declared before. */

const words = fc.constantFrom(
  "plain",
  "two words",
  "a: b",
  "x # y",
  "🌸 Blüte",
  "12",
  "true",
  "it's",
  "",
  "- dash",
  "{x}",
  "$$5",
  "long ".repeat(30).trim(),
);
const script = fc.constantFrom(
  "echo one\n",
  'a "$IN_DATA"\n\nb # c\n',
  "x\ny",
  "  indented\nless\n",
);
const scalar = fc.oneof(
  words,
  fc.integer({ min: -5, max: 999 }),
  fc.boolean(),
  fc.double({ min: 0, max: 1, noNaN: true }),
);

export type Model = { [key: string]: MutableJson };

interface Drawn {
  readonly params: readonly MutableJson[];
  readonly entities: readonly {
    readonly at: boolean;
    readonly short: boolean;
    readonly doc: MutableJson;
  }[];
  readonly services: readonly { readonly env: MutableJson }[];
  readonly stages: readonly {
    readonly picks: readonly number[];
    readonly outs: number;
    readonly fills: boolean;
    readonly action: number;
    readonly script: string;
    readonly values: readonly MutableJson[];
    readonly parts: number;
  }[];
}

const drawn: fc.Arbitrary<Drawn> = fc.record({
  params: fc.array(
    fc.oneof(scalar, fc.record({ type: fc.constant("number"), default: fc.integer() })),
    { maxLength: 3 },
  ),
  entities: fc.array(fc.record({ at: fc.boolean(), short: fc.boolean(), doc: words }), {
    maxLength: 4,
  }),
  services: fc.array(fc.record({ env: scalar }), { maxLength: 2 }),
  stages: fc.array(
    fc.record({
      picks: fc.array(fc.nat(99), { maxLength: 3 }),
      outs: fc.nat(2),
      fills: fc.boolean(),
      action: fc.nat(2),
      script,
      values: fc.array(
        fc.oneof(
          scalar,
          fc.array(scalar, { maxLength: 3 }),
          fc.dictionary(fc.constantFrom("k", "l"), scalar),
        ),
        { maxLength: 3 },
      ),
      parts: fc.nat(63),
    }),
    { minLength: 1, maxLength: 5 },
  ),
});

export const models: fc.Arbitrary<Model> = drawn.map((parts) => {
  const params = Object.fromEntries(parts.params.map((value, i) => [`p${i}`, value]));
  const entities: Model = {};
  const sources: string[] = [];
  const unfilled: string[] = [];
  parts.entities.forEach(({ at, short, doc }, i) => {
    const name = `thing_${i}`;
    if (short) entities[name] = "Accuracy";
    else entities[name] = { is: "CsvTable", ...(at ? { at: "./t.csv" } : {}), doc };
    if (at && !short) sources.push(name);
    else unfilled.push(name);
  });
  const services = Object.fromEntries(
    parts.services.map(({ env }, i) => [
      `serv_${i}`,
      { image: "img:1", env: { V: env }, offers: { http: 80 } },
    ]),
  );
  const stages: Model = {};
  const names: string[] = [];
  parts.stages.forEach((stage, i) => {
    const name = `stage_${i}`;
    stages[name] = stageOf(stage, { sources, unfilled, names, params, services });
    const gives = (stages[name] as { readonly gives?: Model }).gives ?? {};
    for (const port of Object.keys(gives)) sources.push(`${name}.${port}`);
    names.push(name);
  });
  const filled = {
    ...(Object.keys(params).length ? { params } : {}),
    ...(Object.keys(entities).length ? { entities } : {}),
    ...(Object.keys(services).length ? { services } : {}),
  };
  return {
    mline: 1,
    experiment: "random",
    ...filled,
    stages,
    tests: { one: { expect: ["params.p0 > 1"] } },
  };
});

interface Known {
  readonly sources: readonly string[];
  readonly unfilled: string[];
  readonly names: readonly string[];
  readonly params: Model;
  readonly services: Model;
}

function stageOf(stage: Drawn["stages"][number], known: Known): Model {
  const { sources, unfilled, names, params, services } = known;
  const has = (bit: number): boolean => (stage.parts & (1 << bit)) !== 0;
  const pick = <T>(list: readonly T[], i: number): T[] =>
    list.length > 0 ? [list[i % list.length] as T] : [];
  const takes = Object.fromEntries(
    stage.picks.flatMap((at, i) =>
      pick(sources, at).map((source) => [`in_${i}`, i === 2 ? [source] : source]),
    ),
  );
  const gives: Model = Object.fromEntries(
    Array.from({ length: stage.outs }, (_, i) => [`out_${i}`, "Model"]),
  );
  const fill = stage.fills ? unfilled.pop() : undefined;
  if (fill) gives["filled"] = fill;
  const values: Model = Object.fromEntries(stage.values.map((value, i) => [`v${i}`, value]));
  for (const param of pick(Object.keys(params), stage.parts))
    if (has(0)) values["par"] = `$params.${param}`;
  const service = has(1) ? pick(Object.keys(services), stage.parts)[0] : undefined;
  const isPicky = has(5) && "p0" in params;
  return {
    ...(has(2) ? { is: "Train" } : {}),
    ...(service ? { uses: has(3) ? service : [service] } : {}),
    ...(has(4) && names.length > 0 ? { after: pick(names, stage.parts) } : {}),
    ...nonEmpty({ takes, gives, with: values }),
    ...(isPicky ? { when: "params.p0 > 3 and params.p0 < 'x y'" } : {}),
    ...actionOf(stage, service),
  };
}

function nonEmpty(maps: { readonly [key: string]: Model }): Model {
  return Object.fromEntries(Object.entries(maps).filter(([, map]) => Object.keys(map).length > 0));
}

function actionOf({ action, script }: Drawn["stages"][number], service: string | undefined): Model {
  if (action === 0) return { run: script };
  if (action === 1) return { call: "a:b" };
  return { command: ["x", "--y", service ? `$services.${service}.http.url` : "z, w"] };
}
