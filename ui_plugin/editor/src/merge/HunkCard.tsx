import type { Choice, Hunk } from "./three-way.ts";

interface HunkCardProps {
  readonly hunk: Hunk;
  readonly number: number;
  readonly choice: Choice | null;
  readonly choose: (choice: Choice) => void;
}

const TITLES = {
  mine: "You changed",
  theirs: "They changed",
  conflict: "Both changed",
  same: "",
} as const;
const CHOICES: readonly (readonly [Choice, string])[] = [
  ["mine", "Take mine"],
  ["theirs", "Take theirs"],
  ["both", "Take both"],
  ["base", "As it was"],
];

/** One place of the file in three versions, and what is taken of it. */
export function HunkCard({ hunk, number, choice, choose }: HunkCardProps) {
  if (hunk.kind === "same") return <Unchanged lines={hunk.mine} />;
  return (
    <section
      className={`hunk ${hunk.kind} ${choice ? "" : "open"}`}
      aria-label={`${TITLES[hunk.kind]}, place ${number + 1}`}
    >
      <header>
        <strong>{TITLES[hunk.kind]}</strong>
        <div role="radiogroup" aria-label="What is taken" className="choices">
          {CHOICES.map(([value, text]) => (
            <label key={value} className={choice === value ? "choice chosen" : "choice"}>
              <input
                type="radio"
                className="visually-hidden"
                name={`hunk-${number}`}
                checked={choice === value}
                onChange={() => choose(value)}
              />
              {text}
            </label>
          ))}
        </div>
      </header>
      <div className="versions">
        <Version title="Mine" lines={hunk.mine} taken={choice === "mine" || choice === "both"} />
        <Version title="As it was" lines={hunk.base} taken={choice === "base"} />
        <Version
          title="Theirs"
          lines={hunk.theirs}
          taken={choice === "theirs" || choice === "both"}
        />
      </div>
    </section>
  );
}

interface VersionProps {
  readonly title: string;
  readonly lines: readonly string[];
  readonly taken: boolean;
}

function Version({ title, lines, taken }: VersionProps) {
  return (
    <figure className={taken ? "version taken" : "version"}>
      <figcaption>{title}</figcaption>
      {lines.length ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and so must be reached by keys
        <pre tabIndex={0}>{lines.join("\n")}</pre>
      ) : (
        <p className="muted">nothing here</p>
      )}
    </figure>
  );
}

function Unchanged({ lines }: { readonly lines: readonly string[] }) {
  const shown = lines.filter((line) => line.trim());
  if (shown.length <= 4) return <pre className="unchanged">{shown.join("\n")}</pre>;
  return (
    <details className="unchanged">
      <summary>{lines.length} lines are the same</summary>
      <pre>{lines.join("\n")}</pre>
    </details>
  );
}
