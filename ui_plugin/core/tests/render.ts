import { isPlain, scalarText } from "../src/scalar-text.ts";
import { blockText, isBlockText } from "../src/value-text.ts";
import type { MutableJson } from "./oracle.ts";

/** Random numbers in [0, 1) that follow from a seed. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

type Map_ = { readonly [key: string]: MutableJson };

/** Writes the same meaning as people may write it: styles, quotes, comments, anchors by chance. */
export class Renderer {
  readonly #random: () => number;
  readonly #step: number;
  readonly #flow: number;
  readonly #comments: number;
  readonly #anchors: number;
  readonly #blank: number;
  readonly #dash: number;
  readonly #known = new Map<string, string>();

  constructor(random: () => number) {
    this.#random = random;
    const chance = (...choices: number[]): number =>
      choices[Math.floor(random() * choices.length)] ?? 0;
    this.#step = chance(2, 2, 3, 4);
    this.#flow = chance(0, 0.3, 0.6);
    this.#comments = chance(0, 0.2, 0.5);
    this.#anchors = chance(0, 0, 0.3);
    this.#blank = chance(0, 0.1, 0.3);
    this.#dash = chance(0, this.#step);
  }

  text(data: Map_): string {
    const lines = this.#entries(data, 0);
    let text = this.#chance(this.#comments) ? `# head: of "the" file {\n${lines}` : lines;
    if (this.#chance(0.15)) text = `${text.trimEnd()}`;
    if (this.#chance(0.2)) text = text.replaceAll("\n", "\r\n");
    return this.#chance(0.1) ? `\ufeff${text}` : text;
  }

  #chance(probability: number): boolean {
    return this.#random() < probability;
  }

  #entries(map: Map_, indent: number): string {
    return Object.entries(map)
      .map(([key, value]) => {
        const pad = " ".repeat(indent);
        const before = this.#chance(this.#blank) ? "\n" : "";
        const comment = this.#chance(this.#comments / 2) ? `${pad}# on its own: [line\n` : "";
        const name = scalarText(key, { flow: false }, this.#chance(0.1) ? "single" : "plain");
        return `${before}${comment}${pad}${name}:${this.#value(value, indent)}`;
      })
      .join("");
  }

  #items(list: readonly MutableJson[], indent: number): string {
    const pad = " ".repeat(indent);
    return list
      .map((item) => {
        const isMap = typeof item === "object" && item !== null && !Array.isArray(item);
        if (isMap && Object.keys(item).length > 0 && !this.#chance(this.#flow)) {
          return `${pad}- ${this.#entries(item, indent + 2).trimStart()}`;
        }
        return `${pad}- ${this.#inline(item, false)}${this.#end()}`;
      })
      .join("");
  }

  /** What stands behind `key:`, with the line break at its end. */
  #value(value: MutableJson, indent: number): string {
    const alias = this.#alias(value);
    if (alias !== null) return ` ${alias}${this.#end()}`;
    const anchor = this.#anchor(value);
    if (typeof value === "string" && isBlockText(value) && this.#chance(0.7)) {
      const place = { flow: false, indent, column: 0, step: this.#step, eol: "\n" };
      return ` ${anchor}${blockText(value, place)}\n`;
    }
    const isCollection =
      typeof value === "object" && value !== null && Object.keys(value).length > 0;
    if (!isCollection || this.#chance(this.#flow)) {
      return ` ${anchor}${this.#inline(value, false)}${this.#end()}`;
    }
    const head = `${anchor ? ` ${anchor.trimEnd()}` : ""}${this.#end()}`;
    if (Array.isArray(value)) return `${head}${this.#items(value, indent + this.#dash)}`;
    return `${head}${this.#entries(value, indent + this.#step)}`;
  }

  #inline(value: MutableJson, flow: boolean): string {
    if (Array.isArray(value)) {
      const items = value.map((item) => this.#inline(item, true));
      return `[${this.#joined(items)}]`;
    }
    if (typeof value === "object" && value !== null) {
      const pairs = Object.entries(value).map(
        ([key, child]) => `${scalarText(key, { flow: true })}: ${this.#inline(child, true)}`,
      );
      return `{${this.#joined(pairs)}}`;
    }
    const quotes = ["plain", "plain", "plain", "single", "double"] as const;
    const quote = quotes[Math.floor(this.#random() * quotes.length)] ?? "plain";
    if (typeof value !== "string" || (quote === "plain" && isPlain(value, flow))) {
      return scalarText(value, { flow });
    }
    return scalarText(value, { flow }, quote);
  }

  #joined(parts: readonly string[]): string {
    const [pad, comma] = this.#chance(0.2) ? [" ", " , "] : ["", ", "];
    const last = parts.length > 0 && this.#chance(0.1) ? "," : "";
    return `${pad}${parts.join(comma)}${last}${pad}`;
  }

  #end(): string {
    return this.#chance(this.#comments) ? "   # a comment: of {its own\n" : "\n";
  }

  #alias(value: MutableJson): string | null {
    const name = this.#known.get(JSON.stringify(value));
    return name !== undefined && this.#chance(0.7) ? `*${name}` : null;
  }

  #anchor(value: MutableJson): string {
    const key = JSON.stringify(value);
    if (!this.#chance(this.#anchors) || this.#known.has(key)) return "";
    // A collection is known once it is written; until then it must not repeat itself.
    const name = `a${this.#known.size}`;
    if (typeof value === "object" && value !== null) return "";
    this.#known.set(key, name);
    return `&${name} `;
  }
}
