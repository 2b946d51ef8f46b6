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
  type Path,
  root,
  type Tree,
  target,
  textOf,
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
  /** Where it is used, from the root of the file; a key has the path of its entry. */
  readonly path: Path;
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
      for (const key of ["command", "env"]) {
        const value = entry(thing.body, key)?.node ?? null;
        this.#values(thing.id, "", value, ["services", thing.name, key]);
      }
    }
    for (const thing of this.#things.in("entities")) this.#entity(thing);
    this.#rest();
    return this.#found;
  }

  #stage(thing: Thing): void {
    const { id, body } = thing;
    const at: Path = ["stages", thing.name];
    for (const take of this.#entries(entry(body, "takes"))) {
      this.#words("take", id, take.key, take.node, [...at, "takes", take.key]);
    }
    for (const give of this.#entries(entry(body, "gives"))) {
      this.#give(id, give, [...at, "gives", give.key]);
    }
    this.#words("service", id, "uses", entry(body, "uses")?.node ?? null, [...at, "uses"]);
    for (const key of ["with", "env"]) {
      for (const value of this.#entries(entry(body, key))) {
        this.#values(id, `${key}.${value.key}`, value.node, [...at, key, value.key]);
      }
    }
    this.#values(id, "command", entry(body, "command")?.node ?? null, [...at, "command"]);
    const script = target(entry(body, "run")?.node, this.#tree);
    this.#add("script", id, "run", script, [...at, "run"], textOf(script) ?? "");
    this.#words("after", id, "after", entry(body, "after")?.node ?? null, [...at, "after"]);
    this.#conditions(id, "when", entry(body, "when"), [...at, "when"]);
    this.#sweep(id, entry(body, "sweep"), [...at, "sweep"]);
  }

  #give(id: NodeId, give: Entry, path: Path): void {
    const node = target(give.node, this.#tree);
    const is = isMap(node) ? target(entry(node, "is")?.node, this.#tree) : node;
    const named = textOf(is);
    if (named && !isTypeName(named)) {
      this.#add("fill", id, give.key, is, isMap(node) ? [...path, "is"] : path, named);
    }
    for (const relation of entriesOf(node)) {
      if (relation.key === "is" || relation.key === "doc") continue;
      this.#words("port", id, relation.key, relation.node, [...path, relation.key]);
    }
  }

  #sweep(id: NodeId, found: Entry | null, path: Path): void {
    const sweep = target(found?.node, this.#tree);
    for (const over of this.#entries(entry(sweep, "over"))) {
      this.#add("swept", id, over.key, over.keyNode, [...path, "over", over.key], over.key);
    }
    const pick = target(entry(sweep, "pick")?.node, this.#tree);
    const metric = metricOf(textOf(pick) ?? "");
    if (metric) {
      this.#add("pick", id, "sweep.pick", pick, [...path, "pick"], metric.text, metric.at);
    }
  }

  #entity({ id, name, body }: Thing): void {
    for (const extra of entriesOf(body)) {
      if ((ENTITY_KEYS as readonly string[]).includes(extra.key)) continue;
      if (!this.#isRelation(extra.key)) continue;
      this.#words("relation", id, extra.key, extra.node, ["entities", name, extra.key]);
    }
  }

  #rest(): void {
    const top = root(this.#tree);
    for (const test of this.#entries(entry(top, "tests"))) {
      const body = target(test.node, this.#tree);
      const at: Path = ["tests", test.key];
      for (const param of this.#entries(entry(body, "with"))) {
        const path = [...at, "with", param.key];
        this.#add("param", null, `tests.${test.key}.with`, param.keyNode, path, param.key);
      }
      const expected = entry(body, "expect");
      this.#conditions(null, `tests.${test.key}.expect`, expected, [...at, "expect"]);
    }
    const release = target(entry(top, "release")?.node, this.#tree);
    this.#conditions(null, "release.gate", entry(release, "gate"), ["release", "gate"]);
    const schedule = target(entry(top, "schedule")?.node, this.#tree);
    const on = entry(schedule, "on")?.node ?? null;
    this.#words("schedule", null, "schedule.on", on, ["schedule", "on"]);
    const defaults = target(entry(top, "defaults")?.node, this.#tree);
    this.#values(null, "defaults.env", entry(defaults, "env")?.node ?? null, ["defaults", "env"]);
  }

  #entries(found: Entry | null): readonly Entry[] {
    return entriesOf(target(found?.node, this.#tree));
  }

  #words(role: Role, owner: NodeId | null, field: string, node: Node | null, path: Path): void {
    for (const [word, at] of this.#listed(node, path)) {
      this.#add(role, owner, field, word, at, textOf(word) ?? "");
    }
  }

  /** The values of "one or a list", each with its path. */
  #listed(node: Node | null, path: Path): readonly (readonly [Node | null, Path])[] {
    const found = target(node, this.#tree);
    if (!isSeq(found)) return [[found, path]];
    return found.items.map((item, i) => [target(asNode(item), this.#tree), [...path, i]]);
  }

  #conditions(owner: NodeId | null, field: string, found: Entry | null, path: Path): void {
    for (const [word, where] of this.#listed(found?.node ?? null, path)) {
      for (const { text, at } of namesOf(textOf(word) ?? "")) {
        this.#add("condition", owner, field, word, where, text, at);
      }
    }
  }

  #values(owner: NodeId | null, field: string, found: Node | null, path: Path): void {
    if (path.length > 64) return;
    const node = target(found, this.#tree);
    if (isSeq(node)) {
      for (const [i, item] of node.items.entries()) {
        this.#values(owner, field, asNode(item), [...path, i]);
      }
    }
    for (const child of entriesOf(node)) {
      this.#values(owner, field, child.node, [...path, child.key]);
    }
    const match = VALUE.exec(textOf(node) ?? "");
    if (match?.[1]) this.#add("value", owner, field, node, path, match[1], 1);
  }

  #add(
    role: Role,
    owner: NodeId | null,
    field: string,
    scalar: Node | null,
    path: Path,
    text: string,
    at = 0,
  ): void {
    if (isScalar(scalar) && text !== "") {
      this.#found.push({ role, owner, field, scalar: scalar as Scalar, path, text, at });
    }
  }
}
