"""The points of a sweep: a full grid, or a random draw that is the same every time."""

from __future__ import annotations

import itertools
import json
import math
import random
from collections.abc import Mapping
from typing import Any

from .diagnostic import Collector
from .model import Range, Sweep, Word
from .plan import Point
from .text import Span

# Airflow maps at most this many instances by default ([core] max_map_length).
MAX_POINTS = 1024
DEFAULT_TRIALS = 20


def expand(sweep: Sweep, found: Collector) -> list[Point] | None:
    """Return the points in order, or None after reporting why there are none."""
    if sweep.search == "optuna":
        message = "the search 'optuna' is not available; use 'grid' or 'random'"
        found.add("unsupported-search", sweep.keys.get("search", sweep.span), message)
        return None
    if sweep.search != "random":
        return _grid(sweep, found)
    if sweep.trials is not None and sweep.trials > MAX_POINTS:
        _too_large(sweep, "trials", sweep.trials, found)
        return None
    points = _random(sweep)
    if sweep.trials is not None and len(points) < sweep.trials:
        message = f"there are {len(points):,} points; more trials would try the same ones again"
        found.add("useless-key", sweep.keys.get("trials", sweep.span), message)
    return points


def _too_large(sweep: Sweep, key: str, total: int, found: Collector) -> None:
    message = f"{total:,} points; a sweep has at most {MAX_POINTS:,}"
    found.add("sweep-too-large", sweep.keys.get(key, sweep.span), message)


def _grid(sweep: Sweep, found: Collector) -> list[Point] | None:
    for key, value in (("trials", sweep.trials), ("seed", sweep.seed)):
        if value is not None:
            message = f"'{key}' belongs to 'search: random'; a grid tries every point"
            found.add("useless-key", sweep.keys.get(key, sweep.span), message)
    axes = []
    for name, values in sweep.over.items():
        if isinstance(values, Range):
            if values.steps is None:
                message = f"a grid needs 'steps' for '{name.text}'"
                found.add("missing-key", values.span, message)
                return None
            axes.append(_steps(values))
        else:
            axes.append(_distinct(name, values, sweep.places.get(name.text, ()), found))
    total = math.prod(len(axis) for axis in axes)
    if total > MAX_POINTS:
        _too_large(sweep, "over", total, found)
        return None
    names = [name.text for name in sweep.over]
    return [_point(dict(zip(names, values, strict=True))) for values in itertools.product(*axes)]


def _distinct(
    name: Word, values: tuple[Any, ...], places: tuple[Span, ...], found: Collector
) -> list[Any]:
    seen: dict[str, Any] = {}
    for index, value in enumerate(values):
        text = json.dumps(value, sort_keys=True)
        if text in seen:
            span = places[index] if index < len(places) else name.span
            found.add("duplicate-value", span, f"'{name.text}' has the value {_shown(value)} twice")
        seen.setdefault(text, value)
    return list(seen.values())


def _steps(r: Range) -> list[Any]:
    """Return `steps` values from low to high, evenly or evenly in their logarithm."""
    if r.steps is None or r.steps == 1:
        return [r.low]
    share = [i / (r.steps - 1) for i in range(r.steps)]
    if r.scale == "log":
        low, high = math.log(r.low), math.log(r.high)
        values = [math.exp(low + s * (high - low)) for s in share]
    else:
        values = [r.low + s * (r.high - r.low) for s in share]
    values = [float(f"{value:.12g}") for value in values]
    values[0], values[-1] = r.low, r.high
    if r.whole and r.scale == "linear" and all(float(v).is_integer() for v in values):
        return [int(v) for v in values]
    if r.whole and r.scale == "log":
        return list(dict.fromkeys(round(v) for v in values))
    return values


def _random(sweep: Sweep) -> list[Point]:
    """Draw distinct points; the seed is part of the file, so that every parse draws the same."""
    trials = sweep.trials or DEFAULT_TRIALS
    generator = random.Random(f"mline:{sweep.seed or 0}")  # noqa: S311 - a reproducible draw, no secret
    points: dict[str, Point] = {}
    for _ in range(20 * min(trials, MAX_POINTS + 1)):
        if len(points) == min(trials, MAX_POINTS + 1):
            break
        point = _point({name.text: _draw(v, generator) for name, v in sweep.over.items()})
        points.setdefault(point["name"], point)
    return list(points.values())


def _draw(values: tuple[Any, ...] | Range, generator: random.Random) -> Any:
    if not isinstance(values, Range):
        return generator.choice(values)
    if values.steps is not None:
        return generator.choice(_steps(values))
    if values.scale == "log":
        value = math.exp(generator.uniform(math.log(values.low), math.log(values.high)))
    elif values.whole:
        return generator.randint(int(values.low), int(values.high))
    else:
        value = generator.uniform(values.low, values.high)
    return round(value) if values.whole else float(f"{value:.6g}")


def _point(values: Mapping[str, Any]) -> Point:
    name = ",".join(f"{key}={_shown(value)}" for key, value in values.items())
    return {"name": name, "values": dict(values)}


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
