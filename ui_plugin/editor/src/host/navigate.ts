import type { Place } from "@mline/core";
import { go, type Route } from "../app/route.ts";

/** Takes the user within the editor, or, for what is Airflow's, to Airflow's own page. */
export function navigate(place: Place): void {
  if (place.to === "dag") openAirflow(`dags/${encodeURIComponent(place.dag_id)}`);
  else if (place.to === "run") {
    const { dag_id, run_id } = place;
    openAirflow(`dags/${encodeURIComponent(dag_id)}/runs/${encodeURIComponent(run_id)}`);
  } else go(routeOf(place));
}

function routeOf(place: Exclude<Place, { readonly to: "dag" | "run" }>): Route {
  switch (place.to) {
    case "experiment":
      return { page: "edit", path: place.path, ...(place.node ? { node: place.node } : {}) };
    case "types":
      return { page: "types", ...(place.type ? { type: place.type } : {}) };
    default:
      return { page: "list" };
  }
}

/**
 * Airflow shows us in a sandboxed frame that may not navigate its parent. A link that belongs to the
 * parent's own document may: both are of one origin.
 */
function openAirflow(address: string): void {
  const url = new URL(address, airflowBase()).href;
  const page = window.parent !== window ? window.parent : window;
  try {
    const link = page.document.createElement("a");
    link.href = url;
    page.document.body.append(link);
    link.click();
    link.remove();
  } catch {
    window.location.assign(url);
  }
}

/** The address of Airflow's root: `<base href>` of its page, else one above the plugin's prefix. */
function airflowBase(): string {
  try {
    if (window.parent !== window) return window.parent.document.baseURI;
  } catch {
    // Another origin: fall through.
  }
  return new URL("../", document.baseURI).href;
}
