import { Store, useStore } from "../ui/store.ts";

/** Where in the editor the user is; kept in the hash, so that it works below any base path. */
export type Route =
  | { readonly page: "list" }
  | { readonly page: "edit"; readonly path: string; readonly node?: string; readonly line?: number }
  | { readonly page: "types"; readonly type?: string }
  | { readonly page: "dag"; readonly dagId: string };

/** `#/edit/iris/iris.mline.yaml?node=stage:fit`, `#/types?type=sklearn.Train`, `#/dag/iris`, `#/`. */
export function parseRoute(hash: string): Route {
  const [place = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const asked = new URLSearchParams(query);
  const [page = "", ...rest] = place.split("/");
  const tail = rest.map(decoded).join("/");
  if (page === "edit" && tail) {
    const node = asked.get("node");
    const line = Number(asked.get("line"));
    return { page: "edit", path: tail, ...(node ? { node } : {}), ...(line > 0 ? { line } : {}) };
  }
  if (page === "types") {
    const type = asked.get("type");
    return { page: "types", ...(type ? { type } : {}) };
  }
  if (page === "dag" && tail) return { page: "dag", dagId: tail };
  return { page: "list" };
}

export function hashOf(route: Route): string {
  switch (route.page) {
    case "edit": {
      const asked = new URLSearchParams();
      if (route.node) asked.set("node", route.node);
      if (route.line) asked.set("line", String(route.line));
      const query = asked.size ? `?${asked}` : "";
      return `#/edit/${route.path.split("/").map(encodeURIComponent).join("/")}${query}`;
    }
    case "types":
      return route.type ? `#/types?type=${encodeURIComponent(route.type)}` : "#/types";
    case "dag":
      return `#/dag/${encodeURIComponent(route.dagId)}`;
    default:
      return "#/";
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const current = new Store<Route>(parseRoute(typeof location === "undefined" ? "" : location.hash));

export function followHash(): () => void {
  const listen = () => current.set(parseRoute(location.hash));
  window.addEventListener("hashchange", listen);
  return () => window.removeEventListener("hashchange", listen);
}

export function go(route: Route): void {
  location.hash = hashOf(route);
}

export function useRoute(): Route {
  return useStore(current, (route) => route);
}
