import { Suspense, useEffect, useRef } from "react";
import { Canvas } from "../canvas/Canvas.tsx";
import { WaysMenu } from "../canvas/WaysMenu.tsx";
import { Inspector } from "../inspector/Inspector.tsx";
import { CommandPalette } from "../panels/CommandPalette.tsx";
import { ConnectPicker } from "../panels/ConnectPicker.tsx";
import { groupRequest } from "../panels/group-request.ts";
import { helpOpen } from "../panels/help-open.ts";
import { useKeys } from "../panels/keys.ts";
import { LeftPanel } from "../panels/LeftPanel.tsx";
import { Problems } from "../panels/Problems.tsx";
import { panels, usePanels } from "../panels/panels.ts";
import { Splitter } from "../panels/Splitter.tsx";
import { StatusBar } from "../panels/StatusBar.tsx";
import { sweepRequest } from "../panels/sweep-request.ts";
import { TopBar } from "../panels/TopBar.tsx";
import { showLine } from "../source/reveal.ts";
import { useSession } from "../state/context.ts";
import { useSaving } from "../state/saving.ts";
import { lazily } from "../ui/late.ts";
import { useStore } from "../ui/store.ts";

const Source = lazily(() => import("../source/Source.tsx").then(({ Source }) => Source));
const MergeView = lazily(() => import("../merge/MergeView.tsx").then(({ MergeView }) => MergeView));

const Dialogs = lazily(() => import("../panels/Dialogs.tsx").then(({ Dialogs }) => Dialogs));

/** Dialogs that are read when one of them is asked for. */
function AskedDialogs() {
  const sweep = useStore(sweepRequest, isAsked);
  const group = useStore(groupRequest, isAsked);
  const help = useStore(helpOpen, isAsked);
  return sweep || group || help ? (
    <Suspense fallback={null}>
      <Dialogs />
    </Suspense>
  ) : null;
}

const isAsked = (value: unknown) => Boolean(value);

/** The editor's page: outline and palette, canvas, inspector and source, problems. */
export function Workbench({ line }: { readonly line: number | null }) {
  const session = useSession();
  const open = usePanels();
  const saving = useSaving(session);
  useKeys(session, saving.save);
  const shown = useRef(false);

  useEffect(() => {
    if (!line || shown.current) return;
    const timer = setInterval(() => {
      const at = { line: line - 1, character: 0 };
      showLine(session, { start: at, end: at });
      shown.current = true;
      clearInterval(timer);
    }, 200);
    return () => clearInterval(timer);
  }, [line, session]);

  const right = open.inspector || open.source;
  return (
    <div className="bench">
      <TopBar save={saving.save} />
      <div className="bench-row">
        {open.left && (
          <aside className="bench-side" aria-label="Outline and palette">
            <div className="bench-left" style={{ width: open.leftWidth }}>
              <LeftPanel />
            </div>
            <Splitter name="leftWidth" from="left" label="Width of the outline" />
          </aside>
        )}
        <main className="bench-main">
          <div className="bench-canvas">
            <Canvas />
          </div>
          {open.problems && (
            <section className="bench-problems" aria-label="Problems">
              <header>
                <h2 className="grow">Problems</h2>
              </header>
              <Problems />
            </section>
          )}
        </main>
        {right && (
          <aside className="bench-side" aria-label="Inspector and source">
            <Splitter name="rightWidth" from="right" label="Width of inspector and source" />
            <div className="bench-right" style={{ width: open.rightWidth }}>
              {open.inspector && (
                <section
                  className="bench-inspector"
                  aria-label="Inspector"
                  style={open.source ? { height: `${open.inspectorShare}%` } : { flex: 1 }}
                >
                  <Inspector />
                </section>
              )}
              {open.inspector && open.source && (
                <Splitter name="inspectorShare" from="top" label="Height of the inspector" />
              )}
              {open.source && (
                <section className="bench-source" aria-label="Source">
                  <Suspense fallback={<div className="loading" />}>
                    <Source />
                  </Suspense>
                </section>
              )}
            </div>
          </aside>
        )}
      </div>
      <StatusBar onProblems={() => panels.toggle("problems")} />
      <WaysMenu />
      <CommandPalette save={saving.save} />
      <ConnectPicker />
      <AskedDialogs />
      {saving.conflict && (
        <Suspense fallback={null}>
          <MergeView conflict={saving.conflict} onDone={saving.resolve} onClose={saving.dismiss} />
        </Suspense>
      )}
    </div>
  );
}
