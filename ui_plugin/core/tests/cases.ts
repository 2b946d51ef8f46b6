import * as core from "../src/index.ts";
import { at, type MutableJson, replaceWords, set, unset } from "./oracle.ts";

/** A gesture on the experiment of `texts.ts`, and what the text must mean afterwards. */
export interface Case {
  readonly does: (doc: core.Doc) => core.Gesture;
  readonly means: (before: MutableJson) => MutableJson;
  /** Textures in which it cannot be done safely; the gesture says so. */
  readonly refusedIn?: readonly string[];
}

const field = (node: string, ...path: (string | number)[]): core.Field => ({ node, path });

const DEPTH = { type: "integer", default: 3 } as const;

export const CASES: Readonly<Record<string, Case>> = {
  "set a number": {
    does: (doc) => core.setField(doc, field("stage:fit", "with", "rounds"), 9),
    means: (data) => set(data, ["stages", "fit", "with", "rounds"], 9),
    refusedIn: ["anchors"],
  },
  "set a text that looks like a number": {
    does: (doc) => core.setField(doc, field("experiment", "title"), "1e3"),
    means: (data) => set(data, ["title"], "1e3"),
  },
  "set a text with everything in it": {
    does: (doc) => core.setField(doc, field("stage:score", "doc"), "a: b # c, {d} 'e' \"f\" 🌸"),
    means: (data) => set(data, ["stages", "score", "doc"], "a: b # c, {d} 'e' \"f\" 🌸"),
  },
  "set a text of several lines": {
    does: (doc) => core.setField(doc, field("stage:tune", "run"), "one\n\n  two: # 3\nfour\n"),
    means: (data) => set(data, ["stages", "tune", "run"], "one\n\n  two: # 3\nfour\n"),
  },
  "set a text of several lines in place of a list": {
    does: (doc) => core.setField(doc, field("stage:fit", "command"), "one\n  two\n"),
    means: (data) => set(data, ["stages", "fit", "command"], "one\n  two\n"),
  },
  "set a text of several lines in place of a word": {
    does: (doc) => core.setField(doc, field("stage:score", "call"), "one\ntwo\n"),
    means: (data) => set(data, ["stages", "score", "call"], "one\ntwo\n"),
  },
  "add a text of several lines at the end": {
    does: (doc) => core.setField(doc, field("stage:ship", "doc"), "one\ntwo"),
    means: (data) => set(data, ["stages", "ship", "doc"], "one\ntwo"),
  },
  "set a field in a map that is not there": {
    does: (doc) => core.setField(doc, field("stage:ship", "env", "DEBUG"), "yes"),
    means: (data) => set(data, ["stages", "ship", "env", "DEBUG"], "yes"),
  },
  "set a list": {
    does: (doc) => core.setField(doc, field("stage:fit", "command"), ["fit", "--all", "$in.data"]),
    means: (data) => set(data, ["stages", "fit", "command"], ["fit", "--all", "$in.data"]),
  },
  "set a list that is empty": {
    does: (doc) => core.setField(doc, field("stage:fit", "command"), []),
    means: (data) => set(data, ["stages", "fit", "command"], []),
  },
  "add to a list": {
    does: (doc) => core.setField(doc, field("stage:fit", "command", 4), "--last"),
    means: (data) => set(data, ["stages", "fit", "command", 4], "--last"),
  },
  "set a structure": {
    does: (doc) => core.setField(doc, field("stage:fit", "resources"), { cpu: 2, memory: "4Gi" }),
    means: (data) => set(data, ["stages", "fit", "resources"], { cpu: 2, memory: "4Gi" }),
  },
  "set a second key of a short form": {
    does: (doc) => core.setField(doc, field("param:depth", "minimum"), 1),
    means: (data) => set(data, ["params", "depth"], { default: 3, minimum: 1 }),
  },
  "set the default that a short form is": {
    does: (doc) => core.setField(doc, field("param:depth", "default"), 4),
    means: (data) => set(data, ["params", "depth"], 4),
  },
  "set a title of a short entity": {
    does: (doc) => core.setField(doc, field("entity:accuracy", "title"), "How good"),
    means: (data) => set(data, ["entities", "accuracy"], { is: "Accuracy", title: "How good" }),
  },
  "clear a field": {
    does: (doc) => core.clearField(doc, field("stage:fit", "with", "depth")),
    means: (data) => unset(data, ["stages", "fit", "with", "depth"]),
  },
  "clear the last field of a map": {
    does: (doc) => core.clearField(doc, field("stage:split", "with", "rate")),
    means: (data) => unset(data, ["stages", "split", "with", "rate"]),
  },
  "clear a block of text": {
    does: (doc) => core.clearField(doc, field("stage:tune", "run")),
    means: (data) => unset(data, ["stages", "tune", "run"]),
  },
  "clear an item": {
    does: (doc) => core.clearField(doc, field("stage:fit", "command", 1)),
    means: (data) => unset(data, ["stages", "fit", "command", 1]),
  },
  "clear the gate": {
    does: (doc) => core.clearField(doc, field("experiment", "release", "gate")),
    means: (data) => unset(data, ["release", "gate"], 0),
  },
  "rename a stage": {
    does: (doc) => core.rename(doc, "stage:fit", "grow"),
    means: (data) => renamedFit(data),
  },
  "rename an entity": {
    does: (doc) => core.rename(doc, "entity:accuracy", "goodness"),
    means: (data) => replaceWords(data, /\baccuracy\b/g, "goodness"),
  },
  "rename a parameter": {
    does: (doc) => core.rename(doc, "param:depth", "levels"),
    means: (data) => renamedDepth(data),
  },
  "rename a service": {
    does: (doc) => core.rename(doc, "service:db", "store"),
    means: (data) => replaceWords(data, /(?<!-)\bdb\b/g, "store"),
  },
  "rename an output": {
    does: (doc) =>
      core.renamePort(doc, { node: "stage:split", side: "out", name: "valid" }, "held"),
    means: (data) => replaceWords(data, /\bvalid\b/g, "held"),
  },
  "rename an input": {
    does: (doc) => core.renamePort(doc, { node: "stage:fit", side: "in", name: "data" }, "rows"),
    means: (data) =>
      set(
        set(
          unset(data, ["stages", "fit", "takes", "data"]),
          ["stages", "fit", "takes", "rows"],
          "split.train",
        ),
        ["stages", "fit", "command", 3],
        "$in.rows",
      ),
  },
  "delete a stage": {
    does: (doc) => core.deleteNodes(doc, ["stage:ship"]),
    means: (data) => unset(data, ["stages", "ship"]),
  },
  "delete a stage that others need": {
    does: (doc) => core.deleteNodes(doc, ["stage:tune"]),
    means: (data) => unset(unset(data, ["stages", "score", "after", 0]), ["stages", "tune"]),
    refusedIn: ["anchors"],
  },
  "delete an entity that a stage fills": {
    does: (doc) => core.deleteNodes(doc, ["entity:tuning"]),
    means: (data) =>
      unset(set(data, ["stages", "tune", "gives", "value"], "Accuracy"), ["entities", "tuning"]),
  },
  "delete all services": {
    does: (doc) => core.deleteNodes(doc, ["service:db"], { references: "keep" }),
    means: (data) => unset(data, ["services", "db"], 0),
  },
  "delete a parameter": {
    does: (doc) => core.deleteNodes(doc, ["param:depth"]),
    means: (data) =>
      unset(
        unset(
          set(
            set(data, ["stages", "fit", "with", "depth"], 3),
            ["stages", "ship", "when"],
            "accuracy >= 0.9",
          ),
          ["tests", "smoke", "with", "depth"],
        ),
        ["params", "depth"],
      ),
  },
  "delete an entity that a condition names among others": {
    does: (doc) => core.deleteNodes(doc, ["entity:accuracy"]),
    means: (data) =>
      unset(
        set(
          set(data, ["stages", "ship", "when"], "params.depth < 9"),
          ["stages", "score", "gives", "value"],
          "Accuracy",
        ),
        ["entities", "accuracy"],
      ),
  },
  "delete all that a condition names": {
    does: (doc) => core.deleteNodes(doc, ["entity:accuracy", "param:depth"]),
    means: (data) =>
      [
        ["tests", "smoke", "with", "depth"],
        ["stages", "ship", "when"],
        ["params", "depth"],
        ["entities", "accuracy"],
      ].reduce(
        (left, path) => unset(left, path),
        set(
          set(data, ["stages", "fit", "with", "depth"], 3),
          ["stages", "score", "gives", "value"],
          "Accuracy",
        ),
      ),
  },
  "delete several nodes beside each other": {
    does: (doc) => core.deleteNodes(doc, ["stage:score", "stage:ship", "entity:accuracy"]),
    means: (data) =>
      [
        ["stages", "score"],
        ["stages", "ship"],
        ["entities", "accuracy"],
      ].reduce((left, path) => unset(left, path), data),
  },
  "duplicate a stage": {
    does: (doc) => core.duplicate(doc, ["stage:fit"]),
    means: (data) => set(data, ["stages", "fit_2"], at(data, ["stages", "fit"]) ?? null),
  },
  "duplicate a stage that fills an entity": {
    does: (doc) => core.duplicate(doc, ["stage:score"]),
    means: (data) =>
      set(
        set(data, ["stages", "score_2"], at(data, ["stages", "score"]) ?? null),
        ["stages", "score_2", "gives", "value"],
        "Accuracy",
      ),
  },
  "paste two stages that know each other": {
    does: (doc) =>
      core.paste(
        doc,
        "stages:\n  fit: {gives: {model: Model}, call: a:b}\n  use: {takes: {m: fit.model}, call: a:c}\n",
      ),
    means: (data) =>
      set(
        set(data, ["stages", "fit_2"], { gives: { model: "Model" }, call: "a:b" }),
        ["stages", "use"],
        { takes: { m: "fit_2.model" }, call: "a:c" },
      ),
  },
  "paste into a section that is not there": {
    does: (doc) => core.paste(core.parse(doc.text), "stages:\n  new:\n    call: a:b   # kept\n"),
    means: (data) => set(data, ["stages", "new"], { call: "a:b" }),
  },
  "add a stage": {
    does: (doc) =>
      core.addNode(doc, {
        section: "stages",
        type: "Train",
        name: "again",
        body: { takes: { data: "split.train" } },
      }),
    means: (data) =>
      set(data, ["stages", "again"], { is: "Train", takes: { data: "split.train" } }),
  },
  "add an entity": {
    does: (doc) =>
      core.addNode(doc, {
        section: "entities",
        type: "CsvTable",
        name: "more",
        body: { at: "./more.csv" },
      }),
    means: (data) => set(data, ["entities", "more"], { is: "CsvTable", at: "./more.csv" }),
  },
  "add a parameter": {
    does: (doc) => core.addNode(doc, { section: "params", name: "seed", body: DEPTH }),
    means: (data) => set(data, ["params", "seed"], DEPTH),
  },
  "connect an output to a new port": {
    does: (doc) =>
      core.connect(doc, {
        from: { node: "stage:split", port: "test" },
        to: { node: "stage:ship", port: "rows" },
      }),
    means: (data) => set(data, ["stages", "ship", "takes", "rows"], "split.test"),
  },
  "connect to a port that has something": {
    does: (doc) =>
      core.connect(doc, {
        from: { node: "entity:table" },
        to: { node: "stage:fit", port: "data" },
      }),
    means: (data) => set(data, ["stages", "fit", "takes", "data"], "table"),
  },
  "connect to a port that takes many": {
    does: (doc) =>
      core.connect(doc, {
        from: { node: "stage:split", port: "test" },
        to: { node: "stage:ship", port: "models" },
      }),
    means: (data) => set(data, ["stages", "ship", "takes", "models"], ["fit.model", "split.test"]),
  },
  "connect a service": {
    does: (doc) => core.connect(doc, { from: { node: "service:db" }, to: { node: "stage:ship" } }),
    means: (data) => set(data, ["stages", "ship", "uses"], ["db"]),
  },
  "connect a parameter": {
    does: (doc) =>
      core.connect(doc, {
        from: { node: "param:rate" },
        to: { node: "stage:ship", field: "with.rate" },
      }),
    means: (data) => set(data, ["stages", "ship", "with", "rate"], "$params.rate"),
  },
  "put a stage after another": {
    does: (doc) =>
      core.connect(doc, {
        from: { node: "stage:tune" },
        to: { node: "stage:ship" },
        kind: "after",
      }),
    means: (data) => set(data, ["stages", "ship", "after"], ["tune"]),
  },
  "disconnect the only input": {
    does: (doc) => core.disconnect(doc, ["data:stage:split.train->stage:fit.data"]),
    means: (data) => unset(data, ["stages", "fit", "takes", "data"]),
  },
  "disconnect an output from its entity": {
    does: (doc) => core.disconnect(doc, ["data:stage:score.value->entity:accuracy"]),
    means: (data) => set(data, ["stages", "score", "gives", "value"], "Accuracy"),
  },
  "disconnect the order": {
    does: (doc) => core.disconnect(doc, ["after:stage:tune->stage:score"]),
    means: (data) => unset(data, ["stages", "score", "after", 0]),
  },
  "rewire an input": {
    does: (doc) =>
      core.rewire(doc, "data:stage:split.train->stage:fit.data", {
        from: { node: "entity:table" },
      }),
    means: (data) => set(data, ["stages", "fit", "takes", "data"], "table"),
  },
  "rewire to another stage": {
    does: (doc) =>
      core.rewire(doc, "data:stage:split.test->stage:score.data", {
        to: { node: "stage:ship", port: "rows" },
      }),
    means: (data) =>
      set(
        unset(data, ["stages", "score", "takes", "data"]),
        ["stages", "ship", "takes", "rows"],
        "split.test",
      ),
  },
  "rewire all": {
    does: (doc) =>
      core.rewireAll(
        doc,
        { node: "stage:split", port: "valid" },
        { node: "stage:split", port: "test" },
      ),
    means: (data) =>
      set(
        set(data, ["stages", "tune", "takes", "data"], "split.test"),
        ["entities", "tuning", "measured_on"],
        "split.test",
      ),
  },
  "sweep a stage": {
    does: (doc) =>
      core.wrapInSweep(doc, "stage:fit", {
        over: { depth: [2, 3], width: [1, 2] },
        pick: "max tuning",
      }),
    means: (data) =>
      set(set(data, ["stages", "fit", "with", "width"], 1), ["stages", "fit", "sweep"], {
        over: { depth: [2, 3], width: [1, 2] },
        pick: "max tuning",
      }),
  },
  "insert an adapter into the stage": {
    does: (doc) =>
      core.insertAdapter(doc, "data:stage:split.train->stage:fit.data", { call: "conv:to_rows" }),
    means: (data) => set(data, ["stages", "fit", "adapt", "takes", "data"], "conv:to_rows"),
  },
  "insert an adapter as a stage": {
    does: (doc) =>
      core.insertAdapter(doc, "data:stage:split.train->stage:fit.data", {
        stage: { gives: "ParquetTable", name: "as_parquet", body: { call: "conv:to_parquet" } },
      }),
    means: (data) =>
      set(
        set(data, ["stages", "fit", "takes", "data"], "as_parquet.to"),
        ["stages", "as_parquet"],
        { takes: { from: "split.train" }, gives: { to: "ParquetTable" }, call: "conv:to_parquet" },
      ),
  },
  "move a stage to the services": {
    does: (doc) => core.moveToSection(doc, "stage:ship", "services"),
    means: (data) =>
      set(
        unset(data, ["stages", "ship"]),
        ["services", "ship"],
        at(data, ["stages", "ship"]) ?? null,
      ),
  },
  "make a value a parameter": {
    does: (doc) => core.liftToParam(doc, field("stage:fit", "with", "rounds"), "rounds"),
    means: (data) =>
      set(
        set(data, ["stages", "fit", "with", "rounds"], "$params.rounds"),
        ["params", "rounds"],
        7,
      ),
    refusedIn: ["anchors"],
  },
  "declare an output": {
    does: (doc) => core.declareOutput(doc, "stage:fit", "model", "tree"),
    means: (data) =>
      set(set(data, ["stages", "fit", "gives", "model"], "tree"), ["entities", "tree"], "Model"),
  },
  "use a library": {
    does: (doc) => core.addUse(doc, "./lab.types.mline.yaml"),
    means: (data) => set(data, ["use"], ["sklearn", "./lab.types.mline.yaml"]),
  },
};

/** The stage `fit` has the name of a word of its own command. */
function renamedFit(data: MutableJson): MutableJson {
  const renamed = replaceWords(data, /^fit(?=\.|$)/, "grow");
  return set(renamed, ["stages", "grow", "command", 0], "fit");
}

/** `depth` is also a name under `with`, which stays. */
function renamedDepth(data: MutableJson): MutableJson {
  const renamed = replaceWords(data, /\bparams\.depth\b/g, "params.levels");
  const moved = set(
    unset(renamed, ["params", "depth"]),
    ["params", "levels"],
    at(data, ["params", "depth"]) ?? null,
  );
  return set(
    unset(moved, ["tests", "smoke", "with", "depth"]),
    ["tests", "smoke", "with", "levels"],
    2,
  );
}
