import type { Diagnostic } from "@mline/core";
import { CircleCheck, CircleX, Info, TriangleAlert } from "lucide-react";
import { showLine } from "../source/reveal.ts";
import { useOpen, useSession } from "../state/context.ts";
import { applyFix } from "../state/fixes.ts";
import { nameOf } from "../state/names.ts";
import { selectNodes } from "../state/selection.ts";
import { Button } from "../ui/Button.tsx";

const ICONS = { error: CircleX, warning: TriangleAlert, info: Info } as const;

/** Everything that is wrong, in the order of the text; a row jumps to it. */
export function Problems() {
  const diagnostics = useOpen((state) => state.diagnostics);
  const analysis = useOpen((state) => state.analysis);
  if (analysis === "failed") {
    return (
      <p className="panel-note error">
        The server does not answer. Checking goes on as soon as it does.
      </p>
    );
  }
  if (!diagnostics.length) {
    return (
      <p className="panel-note">
        <CircleCheck size={15} aria-hidden="true" /> No problems.
      </p>
    );
  }
  return (
    <ul className="problems" aria-label="Problems">
      {diagnostics.map((one, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: two problems may be equal in all they say
        <ProblemRow key={`${one.code}-${one.range.start.line}-${index}`} problem={one} />
      ))}
    </ul>
  );
}

export function ProblemRow({
  problem,
  brief,
}: {
  readonly problem: Diagnostic;
  readonly brief?: boolean;
}) {
  const session = useSession();
  const mayEdit = useOpen((state) => state.mayEdit);
  const Icon = ICONS[problem.severity];
  return (
    <li className={`problem ${problem.severity}`}>
      <button type="button" className="problem-jump" onClick={() => jumpTo(session, problem)}>
        <Icon size={15} strokeWidth={2.1} aria-label={problem.severity} />
        <span className="problem-text">{problem.message}</span>
        <span className="problem-where">
          {!brief && problem.node && <code>{nameOf(problem.node)}</code>}
          <span className="muted">
            {problem.code} · line {problem.range.start.line + 1}
          </span>
        </span>
      </button>
      {problem.fix && mayEdit && (
        <Button small onClick={() => applyFix(session, problem)}>
          {problem.fix.title}
        </Button>
      )}
    </li>
  );
}

/** Chooses the node and the field of a problem, and shows its line. */
export function jumpTo(session: ReturnType<typeof useSession>, problem: Diagnostic): void {
  if (problem.node) session.select(selectNodes([problem.node], "problems", problem.field ?? null));
  showLine(session, problem.range);
}
