import type { Theme } from "@mline/core";

/** Airflow's own page, when we are inside it; null when it is another origin or there is none. */
function airflowRoot(): HTMLElement | null {
  try {
    return window.parent !== window ? window.parent.document.documentElement : null;
  } catch {
    return null;
  }
}

function systemDark(): MediaQueryList {
  return window.matchMedia("(prefers-color-scheme: dark)");
}

/** Airflow puts `dark` or `light` on its root element and keeps the choice as `theme`. */
function now(): Theme {
  const root = airflowRoot();
  if (root?.classList.contains("dark")) return "dark";
  if (root?.classList.contains("light")) return "light";
  const kept = localStorage.getItem("theme");
  if (kept === "dark" || kept === "light") return kept;
  return systemDark().matches ? "dark" : "light";
}

function watch(told: (theme: Theme) => void): () => void {
  const tell = () => told(now());
  const system = systemDark();
  system.addEventListener("change", tell);
  window.addEventListener("storage", tell);
  const root = airflowRoot();
  const observer = root && new MutationObserver(tell);
  if (root) observer?.observe(root, { attributes: true, attributeFilter: ["class", "data-theme"] });
  return () => {
    system.removeEventListener("change", tell);
    window.removeEventListener("storage", tell);
    observer?.disconnect();
  };
}

export const airflowTheme = { now, watch };
