import { describe, expect, it } from "vitest";
import { type GraphView, groupAround, groupsOf, parse, standIns } from "../src/index.ts";

const TEXT = `mline: 1
experiment: e
params: {seed: 1, rate: 2}
services:
  db: {image: db}
  cache: {image: cache}
entities: {score: Accuracy}
stages:
  split: {run: 'true', gives: {a: Table, b: Table}}
  fit: {takes: {data: split.a}, gives: {model: Model}, run: 'true', sweep: {over: {x: [1, 2]}, pick: max score}}
  tune: {takes: {model: fit.model}, gives: {value: score}, run: 'true'}
  last: {takes: {model: fit.model}, run: 'true'}
`;

/** The graph as the server makes it: only it knows which stages run once per instance. */
function viewed(text = TEXT): GraphView {
  const { graph } = parse(text);
  const nodes = graph.nodes.map((node) =>
    node.sweep ? { ...node, sweep: { ...node.sweep, members: ["stage:fit", "stage:tune"] } } : node,
  );
  return { ...graph, nodes };
}

const own = (...members: string[]) => [{ id: "own:1", title: "Mine", members }];

describe("groups", () => {
  it("are the sweeps, the services and the parameters of a file", () => {
    expect(groupsOf(viewed()).map(({ id, members }) => [id, members])).toEqual([
      ["stage:fit", ["stage:fit", "stage:tune"]],
      ["services", ["service:db", "service:cache"]],
      ["params", ["param:seed", "param:rate"]],
    ]);
  });

  it("are none where there is one service only", () => {
    const text = TEXT.replace("  cache: {image: cache}\n", "");
    expect(groupsOf(viewed(text)).map(({ id }) => id)).not.toContain("services");
  });

  it("of the user hold whole sweeps, or none of one", () => {
    const [withHome] = groupsOf(viewed(), own("stage:split", "stage:fit"));
    expect(withHome?.members).toEqual(["stage:split", "stage:fit", "stage:tune"]);
    const [without] = groupsOf(viewed(), own("stage:split", "stage:tune", "stage:last"));
    expect(without?.members).toEqual(["stage:split", "stage:last"]);
  });

  it("of the user lose what is gone, and end with it", () => {
    expect(groupsOf(viewed(), own("stage:split", "stage:gone")).map(({ id }) => id)).toEqual([
      "stage:fit",
      "services",
      "params",
    ]);
  });
});

describe("a collapsed group", () => {
  it("is its home, or a node of its own", () => {
    const hidden = standIns(groupsOf(viewed()), new Set(["stage:fit", "services"]));
    expect(Object.fromEntries(hidden)).toEqual({
      "stage:tune": "stage:fit",
      "service:db": "services",
      "service:cache": "services",
    });
  });

  it("hides what a collapsed group inside it stands for", () => {
    const groups = groupsOf(viewed(), own("stage:split", "stage:fit"));
    const hidden = standIns(groups, new Set(["own:1", "stage:fit"]));
    expect(new Set(hidden.values())).toEqual(new Set(["own:1"]));
    expect([...hidden.keys()].sort()).toEqual(["stage:fit", "stage:split", "stage:tune"]);
  });

  it("is what a key opens before it closes an inner one", () => {
    const groups = groupsOf(viewed(), own("stage:split", "stage:fit"));
    expect(groupAround(groups, new Set(["own:1"]), "stage:tune")?.id).toBe("own:1");
    expect(groupAround(groups, new Set(), "stage:tune")?.id).toBe("stage:fit");
    expect(groupAround(groups, new Set(), "stage:last")).toBeUndefined();
  });
});
