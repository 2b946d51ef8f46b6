"""Values: every `$reference` leads somewhere, and `with` fits what the stage type asks."""

from __future__ import annotations

from typing import Any

from .model import Setting, Word
from .resolved import ResolvedService, ResolvedStage
from .schema_check import schema_problem, value_problem
from .scope import Scope
from .suggest import did_you_mean, listing, nearest
from .text import Span
from .text_check import check_texts

PARTS = ("url", "host", "port")


def check_references(scope: Scope) -> None:
    """Check every reference in `with`, `env` and `command` of stages and services."""
    _check_params(scope)
    if "$" in scope.found.source.text:
        check_texts(scope)
    for stage in scope.resolved.stages.values():
        for setting in stage.stage.with_.values():
            _check(scope, stage, setting.refs)
        for value in _env(stage.settings.get("env")):
            _check(scope, stage, value.refs)
        if stage.stage.action is not None:
            _check(scope, stage, stage.stage.action.refs)
    for service in scope.resolved.services.values():
        _check_service(scope, service)
    for stage in scope.resolved.stages.values():
        for name in stage.uses:
            users = scope.resolved.services[name].used_by
            if stage.stage.id.text not in users:
                users.append(stage.stage.id.text)


def _check_service(scope: Scope, service: ResolvedService) -> None:
    for value in _env(service.settings.get("env")):
        _check_service_refs(scope, service, value.refs)
    if service.service.command is not None:
        _check_service_refs(scope, service, service.service.command.refs)


def _env(setting: Setting | None) -> list[Setting]:
    return list(setting.value.values()) if setting is not None else []


def _check_params(scope: Scope) -> None:
    for name, param in scope.experiment.params.items():
        problem = schema_problem(param.schema)
        if problem is not None:
            span = param.places.get("type", param.span) if "type" in problem else param.span
            scope.found.add("invalid-schema", span, f"the parameter '{name}': {problem}")
            continue
        if "default" not in param.schema:
            if scope.experiment.schedule is not None:
                message = f"'{name}' has no default, so a scheduled run cannot start"
                scope.found.add("param-without-default", param.name.span, message)
            continue
        problem = value_problem(param.schema, param.schema["default"])
        if problem is not None:
            message = f"the default of '{name}' does not fit: {problem}"
            span = param.places.get("default", param.span)
            scope.found.add("invalid-value", span, message)


def _check(scope: Scope, stage: ResolvedStage, refs: tuple[Word, ...]) -> None:
    for word in refs:
        root, _, rest = word.text.partition(".")
        if root == "params":
            _check_param(scope, word, rest)
        elif root in ("in", "out"):
            ports = stage.stage.takes if root == "in" else stage.gives
            if rest not in ports:
                verb = "takes" if root == "in" else "gives"
                _unknown(
                    scope,
                    word,
                    "unknown-port",
                    f"'{stage.stage.id.text}' {verb} no '{rest}'",
                    root,
                    ports,
                )
        elif root == "services":
            _check_endpoint(scope, stage, word, rest)
        elif root == "secrets":
            secrets = stage.settings.get("secrets")
            _check_secret(scope, word, rest, secrets)
        elif rest != "id":
            message = f"there is no '$run.{rest}', only '$run.id'"
            scope.found.add("invalid-reference", word.span, message)


def _check_service_refs(scope: Scope, service: ResolvedService, refs: tuple[Word, ...]) -> None:
    for word in refs:
        root, _, rest = word.text.partition(".")
        if root == "params":
            _check_param(scope, word, rest)
        elif root == "secrets":
            _check_secret(scope, word, rest, service.settings.get("secrets"))
        elif root != "run" or rest != "id":
            message = f"a service may use $params, $secrets and $run.id, not '${word.text}'"
            scope.found.add("invalid-reference", word.span, message)


def _check_param(scope: Scope, word: Word, name: str) -> None:
    if name in scope.experiment.params:
        scope.resolved.used_params.add(name)
    else:
        known = scope.experiment.params
        _unknown(scope, word, "unknown-param", f"there is no parameter '{name}'", "params", known)


def _check_secret(scope: Scope, word: Word, name: str, secrets: Setting | None) -> None:
    known = secrets.value if secrets is not None else {}
    if name not in known:
        message = f"there is no secret '{name}'; name it under 'secrets'"
        _unknown(scope, word, "unknown-secret", message, "secrets", known)


