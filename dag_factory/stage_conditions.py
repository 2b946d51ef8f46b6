"""Conditions: what `when`, `expect` and `gate` compare, and whether that makes sense."""

from __future__ import annotations

from .diagnostic import Edit, Fix
from .expression import Compare, Literal, Name, comparisons_of, names_of, parse_expression
from .model import Setting, Word
from .resolved import Condition, MetricRef
from .schema_check import shown, value_problem
from .scope import Scope
from .suggest import did_you_mean, one
from .text import Span

METRIC = "core.Metric"


def resolve_conditions(scope: Scope) -> None:
    """Resolve every condition of the experiment."""
    for stage in scope.resolved.stages.values():
        if stage.stage.when is not None:
            stage.when = resolve_condition(scope, stage.stage.when)
            for metric in stage.when.metrics if stage.when else ():
                if metric.ref.stage:
                    stage.upstream.setdefault(metric.ref.stage, metric.ref.span)
    for word in scope.experiment.gate:
        condition = resolve_condition(scope, word)
        if condition is not None:
            scope.resolved.gate.append(condition)
    for name, case in scope.experiment.tests.items():
        conditions = [resolve_condition(scope, word) for word in case.expect]
        values = {
            key: setting.value
            for key, setting in case.with_.items()
            if _test_value(scope, key, setting, case.with_keys.get(key, setting.span))
        }
        scope.resolved.tests[name] = (values, [c for c in conditions if c is not None])


def _test_value(scope: Scope, key: str, setting: Setting, place: Span) -> bool:
    """Check one value that a test sets; false when there is no such parameter."""
    param = scope.experiment.params.get(key)
    if param is None:
        hint, fix = did_you_mean(key, scope.experiment.params, place)
        message = f"there is no parameter '{key}'{hint}"
        if scope.experiment.complete:
            scope.found.add("unknown-param", place, message, fix=fix)
        return False
    if setting.refs:
        problem: str | None = "a test's values are plain, without references"
    else:
        problem = value_problem(param.schema, setting.value)
    if problem is not None:
        scope.found.add("invalid-value", setting.span, f"'{key}': {problem}")
    return True


def resolve_condition(scope: Scope, word: Word) -> Condition | None:
    """Parse one condition and look its names up; report what is wrong."""
    expression = parse_expression(word, scope.found)
    if expression is None:
        return None
    metrics: dict[str, MetricRef] = {}
    sound = True
    for name in names_of(expression):
        if name.text.startswith("params."):
            sound &= _param(scope, name)
        elif name.text not in metrics:
            metric = _metric(scope, name)
            if metric is None:
                sound = False
            else:
                metrics[name.text] = metric
    if not sound:
        return None
    for compare in comparisons_of(expression):
        _check_comparison(scope, compare, metrics)
    return Condition(word, expression, tuple(metrics.values()))


def _param(scope: Scope, name: Name) -> bool:
    key = name.text.partition(".")[2]
    if key in scope.experiment.params:
        scope.resolved.used_params.add(key)
        return True
    if not scope.experiment.complete or key in scope.experiment.refused:
        return False
    known = [f"params.{param}" for param in scope.experiment.params]
    hint, fix = did_you_mean(name.text, known, name.span)
    message = f"there is no parameter '{key}'{hint}"
    scope.found.add("unknown-param", name.span, message, fix=fix)
    return False


def _metric(scope: Scope, name: Name) -> MetricRef | None:
    if name.text in scope.experiment.params and name.text not in scope.experiment.entities:
        better = f"params.{name.text}"
        message = f"'{name.text}' is a parameter; write '{better}'"
        fix = Fix(f"change '{name.text}' to '{better}'", (Edit(name.span, better),))
        scope.found.add("unknown-reference", name.span, message, fix=fix)
        return None
    ref = scope.reference(Word(name.text, name.span))
    if ref is None:
        return None
    if not scope.types.kind_is(ref.type, METRIC):
        type_ = scope.types.shown(ref.type)
        message = f"'{name.text}' is {one(type_)}; only metrics and params are compared"
        scope.found.add("not-a-metric", name.span, message)
        return None
    if ref.each:
        message = f"'{name.text}' is many values; compare one"
        scope.found.add("not-a-metric", name.span, message)
        return None
    return MetricRef(name.text, ref)


def _check_comparison(scope: Scope, compare: Compare, metrics: dict[str, MetricRef]) -> None:
    sides = [(compare.left, compare.right), (compare.right, compare.left)]
    if isinstance(compare.left, Literal) and isinstance(compare.right, Literal):
        message = "both sides are fixed values; compare a metric or a parameter"
        scope.found.add("constant-condition", compare.span, message)
        return
    for name, literal in sides:
        if not isinstance(name, Name) or not isinstance(literal, Literal):
            continue
        metric = metrics.get(name.text)
        if metric is not None:
            _check_metric(scope, metric, compare, literal)
            continue
        param = scope.experiment.params.get(name.text.partition(".")[2])
        kind = param.schema.get("type") if param else None
        if isinstance(kind, str) and not _comparable(kind, literal.value):
            message = f"'{name.text}' is of type {kind}; {shown(literal.value)} is not"
            scope.found.add("condition-type", literal.span, message)
        elif param is not None and compare.op in ("==", "!="):
            problem = value_problem(param.schema, literal.value)
            if problem is not None:
                message = f"'{name.text}' is never {shown(literal.value)}: {problem}"
                scope.found.add("condition-out-of-range", compare.span, message)


def _check_metric(scope: Scope, metric: MetricRef, compare: Compare, literal: Literal) -> None:
    value = literal.value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        message = f"'{metric.name}' is a number; compare it with one"
        scope.found.add("condition-type", literal.span, message)
        return
    type_ = scope.types.types[metric.ref.type]
    if type_.range is not None and not type_.range[0] <= value <= type_.range[1]:
        low, high = type_.range
        message = f"'{metric.name}' lies between {low:g} and {high:g}; {value:g} is outside"
        scope.found.add("condition-out-of-range", compare.span, message)


def _comparable(kind: str, value: object) -> bool:
    if kind in ("number", "integer"):
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind == "string":
        return isinstance(value, str)
    if kind == "boolean":
        return isinstance(value, bool)
    return True
