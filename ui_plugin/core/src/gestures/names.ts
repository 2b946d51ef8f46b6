import type { Doc } from "../document.ts";
import { refuse } from "../draft.ts";
import type { SectionName } from "../things.ts";
import { ID, NAME } from "../vocabulary.ts";

/** Names of tasks that are made, which a stage cannot have. */
const RESERVED = new Set(["release_gate"]);

/** An id near a wish, which nothing in the file has: `Train it!` becomes `train_it`, `train_it_2`. */
export function suggestId(doc: Doc, wish: string, section: SectionName = "stages"): string {
  const base = asId(wish);
  for (let number = 1; ; number++) {
    const suffix = number === 1 ? "" : `_${number}`;
    const id = base.slice(0, 63 - suffix.length) + suffix;
    if (isFree(doc, id, section)) return id;
  }
}

/** A text as an id: lower case, digits, underscores. */
export function asId(wish: string): string {
  const snake = wish
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "")
    .replace(/(?<=[a-z0-9])(?=[A-Z])/g, "_")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^[_0-9]+|_+$/g, "");
  return snake.slice(0, 63) || "thing";
}

function isFree(doc: Doc, id: string, section: SectionName): boolean {
  if (section === "params") return !doc.things.has(`param:${id}`);
  return !doc.things.takenName(id) && !RESERVED.has(id);
}

/** Refuses a name that its section cannot have, or that something else has. */
export function checkName(doc: Doc, name: string, section: SectionName): void {
  if (section === "params") {
    if (!NAME.test(name)) refuse(`'${name}' cannot be a parameter: letters, digits and '_'`);
    if (doc.things.has(`param:${name}`)) refuse(`there is a parameter '${name}' already`);
    return;
  }
  if (!ID.test(name)) {
    const better = asId(name);
    refuse(
      `'${name}' cannot be an id: a lower-case letter, then lower-case letters, digits and '_', ` +
        `at most 63; '${better}' would do`,
    );
  }
  const other = doc.things.takenName(name);
  if (other) refuse(`'${name}' is the name of another ${other.id.slice(0, other.id.indexOf(":"))}`);
  if (RESERVED.has(name)) refuse(`'${name}' is the name of a task that MLine makes itself`);
}
