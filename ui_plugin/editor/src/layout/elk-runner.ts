import ELK, { type ElkNode } from "elkjs/lib/elk-api.js";
import ElkWorker from "elkjs/lib/elk-worker.min.js?worker";
import { late } from "../ui/late.ts";
import { type ElkInput, elkGraph, elkPoints, elkRoutes } from "./elk.ts";
import type { Point } from "./layered.ts";

interface Runner {
  readonly elk: InstanceType<typeof ELK>;
  /** Rejects when the worker's program cannot be loaded, or ends: ELK itself would wait for ever. */
  readonly failed: Promise<never>;
}

let runner: Runner | null = null;

/** Where nodes are, and the ways of edges around them. */
export interface Laid {
  readonly points: ReadonlyMap<string, Point>;
  readonly routes: ReadonlyMap<string, readonly Point[]>;
}

/** ELK's layered layout in a worker that is started once. Rejects when ELK cannot lay it out. */
export async function layoutWithElk(input: ElkInput): Promise<Laid> {
  const { elk, failed } = await late(loaded);
  const laid = (await Promise.race([elk.layout(elkGraph(input) as ElkNode), failed])) as ElkNode;
  return { points: elkPoints(laid), routes: elkRoutes(laid) };
}

/** The worker, when its program is there and answers; another one after one that failed. */
async function loaded(): Promise<Runner> {
  runner ??= started();
  const mine = runner;
  try {
    await Promise.race([mine.elk.knownLayoutAlgorithms(), mine.failed]);
  } catch (error) {
    if (runner === mine) runner = null;
    throw error;
  }
  return mine;
}

function started(): Runner {
  const worker = new ElkWorker();
  const failed = new Promise<never>((_, reject) => {
    worker.addEventListener("error", ({ message }) =>
      reject(new Error(message || "the layout's worker could not be loaded")),
    );
  });
  failed.catch(() => undefined); // whoever lays something out hears of it
  return { elk: new ELK({ workerFactory: () => worker }), failed };
}
