"""Tree to model: sweeps."""

from __future__ import annotations

from typing import Any

from yaml import MappingNode, Node, SequenceNode

from .model import Range, Sweep, Word
from .nodes import span_of
from .reader import Read, Reader
from .text import Span


class SweepReader:
    """Reads `sweep`; one for a file."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.found = reader.found

    def sweep(self, node: Node) -> Sweep | None:
        """Read `sweep`."""
        r = self.reader
        table: dict[str, Read] = {
            "over": self._over,
            "search": lambda n: r.one_of(n, ("grid", "random", "optuna")),
            "trials": r.natural,
            "parallel": r.natural,
            "seed": r.integer,
            "pick": r.word,
        }
        self.places: dict[str, tuple[Span, ...]] = {}
        got = r.table(node, table, "'sweep'")
        if not r.require(got, node, ["over"], "a sweep"):
            return None
        keys = {k.value: span_of(k) for k, _ in r.pairs(node)}
        return Sweep(span=span_of(node), keys=keys, places=self.places, **got)

    def _over(self, node: Node) -> dict[Word, Any] | None:
        result: dict[Word, Any] = {}
        for key, value in self.reader.pairs(node, "a map of names and values"):
            if isinstance(value, SequenceNode):
                values: Any = tuple(self.reader.plain(child) for child in value.value)
                self.places[key.value] = tuple(span_of(child) for child in value.value)
                if not values:
                    self.found.add("empty-value", span_of(value), "expected at least one value")
                    continue
            else:
                values = self._range(value)
            if values is not None:
                result[Word(key.value, span_of(key))] = values
        if not result and isinstance(node, MappingNode) and not node.value:
            self.found.add("empty-value", span_of(node), "a sweep needs a name to go over")
        return result or None

    def _range(self, node: Node) -> Range | None:
        r = self.reader
        if not isinstance(node, MappingNode):
            r.wrong(node, "a list of values, or {from, to, steps}")
            return None
        table: dict[str, Read] = {
            "from": r.number,
            "to": r.number,
            "steps": lambda n: r.integer(n, 1, 10_000),
            "scale": lambda n: r.one_of(n, ("linear", "log")),
        }
        got = r.table(node, table, "a range")
        if not r.require(got, node, ["from", "to"], "a range") or len(got) < len(node.value):
            return None  # a key that was refused may be the one that matters
        low, high = got["from"], got["to"]
        scale = got.get("scale", "linear")
        if low >= high:
            self.found.add(
                "out-of-range", span_of(node), f"'from' ({low}) must be below 'to' ({high})"
            )
            return None
        if scale == "log" and low <= 0:
            self.found.add("out-of-range", span_of(node), "a log scale starts above zero")
            return None
        whole = isinstance(low, int) and isinstance(high, int)
        return Range(low, high, got.get("steps"), scale, whole, span_of(node))