def _unknown(scope: Scope, word: Word, code: str, message: str, root: str, known: Any) -> None:
    if not scope.experiment.complete or word.text.split(".")[1] in scope.experiment.refused:
        return
    span = Span(word.span.start, word.span.end)
    text = f"${word.text}"
    if scope.found.source.text[span.start : span.end] != text:
        span = Span(span.start + 1, span.end - 1)
    hint, fix = did_you_mean(text, [f"${root}.{name}" for name in known], span)
    scope.found.add(code, word.span, f"{message}{hint}", fix=fix)


def _check_endpoint(scope: Scope, stage: ResolvedStage, word: Word, rest: str) -> None:
    name, *path = rest.split(".")
    service = scope.resolved.services.get(name)
    if service is None:
        tail = "".join(f".{part}" for part in path)
        known = [f"{service}{tail}" for service in scope.resolved.services]
        _unknown(scope, word, "unknown-service", f"there is no service '{name}'", "services", known)
        return
    if name not in stage.uses:
        stage.uses = (*stage.uses, name)
    offers = service.service.offers
    problem = endpoint_problem(path, list(offers))
    if problem:
        message = f"'${word.text}': {problem} ('{name}' offers {listing(offers)})"
        scope.found.add("unknown-endpoint", word.span, message)


def endpoint_problem(path: list[str], offers: list[str]) -> str:
    """Return why `[endpoint].url|host|port` does not fit what is offered, or ""."""
    if not path:
        return "say .url, .host or .port"
    if len(path) == 1:
        if path[0] not in PARTS:
            return "say .url, .host or .port"
        return "" if len(offers) == 1 else "say which endpoint"
    if path[0] not in offers:
        return f"there is no endpoint '{path[0]}'"
    return "" if len(path) == 2 and path[1] in PARTS else "say .url, .host or .port"


def normal_reference(text: str, offers: dict[str, list[str]]) -> str:
    """Return the canonical text of a checked reference: a service's endpoint is always named."""
    root, _, rest = text.partition(".")
    if root == "services":
        name, *path = rest.split(".")
        if len(path) == 1 and len(offers.get(name, ())) == 1:
            return f"services.{name}.{offers[name][0]}.{path[0]}"
    return text


def check_with(scope: Scope) -> None:
    """Check `with` against the schema that the stage type declares."""
    for stage in scope.resolved.stages.values():
        schema = stage.type.with_
        if not schema:
            continue
        name = scope.types.shown(stage.type.name)
        component = stage.stage.action is None and stage.type.action_type is not None
        unknown = [key for key in stage.stage.with_ if key not in schema]
        for key, setting in stage.stage.with_.items():
            if key in schema:
                _check_value(scope, stage, key, setting)
            elif component:
                span = stage.stage.with_keys[key]
                hint, fix = did_you_mean(key, schema, span)
                hint = hint or f"; it has {listing(schema)}"
                message = f"'{name}' has no value '{key}'{hint}"
                scope.found.add("unknown-value", span, message, fix=fix)
        for key, one in schema.items():
            refused = "with" in stage.stage.broken or nearest(key, unknown) is not None
            if not component or refused or key in stage.stage.with_:
                continue
            if "default" not in one:
                message = f"'{stage.stage.id.text}' ({name}) needs '{key}' under 'with'"
                scope.found.add("missing-value", stage.stage.id.span, message)


def _check_value(scope: Scope, stage: ResolvedStage, key: str, setting: Setting) -> None:
    schema = stage.type.with_[key]
    value = setting.value
    where = "the value"
    if setting.refs:
        ref = value.get("$ref", "") if isinstance(value, dict) else ""
        root, _, param = ref.partition(".")
        declared = scope.experiment.params.get(param) if root == "params" else None
        if declared is None or "default" not in declared.schema:
            return
        value = declared.schema["default"]
        where = f"the default of '{param}'"
    problem = value_problem(schema, value)
    if problem is not None:
        message = (
            f"'{key}' of '{scope.types.shown(stage.type.name)}': {where} does not fit: {problem}"
        )
        scope.found.add("invalid-value", setting.span, message)
