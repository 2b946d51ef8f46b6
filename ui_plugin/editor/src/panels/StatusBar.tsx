import { CircleCheck, CircleX, Keyboard, LoaderCircle, TriangleAlert, WifiOff } from "lucide-react";
import { useOpen } from "../state/context.ts";
import { plural } from "../state/names.ts";
import { helpOpen } from "./help-open.ts";

/** How many problems, whether they are of the text as it is now, and where the keys are told. */
export function StatusBar({ onProblems }: { readonly onProblems: () => void }) {
  const diagnostics = useOpen((state) => state.diagnostics);
  const analysis = useOpen((state) => state.analysis);
  const view = useOpen((state) => state.view);
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  const warnings = diagnostics.filter(({ severity }) => severity === "warning").length;
  return (
    <footer className="status-bar">
      <button type="button" onClick={onProblems}>
        {errors || warnings ? (
          <>
            <CircleX size={13} className={errors ? "is-error" : ""} aria-hidden="true" />
            <span aria-hidden="true">{errors}</span>
            <TriangleAlert size={13} className={warnings ? "is-warning" : ""} aria-hidden="true" />
            <span aria-hidden="true">{warnings}</span>
            <span className="visually-hidden">
              Problems: {plural(errors, "error")}, {plural(warnings, "warning")}
            </span>
          </>
        ) : (
          <>
            <CircleCheck size={13} className="is-ok" aria-hidden="true" /> No problems
          </>
        )}
      </button>
      <span className="status-note" role="status">
        {analysis === "waiting" && (
          <>
            <LoaderCircle size={12} className="spin" aria-hidden="true" /> checking
          </>
        )}
        {analysis === "failed" && (
          <>
            <WifiOff size={12} aria-hidden="true" /> the server does not answer; editing goes on
          </>
        )}
      </span>
      <span className="grow" />
      <span className="muted">{plural(view.nodes.length, "node")}</span>
      <button type="button" onClick={() => helpOpen.set(true)}>
        <Keyboard size={13} aria-hidden="true" /> Keys <kbd>?</kbd>
      </button>
    </footer>
  );
}
