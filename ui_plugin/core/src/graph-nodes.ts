import type { EndpointView, GraphNode, InPort, NodeKind, OutPort, SweepView } from "./graph.ts";
import type { Json } from "./json-schema.ts";
import { plainData } from "./plain-data.ts";
import type { LineIndex } from "./position.ts";
import {
  entriesOf,
  entry,
  entryEnd,
  isMap,
  isSeq,
  type Node,
  spanOf,
  type Tree,
  target,
  textOf,
  wordsOf,
} from "./syntax.ts";
import { PREFIXES, SECTIONS, type Thing, type Things } from "./things.ts";
import { isTypeName } from "./vocabulary.ts";

/** What a node has that only the server fills. */
export const UNKNOWN = {
  problems: { error: 0, warning: 0, info: 0 },
  ports: { in: [], out: [] },
  schema: { type: "object", properties: {} },
  icon: "",
  color: "",
} as const;

/** Makes the nodes of one text. */
export class NodeReader {
  readonly #text: string;
  readonly #tree: Tree;
  readonly #lines: LineIndex;

  constructor(text: string, tree: Tree, lines: LineIndex) {
    this.#text = text;
    this.#tree = tree;
    this.#lines = lines;
  }

  /** Everything declared, in the order params, entities, services, stages. */
  all(things: Things): readonly GraphNode[] {
    return SECTIONS.flatMap((section) => things.in(section).map((thing) => this.#node(thing)));
  }

  #node(thing: Thing): GraphNode {
    const { id, name, section, body, entry: found } = thing;
    const end = found.node ? Math.max(spanEnd(found.node), found.keySpan.end) : found.keySpan.end;
    const base = {
      ...UNKNOWN,
      id,
      kind: PREFIXES[section] as NodeKind,
      name,
      type: this.#string(body, "is"),
      title: this.#string(body, "title") ?? "",
      doc: this.#string(body, "doc") ?? "",
      range: this.#lines.range({
        start: found.keySpan.start,
        end: Math.min(end, entryEnd(found, this.#text)),
      }),
      nameRange: this.#lines.range(found.keySpan),
    };
    switch (section) {
      case "params":
        return this.#param(base, body);
      case "entities":
        return this.#entity(base, body);
      case "services":
        return { ...base, service: this.#service(body) };
      default:
        return this.#stage(base, body);
    }
  }

  #param(base: GraphNode, body: Node | null): GraphNode {
    const value = plainData(body, this.#tree);
    const schema = isMap(body)
      ? (value as GraphNode["schema"])
      : { ...shortType(value), default: value };
    return { ...base, type: null, doc: this.#string(body, "description") ?? "", schema };
  }

  #entity(base: GraphNode, body: Node | null): GraphNode {
    const at = this.#string(body, "at");
    const from = this.#string(body, "from");
    return {
      ...base,
      type: textOf(body) ?? base.type,
      kind: from === null ? "entity" : "external",
      ...(at === null ? {} : { at }),
      ...(from === null ? {} : { from }),
    };
  }

  #service(body: Node | null): NonNullable<GraphNode["service"]> {
    const endpoints = this.#entries(body, "offers").map((offer): EndpointView => {
      const value = plainData(target(offer.node, this.#tree), this.#tree);
      const port = isRecord(value) ? value["port"] : value;
      const scheme = isRecord(value) ? value["scheme"] : undefined;
      return {
        name: offer.key,
        port: typeof port === "number" ? port : null,
        scheme: typeof scheme === "string" ? scheme : "",
      };
    });
    return { endpoints, scope: this.#string(body, "scope") ?? "run", used_by: [] };
  }

  #stage(base: GraphNode, body: Node | null): GraphNode {
    const when = this.#string(body, "when");
    const sweep = this.#sweep(base.id, body);
    const action = ["call", "run", "command"].find((key) => entry(body, key)) ?? null;
    return {
      ...base,
      ports: { in: this.#inputs(body), out: this.#outputs(base.name, body) },
      action,
      ...(when === null ? {} : { when }),
      ...(sweep === null ? {} : { sweep }),
    };
  }

  #inputs(body: Node | null): readonly InPort[] {
    return this.#entries(body, "takes").map((take) => ({
      name: take.key,
      type: null,
      many: isSeq(target(take.node, this.#tree)),
      optional: true,
      doc: "",
      declared: false,
      refs: wordsOf(take.node, this.#tree).map((word) => word.value),
    }));
  }

  #outputs(stage: string, body: Node | null): readonly OutPort[] {
    return this.#entries(body, "gives").map((give) => {
      const node = target(give.node, this.#tree);
      const is = isMap(node) ? this.#string(node, "is") : textOf(node);
      const typed = is !== null && isTypeName(is);
      return {
        name: give.key,
        type: typed ? is : null,
        doc: this.#string(node, "doc") ?? "",
        declared: false,
        given: true,
        node: is !== null && !typed ? is : `${stage}.${give.key}`,
      };
    });
  }

  #sweep(id: string, body: Node | null): SweepView | null {
    const sweep = target(entry(body, "sweep")?.node, this.#tree);
    if (!isMap(sweep)) return null;
    const over = Object.fromEntries(
      this.#entries(sweep, "over").map((found) => [found.key, plainData(found.node, this.#tree)]),
    );
    const search = this.#string(sweep, "search") ?? "grid";
    const trials = plainData(entry(sweep, "trials")?.node ?? null, this.#tree);
    const drawn = typeof trials === "number" ? trials : 20;
    return {
      over,
      search,
      instances: search === "grid" ? gridSize(over) : drawn,
      names: [],
      pick: this.#string(sweep, "pick"),
      members: [id],
    };
  }

  #entries(body: Node | null, key: string) {
    return entriesOf(target(entry(body, key)?.node, this.#tree));
  }

  #string(body: Node | null, key: string): string | null {
    return textOf(target(entry(body, key)?.node, this.#tree));
  }
}

function spanEnd(node: Node): number {
  return spanOf(node).end;
}

function isRecord(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The points of a grid; null when one of its sides cannot be counted. */
function gridSize(over: { readonly [name: string]: Json }): number | null {
  let size = 1;
  for (const values of Object.values(over)) {
    const steps = isRecord(values) ? values["steps"] : undefined;
    if (Array.isArray(values)) size *= values.length;
    else if (typeof steps === "number") size *= steps;
    else return null;
  }
  return size;
}

function shortType(value: Json): { readonly type?: string } {
  if (Array.isArray(value)) return { type: "array" };
  switch (typeof value) {
    case "number":
      return { type: Number.isInteger(value) ? "integer" : "number" };
    case "string":
    case "boolean":
      return { type: typeof value };
    default:
      return {};
  }
}
