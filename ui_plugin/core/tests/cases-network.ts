import * as core from "../src/index.ts";
import { type Case, field } from "./case.ts";
import { at, set, unset } from "./oracle.ts";

const DEPTH = { type: "integer", default: 3 } as const;

/** Gestures on nodes and what joins them. */
export const ON_THE_NETWORK: Readonly<Record<string, Case>> = {
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
