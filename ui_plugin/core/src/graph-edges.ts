import type { EdgeEnd, EdgeKind, GraphEdge, NodeId } from "./graph.ts";
import type { Occurrence } from "./occurrences.ts";
import type { LineIndex } from "./position.ts";
import { parseReference, valueStart } from "./reference.ts";
import { spanOf } from "./syntax.ts";
import type { Things } from "./things.ts";

interface Found {
  readonly kind: EdgeKind;
  readonly from: EdgeEnd;
  readonly to: EdgeEnd;
  readonly occurrence: Occurrence;
  readonly text: string;
  readonly field?: string;
}

/** An edge with the reference that makes it. */
export interface Drawn {
  readonly edge: GraphEdge;
  readonly occurrence: Occurrence;
}

/** The edges that the references of a file draw, those into nothing too. */
export function edgesOf(
  occurrences: readonly Occurrence[],
  things: Things,
  text: string,
  lines: LineIndex,
): readonly Drawn[] {
  const seen = new Map<string, number>();
  return occurrences.flatMap((occurrence) => {
    const found = edgeOf(occurrence, things, seen);
    return found ? [{ edge: written(found, seen, text, lines), occurrence }] : [];
  });
}

function edgeOf(found: Occurrence, things: Things, seen: Map<string, number>): Found | null {
  const { role, owner, field, text } = found;
  if (owner === null) return null;
  const to = { node: owner };
  const named = (): EdgeEnd => endOf(text, things);
  switch (role) {
    case "take":
      return { kind: "data", from: named(), to: { ...to, port: field }, occurrence: found, text };
    case "fill": {
      const id = `entity:${text}`;
      const entity = things.has(id) ? id : `missing:${text}`;
      return {
        kind: "data",
        from: { node: owner, port: field },
        to: { node: entity },
        occurrence: found,
        text,
      };
    }
    case "service":
      return {
        kind: "service",
        from: declared("service", text, things),
        to,
        occurrence: found,
        text,
      };
    case "after":
      return { kind: "after", from: declared("stage", text, things), to, occurrence: found, text };
    case "condition":
      return { kind: "condition", from: paramOr(text, things, named), to, occurrence: found, text };
    case "pick":
      return { kind: "sweep", from: named(), to, occurrence: found, text };
    case "value":
      return valueEdge(found, owner, things, seen);
    default:
      return null;
  }
}

function valueEdge(
  found: Occurrence,
  owner: NodeId,
  things: Things,
  seen: Map<string, number>,
): Found | null {
  const [kind, name = ""] = found.text.split(".", 2);
  const base = { to: { node: owner }, occurrence: found, text: found.text };
  if (kind === "params") {
    const param = found.text.slice("params.".length);
    return { ...base, kind: "data", from: paramEnd(param, things), field: found.field };
  }
  if (kind !== "services" || !owner.startsWith("stage:")) return null;
  const from = declared("service", name, things);
  return seen.has(idOf("service", from, base.to, "")) ? null : { ...base, kind: "service", from };
}

function declared(prefix: string, name: string, things: Things): EdgeEnd {
  const id = `${prefix}:${name}`;
  return { node: things.has(id) ? id : `missing:${name}` };
}

function paramEnd(name: string, things: Things): EdgeEnd {
  const id = `param:${name}`;
  return { node: things.has(id) ? id : `missing:$params.${name}` };
}

function paramOr(text: string, things: Things, named: () => EdgeEnd): EdgeEnd {
  return text.startsWith("params.") ? paramEnd(text.slice("params.".length), things) : named();
}

/** The node, and the port of a stage, that a reference names. */
export function endOf(text: string, things: Things): EdgeEnd {
  const reference = parseReference(text);
  if (!reference) return { node: `missing:${text}` };
  const node = things.named(reference.head, reference.port, text);
  return node.startsWith("stage:") && reference.port ? { node, port: reference.port } : { node };
}

function idOf(kind: EdgeKind, from: EdgeEnd, to: EdgeEnd, field: string): string {
  const end = ({ node, port }: EdgeEnd): string => (port ? `${node}.${port}` : node);
  return `${kind}:${end(from)}->${end(to)}${field ? `@${field}` : ""}`;
}

function written(
  { kind, from, to, occurrence, text, field = "" }: Found,
  seen: Map<string, number>,
  source: string,
  lines: LineIndex,
): GraphEdge {
  const id = idOf(kind, from, to, field);
  const count = (seen.get(id) ?? 0) + 1;
  seen.set(id, count);
  const each = occurrence.role === "take" && parseReference(text)?.which === "*";
  return {
    id: count > 1 ? `${id}#${count}` : id,
    from,
    to,
    kind,
    range: lines.range(spanOfOccurrence(occurrence, source)),
    text,
    ...(field ? { field } : {}),
    ...(each ? { each } : {}),
  };
}

/** Where a reference stands: its own letters where they are written so, else the whole value. */
function spanOfOccurrence({ scalar, role, text, at }: Occurrence, source: string) {
  const first = valueStart(scalar, source);
  if (first === null || role !== "condition") return spanOf(scalar);
  const start = first + at - (source.charAt(first + at - 1) === "$" ? 1 : 0);
  return { start, end: first + at + text.length };
}
