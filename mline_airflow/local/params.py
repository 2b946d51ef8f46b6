"""Values for an experiment's params: from the command line, checked by their JSON Schemas."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from jsonschema import Draft202012Validator

from ..dag_factory.plan import Plan
from ..dag_factory.schema_check import shown
from ..failures import ParamsError


def read_params(plan: Plan, given: Iterable[str]) -> dict[str, Any]:
    """Read `name=value` pairs; a value is JSON, or plain text where the schema has text.

    Raises ParamsError that names every wrong one.
    """
    values: dict[str, Any] = {}
    problems: list[str] = []
    for pair in given:
        name, equals, text = pair.partition("=")
        if not equals:
            problems.append(f"'{pair}' is not name=value")
        else:
            values[name] = _value(text, plan["params"].get(name, {}))
    if problems:
        raise ParamsError(problems)
    return check_params(plan, values)


def check_params(plan: Plan, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of all params, defaults where none is given; raises ParamsError."""
    schemas = plan["params"]
    problems = [_unknown(name, schemas) for name in given if name not in schemas]
    values: dict[str, Any] = {}
    for name, schema in schemas.items():
        if name in given:
            values[name] = given[name]
            problems += _violations(name, given[name], schema)
        elif "default" in schema:
            values[name] = schema["default"]
        else:
            problems.append(f"param '{name}' has no default; give it a value with -p {name}=…")
    if problems:
        raise ParamsError(problems)
    return values


def _value(text: str, schema: Mapping[str, Any]) -> Any:
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types == ["string"]:
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _unknown(name: str, schemas: Mapping[str, Any]) -> str:
    near = get_close_matches(name, schemas, 1)
    if near:
        return f"there is no param '{name}'; did you mean '{near[0]}'?"
    known = ", ".join(f"'{one}'" for one in schemas) or "none"
    return f"there is no param '{name}'; the experiment has {known}"


def _violations(name: str, value: Any, schema: Mapping[str, Any]) -> list[str]:
    found = Draft202012Validator(schema).iter_errors(value)
    return [f"param '{name}': {_plain(error)}" for error in found]


def _plain(error: Any) -> str:
    """Say what a schema asks for, in a sentence."""
    asked, given = error.validator_value, shown(error.instance)
    sentences = {
        "type": f"{given} is not of type {' or '.join(map(str, _list(asked)))}",
        "minimum": f"{given} is less than {asked}",
        "maximum": f"{given} is more than {asked}",
        "exclusiveMinimum": f"{given} is not more than {asked}",
        "exclusiveMaximum": f"{given} is not less than {asked}",
        "enum": f"{given} is not one of {', '.join(map(shown, _list(asked)))}",
    }
    return str(sentences.get(error.validator, error.message))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
