import type { Host } from "@mline/core";
import { useEffect } from "react";

/** Light or dark, as the host is, from the first paint on. */
export function useTheme(host: Host): void {
  useEffect(() => {
    const show = (theme: string) => {
      document.documentElement.dataset["theme"] = theme;
    };
    show(host.theme.now());
    return host.theme.watch(show);
  }, [host]);
}
