"""The words of the language at each place, from its JSON Schemas: keys, values, explanations."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from mline_airflow.schemas import FOLDER

from ..analysis import Kind
from .places import Step

Schema = Mapping[str, Any]
_MOST_STEPS = 40
_PLAIN = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a map",
    "null": "null",
}
_TEXT = {"string", "number", "boolean"}


class Key(NamedTuple):
    """A key that a map may have."""

    name: str
    schema: Schema
    required: bool

    @property
    def doc(self) -> str:
        """What it means, in Markdown."""
        return explanation(self.schema)


class Vocabulary:
    """The schema of one kind of file, walked by paths of keys."""

    def __init__(self, kind: Kind) -> None:
        self.root: Schema = json.loads((FOLDER / f"{kind}.schema.json").read_text("utf-8"))

    def key(self, path: Sequence[Step]) -> Schema | None:
        """Return the schema of the value at a path, as it is written at its key; None if unknown.

        A path that the language leaves to the user, as the name of a stage, has one as well.
        """
        found: Schema | None = self.root
        for step in path[:_MOST_STEPS]:
            found = next((s for s in self._children(found, step)), None) if found else None
        return found

    def alternatives(self, path: Sequence[Step]) -> list[Schema]:
        """Return every schema that the value at a path may follow, references resolved."""
        current = list(self._flat(self.root))
        for step in path[:_MOST_STEPS]:
            current = [
                flat
                for schema in current
                for child in self._child(schema, step)
                for flat in self._flat(child)
            ]
        return current

    def keys(self, path: Sequence[Step]) -> list[Key]:
        """Return the keys that the language has in the map at a path."""
        found: dict[str, Key] = {}
        for schema in self.alternatives(path):
            required = schema.get("required", ())
            for name, child in schema.get("properties", {}).items():
                found.setdefault(name, Key(name, self._merged(child), name in required))
        return list(found.values())

    def values(self, path: Sequence[Step]) -> list[Any]:
        """Return the values of the enumerations at a path."""
        found: list[Any] = []
        for schema in self.alternatives(path):
            words = schema.get("enum", [schema["const"]] if "const" in schema else [])
            if schema.get("type") == "boolean":
                words = [*words, True, False]
            found += [word for word in words if word not in found or isinstance(word, bool)]
        return list({json.dumps(word): word for word in found}.values())

    # -- walking ---------------------------------------------------------------------------------

    def _children(self, schema: Schema, step: Step) -> Iterator[Schema]:
        for flat in self._flat(schema):
            for child in self._child(flat, step):
                yield self._merged(child)

    @staticmethod
    def _child(schema: Schema, step: Step) -> Iterator[Schema]:
        if isinstance(step, int):
            items = schema.get("items")
            if isinstance(items, Mapping):
                yield items
            return
        known = schema.get("properties", {}).get(step)
        if known is not None:
            yield known
            return
        other = schema.get("additionalProperties")
        if isinstance(other, Mapping):
            yield other

    def _merged(self, schema: Schema) -> Schema:
        """Return the schema with what it refers to; its own words go before."""
        reference = schema.get("$ref")
        if not isinstance(reference, str):
            return schema
        target = self.root["$defs"][reference.rpartition("/")[2]]
        own = {key: value for key, value in schema.items() if key != "$ref"}
        return {**self._merged(target), **own}

    def _flat(self, schema: Schema) -> Iterator[Schema]:
        merged = self._merged(schema)
        if "anyOf" not in merged:
            yield merged
            return
        about = {k: merged[k] for k in ("title", "description", "examples") if k in merged}
        for alternative in merged["anyOf"]:
            for flat in self._flat(alternative):
                yield {**about, **flat}


@cache
def vocabulary(kind: Kind) -> Vocabulary:
    """Return the vocabulary of a kind of file, read once."""
    return Vocabulary(kind)


def explanation(schema: Schema) -> str:
    """Return what a schema says of itself, in Markdown."""
    parts = [str(schema["description"])] if "description" in schema else []
    facts = list(_facts(schema))
    if facts:
        parts.append("; ".join(facts))
    examples = schema.get("examples") or ()
    if examples:
        parts.append("Example: " + " or ".join(f"`{shown(e)}`" for e in examples[:3]))
    return "\n\n".join(parts)


def _facts(schema: Schema) -> Iterator[str]:
    kind = schema.get("type")
    if "enum" not in schema and "const" not in schema:
        if isinstance(kind, str):
            yield _PLAIN.get(kind, kind)
        elif isinstance(kind, list):
            words = (_PLAIN.get(str(one), str(one)) for one in kind)
            yield "text" if set(kind) == _TEXT else " or ".join(words)
    if "enum" in schema:
        yield "one of " + ", ".join(f"`{shown(value)}`" for value in schema["enum"])
    if "const" in schema:
        yield f"always `{shown(schema['const'])}`"
    names = {
        "minimum": "at least",
        "exclusiveMinimum": "above",
        "maximum": "at most",
        "exclusiveMaximum": "below",
    }
    for key, word in names.items():
        if key in schema and abs(schema[key]) < 2**31 - 1:
            yield f"{word} {shown(schema[key])}"
    if "default" in schema:
        yield f"default `{shown(schema['default'])}`"


def shown(value: Any) -> str:
    """Return a value as one writes it in a file."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{k}: {shown(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(shown(v) for v in value) + "]"
    return json.dumps(value)
