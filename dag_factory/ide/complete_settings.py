"""The values of settings: `$references`, environment, code, functions, words of scripts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ..stage_values import PARTS
from .completion_items import Found, Place
from .definitions import code_items
from .functions import functions_of
from .pages import page, value_line
from .vocabulary import shown

_SECRET_PARTS = ("password", "login", "host", "port", "schema", "uri")


def setting_values(place: Place, stage: str, rest: Sequence[str | int]) -> Iterable[Found]:
    """Yield what fits in a setting that stages, services and `defaults` share."""
    match rest:
        case ["env", str()]:
            return special(place, stage)
        case ["secrets", str(name)]:
            return _secrets(name)
        case ["code" | "files"] | ["code" | "files", int()]:
            return code_paths(place)
    return ()


def schema_values(schema: object, doc: str = "") -> Iterator[Found]:
    """Yield the values that a JSON Schema names."""
    if not isinstance(schema, dict):
        return
    named = [*schema.get("enum", ())]
    named += [schema["const"]] if "const" in schema else []
    named += [True, False] if schema.get("type") == "boolean" else []
    default = schema.get("default")
    for value in named:
        yield Found(shown(value), "value", "default" if value == default else "", doc)
    if "default" in schema and not isinstance(default, (dict, list)) and default is not None:
        yield Found(shown(default), "value", "default", doc)
    for example in schema.get("examples", ()):
        if isinstance(example, (str, int, float)):
            yield Found(shown(example), "value", "example", doc, rank=1)


def _secrets(name: str) -> Iterator[Found]:
    yield Found(f"variable.{name.lower()}", "value", "a variable of Airflow", whole=True)
    for part in _SECRET_PARTS:
        text = f"connection.{name.lower()}.{part}"
        yield Found(text, "value", "a connection of Airflow", rank=1, whole=True)


def special(place: Place, stage: str, key: str = "") -> Iterator[Found]:
    """Yield the `$references` that can stand in a value; `stage` is "" for services."""
    experiment = place.experiment
    if experiment is None or (place.cursor.before and not place.cursor.before.startswith("$")):
        return
    wanted = _wanted(place, stage, key)
    for name, param in experiment.params.items():
        kind = param.schema.get("type", "")
        rank = 0 if not wanted or not kind or wanted in {kind, "number"} else 4
        about = value_line(name, param.schema)
        yield Found(f"$params.{name}", "param", str(kind), about, rank, whole=True)
    secrets = _secret_names(place, stage)
    yield from (Found(f"$secrets.{n}", "value", "secret", rank=5, whole=True) for n in secrets)
    yield Found("$run.id", "value", "the run", rank=6, whole=True)
    own = place.resolved_stage(stage)
    if own is None:
        return
    for port in own.stage.takes:
        yield Found(f"$in.{port}", "port", "the path of an input", rank=2, whole=True)
    for port in own.gives:
        yield Found(f"$out.{port}", "port", "the path of an output", rank=2, whole=True)
    for name, service in experiment.services.items():
        for end, one in service.offers.items():
            for number, part in enumerate(PARTS):
                text = f"$services.{name}.{end}.{part}"
                detail = f"{one.protocol}, port {one.port}"
                yield Found(text, "service", detail, rank=3 + number, whole=True)


def _wanted(place: Place, stage: str, key: str) -> str:
    own = place.resolved_stage(stage)
    schema = own.type.with_.get(key) if own is not None else None
    kind = schema.get("type", "") if isinstance(schema, dict) else ""
    return kind if isinstance(kind, str) else ""


def _secret_names(place: Place, stage: str) -> Iterable[str]:
    own = place.resolved_stage(stage)
    if own is not None:
        secrets = own.settings.get("secrets")
        return secrets.value if secrets is not None else ()
    match place.path:
        case ("services", str(name), *_):
            services = place.experiment.services if place.experiment is not None else {}
            secrets = services[name].settings.get("secrets") if name in services else None
            return secrets.value if secrets is not None else ()
    return ()


def functions(place: Place, stage: str) -> Iterator[Found]:
    """Yield the functions in the code of a stage."""
    items = code_items(place.opened, stage)
    for function in functions_of(place.opened.files, items):
        doc = page(function.call, f"```python\ndef {function.signature}\n```", function.doc)
        yield Found(function.call, "function", function.signature, doc, whole=True)


def script_words(place: Place, name: str) -> Iterator[Found]:
    """Yield the environment variables of a shell script, after a `$`."""
    stage, experiment = place.resolved_stage(name), place.experiment
    if stage is None or experiment is None or not place.cursor.word.startswith("$"):
        return
    words = [(f"IN_{port.upper()}", "an input") for port in stage.stage.takes]
    words += [(f"OUT_{port.upper()}", "an output") for port in stage.gives]
    words += [(f"PARAM_{key.upper()}", "a value") for key in stage.stage.with_]
    for service in stage.uses:
        for end in experiment.services[service].offers if service in experiment.services else ():
            prefix = f"{service}_{end}".upper()
            words += [(f"{prefix}_{part.upper()}", "a service") for part in PARTS]
    words += [("MLINE_RUN_ID", "the run"), ("MLINE_STAGE", "the stage")]
    for word, detail in words:
        yield Found(f"${word}", "value", detail)


def code_paths(place: Place) -> Iterator[Found]:
    """Yield the files and folders beside this file, one folder at a time."""
    typed = place.cursor.before
    if "://" in typed:
        return
    folder = typed[: typed.rfind("/") + 1] or "./"
    for name in place.opened.files.names(folder):
        detail = "folder" if name.endswith("/") else "file"
        yield Found(f"{folder}{name}", "file", detail, rank=int(detail == "file"), whole=True)
