import type { GraphView, Layout } from "@mline/core";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Direction } from "../layout/box.ts";
import type { Laid } from "../layout/elk-runner.ts";
import { flat, unflat } from "../layout/route.ts";
import { useOpen, useSession } from "../state/context.ts";
import type { SessionState } from "../state/session.ts";
import type { Drawn } from "./drawn.ts";
import { directionOf } from "./flow-direction.ts";
import { groupingOf, renameInGroups, writtenGrouping } from "./grouping.ts";
import { arranged, carried, type Points, partsOf, placed, quick, waysOf } from "./parts.ts";
import { type Renamed, renamedBetween, renamedLayout } from "./renamed.ts";
import { directionThatFits } from "./shape.ts";

/** Above this size the quick layout is shown first, and ELK is asked for only by "tidy". */
const LARGE = 300;
const PATIENCE = 1500;
const NO_ROUTES: Laid["routes"] = new Map();

export interface Arrangement extends Laid {
  /** False until a first layout is there. */
  readonly ready: boolean;
  readonly move: (moved: Points) => void;
  /** Lays everything out anew. */
  readonly tidy: () => void;
}

/**
 * Where nodes are. What has a place keeps it; what is new finds one beside its neighbours; only a file
 * without any places, another direction or "tidy" lays out the whole.
 */
export function useArrangement(view: GraphView, drawn: Drawn, direction: Direction): Arrangement {
  const session = useSession();
  const { host, path } = session;
  const sized = useSized();
  const [kept, setKept] = useKept(view, () => readLaid(host.layout.read(path), direction));
  const [ready, setReady] = useState(kept.points.size > 0);
  const parts = useMemo(() => partsOf(drawn, direction), [drawn, direction]);
  const points = useMemo(() => placed(parts, kept.points, direction), [parts, kept, direction]);
  const busy = useRef(false);

  const keep = useCallback(
    (laid: Laid) => {
      // For whoever measures how long drawing takes from here.
      performance.mark("graph");
      setKept(laid);
      setReady(true);
      host.layout.write(path, {
        ...writtenLaid(laid, direction),
        ...writtenGrouping(groupingOf(session).get()),
      });
    },
    [session, host, path, direction, setKept],
  );

  const tidy = useCallback(() => {
    busy.current = true;
    void arranged(parts, direction).then((laid) => {
      busy.current = false;
      keep({ points: carried(drawn, points, kept.points, laid.points), routes: laid.routes });
    });
  }, [parts, drawn, points, kept, direction, keep]);

  useEffect(() => {
    if (ready || busy.current || !sized || !parts.nodes.length) return;
    if (parts.nodes.length > LARGE) {
      keep({ points: quick(parts, direction), routes: NO_ROUTES });
      return;
    }
    const chosen = directionOf(session);
    if (chosen.get() === null) {
      const fits = directionThatFits(drawn, roomOnCanvas());
      chosen.set(fits);
      // Another direction is another canvas.
      if (fits !== direction) return;
    }
    tidy();
  }, [ready, sized, parts, drawn, direction, session, keep, tidy]);

  useEffect(() => {
    const isNew = (id: string) => !kept.points.has(id) && !drawn.byId.get(id)?.group;
    if (!ready || ![...points.keys()].some(isNew)) return;
    keep({ ...kept, points: carried(drawn, points, kept.points, points) });
  }, [ready, points, kept, drawn, keep]);

  const move = useCallback(
    (moved: Points) => keep({ ...kept, points: carried(drawn, points, kept.points, moved) }),
    [kept, drawn, points, keep],
  );
  const routes = useMemo(
    () => (ready ? waysOf(parts, points, kept.routes, direction) : NO_ROUTES),
    [ready, parts, points, kept.routes, direction],
  );
  return { points, routes, ready, move, tidy };
}

/** The layout that is kept; what is renamed stays where it was. */
function useKept(view: GraphView, first: () => Laid) {
  const session = useSession();
  const [kept, setKept] = useState(first);
  const [seen, setSeen] = useState(view);
  const [renamed, setRenamed] = useState<Renamed | null>(null);
  if (seen !== view) {
    const found = renamedBetween(seen, view);
    setSeen(view);
    if (found) {
      setKept(renamedLayout(kept, found));
      setRenamed(found);
    }
  }
  useEffect(() => {
    if (renamed) renameInGroups(session, renamed.nodes);
  }, [session, renamed]);
  return [kept, setKept] as const;
}

/** Types bring ports, and ports make nodes taller: the first layout waits a moment for the server. */
function useSized(): boolean {
  const told = useOpen(isTold);
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), PATIENCE);
    return () => clearTimeout(timer);
  }, []);
  return told || late;
}

const isTold = (state: SessionState) => state.meaning !== null || state.analysis === "failed";

function roomOnCanvas() {
  const pane = document.querySelector(".canvas")?.getBoundingClientRect();
  return { width: pane?.width ?? 1000, height: pane?.height ?? 700 };
}

function readLaid(layout: Layout | null, direction: Direction): Laid {
  if (!layout || layout.direction !== direction) return { points: new Map(), routes: NO_ROUTES };
  const routes = Object.entries(layout.routes ?? {});
  return {
    points: new Map(Object.entries(layout.positions)),
    routes: new Map(routes.map(([edge, numbers]) => [edge, unflat(numbers)])),
  };
}

function writtenLaid({ points, routes }: Laid, direction: Direction) {
  return {
    direction,
    positions: Object.fromEntries(points),
    routes: Object.fromEntries([...routes].map(([edge, way]) => [edge, flat(way)])),
  };
}
