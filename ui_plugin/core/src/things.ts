import type { NodeId } from "./graph.ts";
import { type Entry, entriesOf, entry, type Node, root, type Tree, target } from "./syntax.ts";

export const SECTIONS = ["params", "entities", "services", "stages"] as const;
export type SectionName = (typeof SECTIONS)[number];

/** The part of an id before the colon. */
export type Prefix = "param" | "entity" | "service" | "stage";

export const PREFIXES: Readonly<Record<SectionName, Prefix>> = {
  params: "param",
  entities: "entity",
  services: "service",
  stages: "stage",
};

const BY_PREFIX: Readonly<Record<string, SectionName>> = {
  param: "params",
  entity: "entities",
  service: "services",
  stage: "stages",
};

/** Something that the file declares under a name. */
export interface Thing {
  readonly id: NodeId;
  readonly name: string;
  readonly section: SectionName;
  readonly entry: Entry;
  /** Its value; what an alias stands for; null when nothing is written. */
  readonly body: Node | null;
}

/** Everything that a file declares, in its sections, in the order of the text. */
export class Things {
  readonly #byId = new Map<NodeId, Thing>();
  readonly #sections: Readonly<Record<SectionName, readonly Thing[]>>;

  constructor(tree: Tree) {
    const read = (section: SectionName): Thing[] =>
      entriesOf(target(entry(root(tree), section)?.node, tree)).map((found) => ({
        id: `${PREFIXES[section]}:${found.key}`,
        name: found.key,
        section,
        entry: found,
        body: target(found.node, tree),
      }));
    this.#sections = {
      params: read("params"),
      entities: read("entities"),
      services: read("services"),
      stages: read("stages"),
    };
    for (const section of SECTIONS) {
      for (const thing of this.#sections[section]) this.#byId.set(thing.id, thing);
    }
  }

  in(section: SectionName): readonly Thing[] {
    return this.#sections[section];
  }

  get(id: NodeId): Thing | null {
    return this.#byId.get(id) ?? null;
  }

  has(id: NodeId): boolean {
    return this.#byId.has(id);
  }

  all(): Iterable<Thing> {
    return this.#byId.values();
  }

  /** The node that a reference between things names, `missing:…` when there is none. */
  named(head: string, port: string, text: string): NodeId {
    const stage = this.has(`stage:${head}`);
    const entity = this.has(`entity:${head}`);
    if (stage && (port !== "" || !entity)) return `stage:${head}`;
    return entity ? `entity:${head}` : `missing:${text}`;
  }

  /** Whether an entity, service or stage has a name; they share one space of names. */
  takenName(name: string): Thing | null {
    return this.get(`stage:${name}`) ?? this.get(`entity:${name}`) ?? this.get(`service:${name}`);
  }
}

/** The name in an id: `fit` of `stage:fit`. */
export function nameOf(id: NodeId): string {
  return id.slice(id.indexOf(":") + 1);
}

/** The section that a node is declared in; null for what is declared nowhere. */
export function sectionOf(id: NodeId): SectionName | null {
  return BY_PREFIX[id.slice(0, id.indexOf(":"))] ?? null;
}
