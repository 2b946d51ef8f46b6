import ELK, { type ElkNode } from "elkjs/lib/elk-api.js";
import ElkWorker from "elkjs/lib/elk-worker.min.js?worker";
import { type ElkInput, elkGraph, elkPoints, elkRoutes } from "./elk.ts";
import type { Point } from "./layered.ts";

let runner: InstanceType<typeof ELK> | null = null;

/** Where nodes are, and the ways of edges around them. */
export interface Laid {
  readonly points: ReadonlyMap<string, Point>;
  readonly routes: ReadonlyMap<string, readonly Point[]>;
}

/** ELK's layered layout in a worker that is started once. Rejects when ELK cannot lay it out. */
export async function layoutWithElk(input: ElkInput): Promise<Laid> {
  runner ??= new ELK({ workerFactory: () => new ElkWorker() });
  const laid = (await runner.layout(elkGraph(input) as ElkNode)) as ElkNode;
  return { points: elkPoints(laid), routes: elkRoutes(laid) };
}
