import { choices } from "../host/browser-store.ts";
import { Store, useStore } from "../ui/store.ts";

/** What else the canvas shows; a choice of the user, not of the file. */
export interface CanvasView {
  readonly params: boolean;
  readonly relations: boolean;
}

const store = new Store<CanvasView>({
  params: false,
  relations: false,
  ...choices.read<Partial<CanvasView>>("canvas", {}),
});

let tidy: (() => void) | null = null;
let fit: (() => void) | null = null;

export const canvasView = {
  change(part: Partial<CanvasView>): void {
    store.update((view) => ({ ...view, ...part }));
    choices.write("canvas", store.get());
  },
  get: store.get,
  /** Lays the whole graph out anew; nothing when no canvas is open. */
  tidy: () => tidy?.(),
  fit: () => fit?.(),
  setTidy(run: () => void): () => void {
    tidy = run;
    return () => {
      if (tidy === run) tidy = null;
    };
  },
  setFit(run: () => void): () => void {
    fit = run;
    return () => {
      if (fit === run) fit = null;
    };
  },
};

export function useCanvasView<P>(part: (view: CanvasView) => P): P {
  return useStore(store, part);
}
