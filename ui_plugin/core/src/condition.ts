/**
 * Conditions as trees: comparisons of names and literals, joined by `and`, `or`, `not` and
 * parentheses. Only so much is read as is needed to take a name out; what they mean is the server's.
 */
export type Condition =
  | { readonly kind: "and" | "or"; readonly parts: readonly Condition[]; readonly span: Span }
  | { readonly kind: "not" | "group"; readonly inner: Condition; readonly span: Span }
  | { readonly kind: "comparison"; readonly names: readonly Token[]; readonly span: Span };

interface Span {
  readonly start: number;
  readonly end: number;
}

interface Token extends Span {
  readonly kind: "literal" | "name" | "operator" | "word" | "(" | ")";
  readonly text: string;
}

const TOKEN =
  /\s*(?:([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w.])|'[^']*'|"[^"]*")|(\$?[A-Za-z_]\w*(?:\[[^[\]\s]*\])?(?:\.[A-Za-z_]\w*)*)|(==|!=|<=|>=|<|>)|([()]))/y;
const LITERALS = new Set(["true", "false", "null"]);
const JOINING = new Set(["and", "or", "not"]);

/** Reads a condition; null when it is not whole. */
export function readCondition(text: string): Condition | null {
  const tokens = tokensOf(text);
  const reader = tokens && new Reader(tokens);
  const found = reader?.either() ?? null;
  return reader?.isAtEnd ? found : null;
}

function tokensOf(text: string): readonly Token[] | null {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const match = TOKEN.exec(text);
    if (!match) return null;
    const [, literal, name, operator, parenthesis] = match;
    const word = literal ?? name ?? operator ?? parenthesis ?? "";
    const span = { start: TOKEN.lastIndex - word.length, end: TOKEN.lastIndex };
    tokens.push({ ...span, text: word, kind: kindOf(word, name, operator, parenthesis) });
  }
  return tokens;
}

function kindOf(
  word: string,
  name: string | undefined,
  operator: string | undefined,
  parenthesis: string | undefined,
): Token["kind"] {
  if (parenthesis) return parenthesis === "(" ? "(" : ")";
  if (operator) return "operator";
  if (name === undefined || LITERALS.has(word)) return "literal";
  return JOINING.has(word) ? "word" : "name";
}

class Reader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#tokens.length;
  }

  either(): Condition | null {
    return this.#joined("or", () => this.#joined("and", () => this.#single()));
  }

  #joined(kind: "and" | "or", part: () => Condition | null): Condition | null {
    const parts: Condition[] = [];
    do {
      const found = part();
      if (!found) return null;
      parts.push(found);
    } while (this.#take("word", kind));
    const [first] = parts;
    const last = parts.at(-1);
    if (!first || !last || parts.length === 1) return first ?? null;
    return { kind, parts, span: { start: first.span.start, end: last.span.end } };
  }

  #single(): Condition | null {
    const not = this.#take("word", "not");
    if (not) {
      const inner = this.#single();
      return inner && { kind: "not", inner, span: { start: not.start, end: inner.span.end } };
    }
    const open = this.#take("(");
    if (!open) return this.#comparison();
    const inner = this.either();
    const close = this.#take(")");
    return inner && close && { kind: "group", inner, span: { start: open.start, end: close.end } };
  }

  #comparison(): Condition | null {
    const sides = [this.#side()];
    while (sides.at(-1) && this.#take("operator")) sides.push(this.#side());
    const [first] = sides;
    const last = sides.at(-1);
    if (!first || !last) return null;
    const names = sides.flatMap((side) => (side?.kind === "name" ? [side] : []));
    return { kind: "comparison", names, span: { start: first.start, end: last.end } };
  }

  #side(): Token | null {
    return this.#take("name") ?? this.#take("literal");
  }

  #take(kind: Token["kind"], text?: string): Token | null {
    const token = this.#tokens[this.#at];
    if (token?.kind !== kind || (text !== undefined && token.text !== text)) return null;
    this.#at += 1;
    return token;
  }
}

/**
 * A condition without the comparisons that name something; null when nothing is left of it. With
 * `instead`, a name that is compared with other names gives way to that literal and the comparison stays.
 */
export function withoutName(text: string, name: string, instead?: string): string | null {
  const condition = readCondition(text);
  return condition && left(condition, text, name, instead);
}

function left(of: Condition, text: string, name: string, instead?: string): string | null {
  const { span } = of;
  switch (of.kind) {
    case "comparison":
      return compared(of, text, name, instead);
    case "not":
    case "group": {
      const inner = left(of.inner, text, name, instead);
      if (inner === null) return null;
      const { start, end } = of.inner.span;
      return text.slice(span.start, start) + inner + text.slice(end, span.end);
    }
    default: {
      let kept = "";
      for (const [at, part] of of.parts.entries()) {
        const found = left(part, text, name, instead);
        if (found === null) continue;
        const before = of.parts[at - 1];
        kept += kept && before ? text.slice(before.span.end, part.span.start) + found : found;
      }
      return kept || null;
    }
  }
}

function compared(
  { names, span }: Extract<Condition, { kind: "comparison" }>,
  text: string,
  name: string,
  instead?: string,
): string | null {
  const isGone = (token: Token) => token.text.replace(/^\$/, "") === name;
  const gone = names.filter(isGone);
  if (!gone.length) return text.slice(span.start, span.end);
  if (instead === undefined || gone.length === names.length) return null;
  let written = "";
  let at = span.start;
  for (const { start, end } of gone) {
    written += text.slice(at, start) + instead;
    at = end;
  }
  return written + text.slice(at, span.end);
}
