"""JSON Schema for values in a file: params, fields of types, `with` of stage types.

Most schemas say a type and bounds, and most values fit; that is decided here in microseconds.
Everything else, and every message, comes from `jsonschema`, imported only then.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .suggest import did_you_mean
from .text import Span

if TYPE_CHECKING:
    from jsonschema.exceptions import SchemaError

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
        return _schema_words(error)
    except (RecursionError, ValueError, TypeError) as error:
        return f"it cannot be read: {error}"
    return None


def _schema_words(error: SchemaError) -> str:
    path = [str(part) for part in error.absolute_path]
    where = f" (at '{'.'.join(path)}')" if path else ""
    if path and path[-1] == "type":
        hint, _fix = did_you_mean(str(error.instance), (*_TYPES, *_NUMBERS), Span(0, 0))
        return f"{shown(error.instance)} is not a type of JSON Schema{hint}"
    if error.validator == "format" and error.validator_value == "regex":
        return f"{shown(error.instance)} is not a regular expression{where}"
    return f"{_words(error)}{where}"


def _words(error: Any) -> str:
    """Return an error of `jsonschema` without Python's way of writing values."""
    value, wanted = shown(error.instance), error.validator_value
    if error.validator == "enum":
        return f"{value} is not one of {', '.join(shown(one) for one in wanted)}"
    if error.validator == "type":
        kinds = wanted if isinstance(wanted, list) else [wanted]
        return f"{value} is not of type {' or '.join(map(str, kinds))}"
    if error.validator == "uniqueItems":
        return f"{value} has an item twice"
    if error.validator == "const":
        return f"{value} is not {shown(wanted)}"
    message: str = error.message
    return message[:200]


def shown(value: Any) -> str:
    """Return a value as a user writes it: text in quotes, the rest as JSON, long ones cut."""
    text = (
        f"'{value}'"
        if isinstance(value, str)
        else json.dumps(value, default=str, ensure_ascii=False)
    )
    return text if len(text) < 80 else f"{text[:77]}…"


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
    return _words(error) + (f" (at '{where}')" if where else "")
