"""JSON Schema for values in a file: params, fields of types, `with` of stage types.

Most schemas say a type and bounds, and most values fit; that is decided here in microseconds.
Everything else, and every message, comes from `jsonschema`, imported only then.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

_ANNOTATIONS = frozenset(
    {"title", "description", "default", "examples", "deprecated", "$comment", "format"}
)
_SIMPLE = _ANNOTATIONS | {
    "type",
    "enum",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
}
_TYPES = {
    "string": (str,),
    "boolean": (bool,),
    "null": (type(None),),
    "array": (list,),
    "object": (dict,),
}
_NUMBERS = ("integer", "number")


def fits(schema: Mapping[str, Any], value: Any) -> bool | None:
    """Decide quickly whether the value fits; None when only a full validator can tell."""
    if not _SIMPLE.issuperset(schema):
        return None
    try:
        return _fits(schema, value)
    except TypeError:
        return None


def _fits(schema: Mapping[str, Any], value: Any) -> bool:
    kind = schema.get("type")
    if kind is not None:
        kinds = kind if isinstance(kind, list) else [kind]
        if not any(_is(value, k) for k in kinds):
            return False
    choices = schema.get("enum")
    if choices is not None and not any(c == value and type(c) is type(value) for c in choices):
        return False
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _within(schema, value)
    return True


def _within(schema: Mapping[str, Any], value: float) -> bool:
    least, most = schema.get("minimum", -math.inf), schema.get("maximum", math.inf)
    above, below = (
        schema.get("exclusiveMinimum", -math.inf),
        schema.get("exclusiveMaximum", math.inf),
    )
    return bool(least <= value <= most and above < value < below)


def _is(value: Any, kind: str) -> bool:
    if kind in _NUMBERS:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return False
        return kind == "number" or float(value).is_integer()
    return isinstance(value, _TYPES[kind]) if kind in _TYPES else False


def schema_is_simple(schema: Mapping[str, Any]) -> bool:
    """Tell whether a schema is plainly well formed, so that no meta-schema is needed."""
    if not _SIMPLE.issuperset(schema):
        return False
    kind = schema.get("type")
    kinds = kind if isinstance(kind, list) else [kind]
    if kind is not None and not all(
        isinstance(k, str) and (k in _TYPES or k in _NUMBERS) for k in kinds
    ):
        return False
    for key in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"):
        if key in schema and (
            isinstance(schema[key], bool) or not isinstance(schema[key], (int, float))
        ):
            return False
    texts = ("title", "description", "$comment", "format")
    if not all(isinstance(schema[k], str) for k in texts if k in schema):
        return False
    return "enum" not in schema or isinstance(schema["enum"], list)


def schema_problem(schema: Mapping[str, Any]) -> str | None:
    """Return why a schema is not valid JSON Schema 2020-12, or None."""
    if schema_is_simple(schema):
        return None
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        where = ".".join(str(part) for part in error.absolute_path)
        return f"{error.message[:200]}" + (f" (at '{where}')" if where else "")
    except (RecursionError, ValueError, TypeError) as error:
        return f"it cannot be read: {error}"
    return None


def value_problem(schema: Mapping[str, Any], value: Any) -> str | None:
    """Return why a value does not fit a schema, or None. References leave no file."""
    quick = fits(schema, value)
    if quick:
        return None
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match
    from referencing import Registry

    try:
        errors = Draft202012Validator(schema, registry=Registry()).iter_errors(value)
        error = best_match(errors)
    except Exception as problem:  # noqa: BLE001 - a user's schema may break its validator anyhow
        return f"its schema cannot be used: {type(problem).__name__}"
    if error is None:
        return None
    where = ".".join(str(part) for part in error.absolute_path)
    return str(error.message)[:200] + (f" (at '{where}')" if where else "")
