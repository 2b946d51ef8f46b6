import type { Scalar } from "yaml";
import type { NodeId } from "./graph.ts";
import { metricOf, namesOf } from "./reference.ts";
import {
  asNode,
  type Entry,
  entriesOf,
  entry,
  isMap,
  isScalar,
  isSeq,
  type Node,
  root,
  type Tree,
  target,
  textOf,
  wordsOf,
} from "./syntax.ts";
import type { Thing, Things } from "./things.ts";
import { ENTITY_KEYS, isTypeName } from "./vocabulary.ts";

/**
 * What a reference is for. `take`, `fill`, `relation`, `condition`, `pick`, `schedule` name things;
 * `service` and `after` name one kind of them; `value` is a `$reference`; `port` names a port of the
 * same stage; `script` is a shell script with its variables; `param` and `swept` are keys.
 */
export type Role =
  | "take"
  | "fill"
  | "relation"
  | "condition"
  | "pick"
  | "schedule"
  | "service"
  | "after"
  | "value"
  | "port"
  | "script"
  | "param"
  | "swept";

/** A place in the text where something is named. */
export interface Occurrence {
  readonly role: Role;
  /** The node that it belongs to; null in `tests`, `release`, `schedule`, `defaults`. */
  readonly owner: NodeId | null;
  /** The port, the relation, or the value: `with.depth`. */
  readonly field: string;
  readonly scalar: Scalar;
  /** The name without a `$`, and where it begins in the scalar's value. */
  readonly text: string;
  readonly at: number;
}

const VALUE = /^\$((?:params|in|out|services|secrets|run)\.[A-Za-z0-9_.-]+)$/;

/** Finds every reference of a file. `isRelation` tells the relations of entities from properties. */
export class Occurrences {
  readonly #tree: Tree;
  readonly #things: Things;
  readonly #isRelation: (key: string) => boolean;
  readonly #found: Occurrence[] = [];

  constructor(tree: Tree, things: Things, isRelation: (key: string) => boolean) {
    this.#tree = tree;
    this.#things = things;
    this.#isRelation = isRelation;
  }

  /** All of them; those of one stage stand together, takes first. */
  all(): readonly Occurrence[] {
    for (const thing of this.#things.in("stages")) this.#stage(thing);
    for (const thing of this.#things.in("services")) {
      this.#values(thing.id, "", entry(thing.body, "command"));
      this.#values(thing.id, "", entry(thing.body, "env"));
    }
    for (const thing of this.#things.in("entities")) this.#entity(thing);
    this.#rest();
    return this.#found;
  }

  #stage({ id, body }: Thing): void {
    for (const take of this.#entries(entry(body, "takes"))) {
      this.#words("take", id, take.key, take.node);
    }
    for (const give of this.#entries(entry(body, "gives"))) this.#give(id, give);
    this.#words("service", id, "uses", entry(body, "uses")?.node ?? null);
    for (const value of this.#entries(entry(body, "with"))) {
      this.#values(id, `with.${value.key}`, value);
    }
    for (const value of this.#entries(entry(body, "env"))) {
      this.#values(id, `env.${value.key}`, value);
    }
    this.#values(id, "command", entry(body, "command"));
    const script = target(entry(body, "run")?.node, this.#tree);
    this.#add("script", id, "run", script, textOf(script) ?? "", 0);
    this.#words("after", id, "after", entry(body, "after")?.node ?? null);
    this.#conditions(id, "when", entry(body, "when"));
    this.#sweep(id, entry(body, "sweep"));
  }

  #give(id: NodeId, give: Entry): void {
    const node = target(give.node, this.#tree);
    const is = isMap(node) ? target(entry(node, "is")?.node, this.#tree) : node;
    const named = textOf(is);
    if (named && !isTypeName(named)) this.#add("fill", id, give.key, is, named, 0);
    for (const relation of entriesOf(node)) {
      if (relation.key === "is" || relation.key === "doc") continue;
      this.#words("port", id, relation.key, relation.node);
    }
  }

  #sweep(id: NodeId, found: Entry | null): void {
    const sweep = target(found?.node, this.#tree);
    for (const over of this.#entries(entry(sweep, "over"))) {
      this.#add("swept", id, over.key, over.keyNode, over.key, 0);
    }
    const pick = target(entry(sweep, "pick")?.node, this.#tree);
    const metric = metricOf(textOf(pick) ?? "");
    if (metric) this.#add("pick", id, "sweep.pick", pick, metric.text, metric.at);
  }

  #entity({ id, body }: Thing): void {
    for (const extra of entriesOf(body)) {
      if ((ENTITY_KEYS as readonly string[]).includes(extra.key)) continue;
      if (this.#isRelation(extra.key)) this.#words("relation", id, extra.key, extra.node);
    }
  }

  #rest(): void {
    const top = root(this.#tree);
    for (const test of this.#entries(entry(top, "tests"))) {
      const body = target(test.node, this.#tree);
      for (const param of this.#entries(entry(body, "with"))) {
        this.#add("param", null, `tests.${test.key}.with`, param.keyNode, param.key, 0);
      }
      this.#conditions(null, `tests.${test.key}.expect`, entry(body, "expect"));
    }
    const release = target(entry(top, "release")?.node, this.#tree);
    this.#conditions(null, "release.gate", entry(release, "gate"));
    const schedule = target(entry(top, "schedule")?.node, this.#tree);
    this.#words("schedule", null, "schedule.on", entry(schedule, "on")?.node ?? null);
    const defaults = target(entry(top, "defaults")?.node, this.#tree);
    this.#values(null, "defaults.env", entry(defaults, "env"));
  }

  #entries(found: Entry | null): readonly Entry[] {
    return entriesOf(target(found?.node, this.#tree));
  }

  #words(role: Role, owner: NodeId | null, field: string, node: Node | null): void {
    for (const word of wordsOf(node, this.#tree))
      this.#add(role, owner, field, word, word.value, 0);
  }

  #conditions(owner: NodeId | null, field: string, found: Entry | null): void {
    for (const word of wordsOf(found?.node ?? null, this.#tree)) {
      for (const { text, at } of namesOf(word.value)) {
        this.#add("condition", owner, field, word, text, at);
      }
    }
  }

  #values(owner: NodeId | null, field: string, found: Entry | null): void {
    const walk = (node: Node | null, depth: number): void => {
      if (depth > 64) return;
      if (isSeq(node))
        for (const item of node.items) walk(target(asNode(item), this.#tree), depth + 1);
      for (const child of entriesOf(node)) walk(target(child.node, this.#tree), depth + 1);
      const match = VALUE.exec(textOf(node) ?? "");
      if (match?.[1]) this.#add("value", owner, field, node, match[1], 1);
    };
    walk(target(found?.node, this.#tree), 0);
  }

  #add(
    role: Role,
    owner: NodeId | null,
    field: string,
    scalar: Node | null,
    text: string,
    at: number,
  ): void {
    if (isScalar(scalar) && text !== "") {
      this.#found.push({ role, owner, field, scalar: scalar as Scalar, text, at });
    }
  }
}
