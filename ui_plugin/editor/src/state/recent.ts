import { choices } from "../host/browser-store.ts";

/** The types that were added lately, the newest first. */
export const recentTypes = {
  get: (): readonly string[] => choices.read<readonly string[]>("recent-types", []),
  used(name: string): void {
    choices.write(
      "recent-types",
      [name, ...recentTypes.get().filter((other) => other !== name)].slice(0, 8),
    );
  },
};
