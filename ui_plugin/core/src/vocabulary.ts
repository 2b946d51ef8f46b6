/** Words of the language that editing must know without asking the server. */

/** Keys of the file in the order in which people write them. */
export const EXPERIMENT_KEYS = [
  "mline",
  "experiment",
  "title",
  "doc",
  "owner",
  "tags",
  "use",
  "schedule",
  "start",
  "end",
  "catchup",
  "max_runs",
  "params",
  "defaults",
  "entities",
  "services",
  "stages",
  "tests",
  "release",
] as const;

export const STAGE_KEYS = [
  "is",
  "doc",
  "when",
  "after",
  "uses",
  "takes",
  "gives",
  "adapt",
  "image",
  "entrypoint",
  "code",
  "call",
  "run",
  "command",
  "with",
  "env",
  "secrets",
  "sweep",
  "runner",
  "resources",
  "retries",
  "retry_delay",
  "timeout",
  "cache",
  "pool",
  "queue",
  "priority",
  "labels",
] as const;

export const SERVICE_KEYS = [
  "is",
  "doc",
  "image",
  "entrypoint",
  "command",
  "env",
  "secrets",
  "files",
  "offers",
  "ready",
  "runner",
  "resources",
  "scope",
  "labels",
] as const;

/** Keys of an entity that are neither properties nor relations. */
export const ENTITY_KEYS = ["is", "title", "doc", "at", "from"] as const;

export const PARAM_KEYS = ["type", "title", "description", "default", "enum", "minimum", "maximum"];

/** Relations of the built-in libraries, for when the types of a text are not known yet. */
export const BUILT_IN_RELATIONS: ReadonlySet<string> = new Set([
  "compared_with",
  "consumed_by",
  "consumes",
  "cross_validated_on",
  "derived_from",
  "described_by",
  "describes",
  "finetuned_from",
  "finetuned_to",
  "fitted_to",
  "gated_by",
  "gates",
  "guarded_by",
  "guards",
  "has_part",
  "measured_by",
  "measured_on",
  "measures",
  "part_of",
  "picked_by",
  "picks",
  "predicted_by",
  "predicts",
  "produced_by",
  "produces",
  "published_by",
  "publishes",
  "source_of",
  "trained_on",
  "trains",
  "transformed_by",
  "transformed_from",
  "transformed_to",
  "transforms",
  "tuned_on",
  "tunes",
  "used_by",
  "used_to_cross_validate",
  "used_to_diagnose",
  "used_to_measure",
  "uses",
]);

/** An id of an entity, service, stage, port. */
export const ID = /^[a-z][a-z0-9_]{0,62}$/;
/** A name of a parameter, or under `with`, `env`, `secrets`. */
export const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;
/** A type: `CsvTable`, `core.CsvTable`. */
export const TYPE = /^(?:[a-z][a-z0-9_]*\.)?[A-Z][A-Za-z0-9]*$/;

export function isTypeName(text: string): boolean {
  return /^[A-Z]/.test(text.slice(text.lastIndexOf(".") + 1));
}
