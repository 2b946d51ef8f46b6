import type { Doc } from "./document.ts";
import type { Field } from "./gestures/set-field.ts";
import { EXPERIMENT } from "./gestures/target.ts";
import type { Json } from "./json-schema.ts";
import { plainData } from "./plain-data.ts";
import { shortKey } from "./set-value.ts";
import { asNode, entry, isMap, isScalar, isSeq, type Path, root, target } from "./syntax.ts";
import { nameOf, sectionOf } from "./things.ts";

/**
 * What is written at a field, as JSON; undefined when nothing is. Aliases are followed, and a short
 * form reads as the long one: `default` of `depth: 3` is 3. An empty path is the whole node.
 */
export function fieldValue(doc: Doc, { node, path }: Field): Json | undefined {
  const section = sectionOf(node);
  const whole: Path = node === EXPERIMENT ? path : [section ?? "", nameOf(node), ...path];
  let found = root(doc.tree);
  for (const [i, step] of whole.entries()) {
    const here = target(found, doc.tree);
    if (isMap(here)) {
      const child = entry(here, String(step));
      if (!child) return undefined;
      found = child.node;
    } else if (isSeq(here) && typeof step === "number" && step < here.items.length) {
      found = asNode(here.items[step]);
    } else {
      const isShort = isScalar(here) && here.value !== null && shortKey(whole.slice(0, i)) === step;
      if (!isShort) return undefined;
    }
  }
  return plainData(found, doc.tree);
}
