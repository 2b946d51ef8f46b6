import { diff3MergeRegions, diffComm, diffIndices } from "node-diff3";

/** Lines of one place in three texts; `same` when nobody, or both alike, changed them. */
export interface Hunk {
  readonly kind: "same" | "mine" | "theirs" | "conflict";
  readonly base: readonly string[];
  readonly mine: readonly string[];
  readonly theirs: readonly string[];
}

/** What is taken of a hunk; `both` is mine, then theirs. */
export type Choice = "mine" | "theirs" | "base" | "both";

interface Region {
  readonly stable: boolean;
  readonly buffer?: "a" | "o" | "b";
  readonly bufferStart?: number;
  readonly bufferLength?: number;
  readonly bufferContent?: readonly string[];
  readonly aContent?: readonly string[];
  readonly oContent?: readonly string[];
  readonly bContent?: readonly string[];
  readonly oStart?: number;
  readonly oLength?: number;
}

/** Where two texts went apart from a third, line by line (diff3, by node-diff3). */
export function hunksOf(mine: string, base: string | null, theirs: string): readonly Hunk[] {
  const a = mine.split("\n");
  const b = theirs.split("\n");
  const o = base === null ? commonLines(a, b) : base.split("\n");
  const regions = diff3MergeRegions([...a], [...o], [...b]) as readonly Region[];
  const changedByMe = changedLines(o, a);
  const hunks: Hunk[] = [];
  let at = 0;
  const gap = (until: number) => {
    if (until > at) hunks.push(deletion(o.slice(at, until), changedByMe.has(at)));
  };
  for (const [index, region] of regions.entries()) {
    gap(oStart(region) ?? at);
    at = oStart(region) ?? at;
    const end = regionEnd(region) ?? oStart(regions[index + 1]) ?? o.length;
    hunks.push(hunk(region, o.slice(at, end)));
    at = end;
  }
  gap(o.length);
  return joined(hunks);
}

/** Lines that one side deleted: diff3 leaves their place out. */
function deletion(base: readonly string[], byMe: boolean): Hunk {
  return byMe
    ? { kind: "mine", base, mine: [], theirs: base }
    : { kind: "theirs", base, mine: base, theirs: [] };
}

/** Numbers of the base's lines that a text does not have any more. */
function changedLines(base: readonly string[], text: readonly string[]): ReadonlySet<number> {
  const changed = new Set<number>();
  const parts = diffIndices([...base], [...text]) as readonly {
    readonly buffer1: readonly [number, number];
  }[];
  for (const { buffer1 } of parts) {
    for (let line = buffer1[0]; line < buffer1[0] + buffer1[1]; line++) changed.add(line);
  }
  return changed;
}

/** Without a common ancestor, what both have is taken as one. */
function commonLines(a: readonly string[], b: readonly string[]): readonly string[] {
  const parts = diffComm([...a], [...b]) as readonly { readonly common?: readonly string[] }[];
  return parts.flatMap(({ common }) => common ?? []);
}

/** Where a region begins in the base; a change of one side only does not say. */
function oStart(region: Region | undefined): number | undefined {
  if (!region) return undefined;
  return region.stable ? (region.buffer === "o" ? region.bufferStart : undefined) : region.oStart;
}

function regionEnd(region: Region): number | undefined {
  if (!region.stable) return (region.oStart ?? 0) + (region.oLength ?? 0);
  if (region.buffer !== "o") return undefined;
  return (region.bufferStart ?? 0) + (region.bufferLength ?? 0);
}

function hunk(region: Region, base: readonly string[]): Hunk {
  if (!region.stable) {
    const mine = region.aContent ?? [];
    const theirs = region.bContent ?? [];
    return { kind: equal(mine, theirs) ? "same" : "conflict", base, mine, theirs };
  }
  const lines = region.bufferContent ?? [];
  if (region.buffer === "a") return { kind: "mine", base, mine: lines, theirs: base };
  if (region.buffer === "b") return { kind: "theirs", base, mine: base, theirs: lines };
  return { kind: "same", base: lines, mine: lines, theirs: lines };
}

function equal(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((line, index) => line === b[index]);
}

/** Neighbours that nobody has to choose between are one hunk. */
function joined(hunks: readonly Hunk[]): readonly Hunk[] {
  const result: Hunk[] = [];
  for (const one of hunks) {
    const last = result.at(-1);
    if (last?.kind === "same" && one.kind === "same") {
      result[result.length - 1] = {
        kind: "same",
        base: [...last.base, ...one.base],
        mine: [...last.mine, ...one.mine],
        theirs: [...last.theirs, ...one.theirs],
      };
    } else if (one.mine.length || one.theirs.length || one.base.length) result.push(one);
  }
  return result;
}

/** What is taken unless the user says otherwise; null where only the user can say. */
export function standardChoice({ kind }: Hunk): Choice | null {
  if (kind === "conflict") return null;
  return kind === "theirs" ? "theirs" : "mine";
}

/** The merged text; null while a conflict is open. */
export function merged(
  hunks: readonly Hunk[],
  choices: ReadonlyMap<number, Choice>,
): string | null {
  const lines: string[] = [];
  for (const [index, one] of hunks.entries()) {
    const choice = choices.get(index) ?? standardChoice(one);
    if (!choice) return null;
    lines.push(...(choice === "both" ? [...one.mine, ...one.theirs] : one[choice]));
  }
  return lines.join("\n");
}
