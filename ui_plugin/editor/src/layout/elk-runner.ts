import ELK, { type ElkNode } from "elkjs/lib/elk-api.js";
import ElkWorker from "elkjs/lib/elk-worker.min.js?worker";
import { type ElkInput, elkGraph, elkPoints } from "./elk.ts";
import type { Point } from "./layered.ts";

let runner: InstanceType<typeof ELK> | null = null;

/** ELK's layered layout in a worker that is started once. Rejects when ELK cannot lay it out. */
export async function layoutWithElk(input: ElkInput): Promise<Map<string, Point>> {
  runner ??= new ELK({ workerFactory: () => new ElkWorker() });
  const laid = (await runner.layout(elkGraph(input) as ElkNode)) as ElkNode;
  return elkPoints(laid);
}
