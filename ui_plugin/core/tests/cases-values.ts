import * as core from "../src/index.ts";
import { type Case, field } from "./case.ts";
import { at, type MutableJson, replaceWords, set, unset } from "./oracle.ts";

/** Gestures on values and names. */
export const ON_VALUES: Readonly<Record<string, Case>> = {
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
