import { expect, test } from "vitest";
import { parseDocument } from "yaml";
import { applyEdits, Doc, deleteNodes, isRefused, parse, rename, setField } from "../src/index.ts";

/** An experiment of a thousand lines: 100 stages in a chain, with parameters and metrics. */
function longText(): string {
  const stages = Array.from({ length: 100 }, (_, i) => {
    const source = i === 0 ? "table" : `stage_${i - 1}.data`;
    return [
      `  stage_${i}:`,
      "    is: Transform",
      `    doc: What stage ${i} does, in a line that is as long as such lines are.`,
      `    takes: {data: ${source}}   # from the stage before`,
      "    gives: {data: CsvTable}",
      "    code: ./src",
      `    call: steps:step_${i}`,
      `    with: {rate: $params.rate, rounds: ${i}, names: [a, b, c]}`,
      "",
    ].join("\n");
  });
  const metrics = Array.from(
    { length: 80 },
    (_, i) => `  metric_${i}: {is: Accuracy, measured_on: stage_${i}.data}`,
  );
  return `mline: 1\nexperiment: long\nparams: {rate: 0.5}\nentities:\n  table: {is: CsvTable, at: ./t.csv}\n${metrics.join("\n")}\nstages:\n${stages.join("\n")}`;
}

/** Medians in milliseconds of processor time, which other programs do not lengthen. Jobs take turns. */
function medians(
  jobs: Readonly<Record<string, (round: number) => void>>,
  rounds = 9,
): Record<string, number> {
  const times: Record<string, number[]> = {};
  for (let round = 0; round < rounds + 3; round++) {
    for (const [name, job] of Object.entries(jobs)) {
      const start = process.cpuUsage();
      job(round);
      const { user, system } = process.cpuUsage(start);
      const time = (user + system) / 1000;
      if (round >= 3) times[name] = [...(times[name] ?? []), time];
    }
  }
  return Object.fromEntries(
    Object.entries(times).map(([name, all]) => [
      name,
      all.sort((a, b) => a - b)[all.length >> 1] ?? 0,
    ]),
  );
}

test("a keystroke in a thousand lines costs little more than reading YAML at all", () => {
  const text = longText();
  expect(text.split("\n").length).toBeGreaterThan(950);
  const at = text.indexOf("rounds: 50");
  // Every round has a text of its own: nothing is remembered.
  const typed = (round: number): string => `${text.slice(0, at)}x${round}: 1, ${text.slice(at)}`;
  const done = (gesture: ReturnType<typeof rename>, source: string): void => {
    if (isRefused(gesture)) throw new Error(gesture.refused);
    expect(new Doc(applyEdits(source, gesture.edits)).graph.nodes.length).toBe(182);
  };
  const times = medians({
    "yaml alone": (round) =>
      parseDocument(typed(round), { keepSourceTokens: true, prettyErrors: false }),
    "keystroke to graph": (round) => {
      expect(new Doc(typed(round)).graph.edges.length).toBe(200);
    },
    "set a field, to graph": (round) => {
      const source = typed(round);
      const gesture = setField(
        parse(source),
        { node: "stage:stage_7", path: ["with", "rounds"] },
        round + 1000,
      );
      if (isRefused(gesture)) throw new Error(gesture.refused);
      expect(parse(applyEdits(source, gesture.edits)).graph.edges.length).toBe(200);
    },
    "rename, to graph": (round) =>
      done(rename(parse(typed(round)), "stage:stage_7", `other_${round}`), typed(round)),
    "delete what a hundred stages use": (round) => {
      const gesture = deleteNodes(parse(typed(round)), ["param:rate"]);
      if (isRefused(gesture)) throw new Error(gesture.refused);
      expect(gesture.edits.length).toBe(101);
    },
  });
  for (const [name, time] of Object.entries(times))
    process.stdout.write(`${name}: ${time.toFixed(1)} ms\n`);
  const ratio = (times["keystroke to graph"] ?? 0) / (times["yaml alone"] ?? 1);
  process.stdout.write(`keystroke to graph, times yaml alone: ${ratio.toFixed(2)}\n`);
  expect(ratio).toBeLessThan(3);
  // A few readings of the text, not one for every reference.
  const deleting = (times["delete what a hundred stages use"] ?? 0) / (times["yaml alone"] ?? 1);
  process.stdout.write(`deletion, times yaml alone: ${deleting.toFixed(2)}\n`);
  expect(deleting).toBeLessThan(15);
}, 300_000);
