import { describe, expect, it } from "vitest";
import { hashOf, parseRoute, type Route } from "../src/app/route.ts";

const routes: readonly Route[] = [
  { page: "list" },
  { page: "edit", path: "iris/iris.mline.yaml" },
  { page: "edit", path: "a b/ö#?.mline.yaml", node: "stage:fit", line: 12 },
  { page: "types", type: "sklearn.Train" },
  { page: "dag", dagId: "iris" },
];

describe("addresses", () => {
  it.each(routes)("lead back to %o", (route) => {
    expect(parseRoute(hashOf(route))).toEqual(route);
  });

  it.each(["", "#", "#/experiments", "#/edit", "#/edit/", "#/%E0%A4%A"])(
    "%s is the list",
    (hash) => {
      expect(parseRoute(hash)).toEqual({ page: "list" });
    },
  );
});
