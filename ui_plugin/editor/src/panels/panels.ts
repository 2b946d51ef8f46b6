import { choices } from "../host/browser-store.ts";
import { Store, useStore } from "../ui/store.ts";

/** Which panels are open and how large they are; a choice of the user. */
export interface Panels {
  readonly left: boolean;
  readonly inspector: boolean;
  readonly source: boolean;
  readonly problems: boolean;
  readonly leftWidth: number;
  readonly rightWidth: number;
  /** Height of the inspector above the source, in percent. */
  readonly inspectorShare: number;
}

const store = new Store<Panels>({
  left: true,
  inspector: true,
  source: true,
  problems: false,
  leftWidth: 236,
  rightWidth: 420,
  inspectorShare: 48,
  ...choices.read<Partial<Panels>>("panels", {}),
});

export type PanelName = "left" | "inspector" | "source" | "problems";
export type SizeName = "leftWidth" | "rightWidth" | "inspectorShare";

const LIMITS: { readonly [name in SizeName]: readonly [number, number] } = {
  leftWidth: [180, 420],
  rightWidth: [300, 820],
  inspectorShare: [18, 82],
};

export const panels = {
  get: store.get,
  change(part: Partial<Panels>): void {
    store.update((open) => ({ ...open, ...part }));
    choices.write("panels", store.get());
  },
  toggle: (name: PanelName): void => panels.change({ [name]: !store.get()[name] }),
  show: (name: PanelName): void => panels.change({ [name]: true }),
  resize(name: SizeName, size: number): void {
    const [least, most] = LIMITS[name];
    panels.change({ [name]: Math.round(Math.max(least, Math.min(most, size))) });
  },
};

export function usePanels(): Panels {
  return useStore(store, (open) => open);
}
