"""Rules that libraries write as patterns over the network: a small join with backtracking.

A pattern is `?subject relation object`; the object is a variable or a node's id. `relation*` is
zero or more steps, `is` asks for a type, `!=` and `==` compare. The next pattern is always the one
with the fewest candidates, so that a rule about models costs nothing where there is no model.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from ..diagnostic import Collector, Related
from ..library import TypeNetwork
from ..model import RuleDecl, Word
from ..network import Network
from ..text import Span

Bindings = dict[str, str]
MAX_STEPS = 200_000

_VARIABLE = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_COMPARISONS = ("is", "!=", "==")


class _Pattern(NamedTuple):
    """`left relation right`; a variable has its name, a fixed node is "" and its id."""

    left: str
    relation: str
    right: str
    star: bool
    fixed_left: str = ""
    fixed_right: str = ""


class _Alternative(NamedTuple):
    patterns: tuple[_Pattern, ...]
    needs: frozenset[str]
    """Relations that must hold somewhere, or nothing can match."""


class _Rule(NamedTuple):
    decl: RuleDecl
    match: tuple[_Alternative, ...]
    unless: tuple[_Alternative, ...]


class _Step(NamedTuple):
    """A pattern at its place in the search, where it is known which of its ends have a value."""

    pattern: _Pattern
    left: bool
    right: bool


class _TooLongError(Exception):
    """A rule that takes too many steps on this network."""


class PatternRules:
    """Matches the rules of all libraries against one network."""

    def __init__(self, network: Network, types: TypeNetwork, found: Collector) -> None:
        self.network = network
        self.types = types
        self.found = found
        self.steps = 0
        self.sizes = {name: len(subjects) for name, subjects in network.edges.items()}
        self.sizes.update((i, self.sizes.get(r, 0)) for i, r in network.inverses.items())

    def check(self) -> None:
        """Report every match of every rule, each once."""
        holds = {name for name, size in self.sizes.items() if size}
        for decl in self.types.rules:
            rule = _compiled(decl)
            if not any(group.needs <= holds for group in rule.match):
                continue
            self.steps = 0
            said: set[str] = set()
            try:
                for match in rule.match:
                    if match.needs <= holds:
                        self._alternative(rule, match, holds, said)
            except _TooLongError:
                message = (
                    f"the rule '{decl.name.text}' is too costly for this network; it was left out"
                )
                self.found.add("rule-too-costly", Span(0, 0), message)

    def _alternative(
        self, rule: _Rule, match: _Alternative, holds: set[str], said: set[str]
    ) -> None:
        unless: list[list[_Step]] | None = None
        for bindings in self._solve(self._order(match.patterns, ()), 0, {}):
            if unless is None:
                groups = (group.patterns for group in rule.unless if group.needs <= holds)
                unless = [self._order(patterns, bindings) for patterns in groups]
            if any(next(self._solve(steps, 0, {**bindings}), None) is not None for steps in unless):
                continue
            key = bindings.get(rule.decl.at, "") + "\0" + _say(rule.decl.say, bindings)
            if key not in said:
                said.add(key)
                self._report(rule.decl, bindings)

    # -- solving ---------------------------------------------------------------------------------

    def _order(self, patterns: Iterable[_Pattern], bound: Iterable[str]) -> list[_Step]:
        """Return the patterns in the order of the search: first what holds or not, then the few.

        Which variables have a value at a step does not depend on what the value is.
        """
        known = {"", *bound}  # a fixed node has no name, and its value is known
        rest = list(patterns)
        steps: list[_Step] = []
        while rest:
            best, least = 0, 1e18
            for index, pattern in enumerate(rest):
                cost = self._cost(pattern, pattern.left in known, pattern.right in known)
                if cost < least:
                    best, least = index, cost
            pattern = rest.pop(best)
            steps.append(_Step(pattern, pattern.left in known, pattern.right in known))
            known.update((pattern.left, pattern.right))
        return steps

    def _cost(self, pattern: _Pattern, left: bool, right: bool) -> float:  # noqa: FBT001
        """Return about how many candidates a pattern has, by which of its ends have a value."""
        if left and right:
            return 0
        relation = pattern.relation
        if relation == "is":
            return 1e6
        if relation in ("!=", "=="):
            return 1 if relation == "==" and (left or right) else 1e9
        if left or right:
            return 2 if pattern.star else 1
        if pattern.star:
            return 1e7
        forward = self.network.inverses.get(relation, relation)
        return 10 + self.sizes.get(relation, 0) + (1e5 if forward in self.network.transitive else 0)

    def _solve(self, steps: list[_Step], at: int, bindings: Bindings) -> Iterator[Bindings]:
        """Yield every solution; the same dictionary each time, and its values change."""
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise _TooLongError
        if at == len(steps):
            yield bindings
            return
        pattern, has_left, has_right = steps[at]
        left = (
            (bindings[pattern.left] if pattern.left else pattern.fixed_left) if has_left else None
        )
        right = None
        if has_right:
            right = bindings[pattern.right] if pattern.right else pattern.fixed_right
        for pair in self._candidates(pattern, left, right):
            if left is None:
                bindings[pattern.left] = pair[0]
            if right is None and pattern.right:
                bindings[pattern.right] = pair[1]
            yield from self._solve(steps, at + 1, bindings)
            if left is not None and right is not None:
                return  # it holds, and once is enough

    def _candidates(
        self, pattern: _Pattern, left: str | None, right: str | None
    ) -> Iterable[tuple[str, str]]:
        if pattern.relation == "is":
            return self._typed(pattern.fixed_right, left)
        if pattern.relation in ("!=", "=="):
            return self._compared(pattern, left, right)
        if left is not None and right is not None:
            return ((left, right),) if self._related(left, pattern, right) else ()
        if left is not None:
            return [(left, node) for node in self._objects(left, pattern)]
        if right is not None:
            return [(node, right) for node in self._subjects(right, pattern)]
        return self._pairs(pattern)

    def _typed(self, name: str, left: str | None) -> Iterator[tuple[str, str]]:
        wanted = self.types.find(name)
        if wanted is None:
            return
        nodes = self.network.nodes
        for node in nodes.values() if left is None else [nodes.get(left)]:
            if node is not None and self.types.accepts(wanted.name, node.type):
                yield node.id, name

    def _compared(
        self, pattern: _Pattern, left: str | None, right: str | None
    ) -> Iterator[tuple[str, str]]:
        if left is not None and right is not None:
            if (left == right) == (pattern.relation == "=="):
                yield left, right
        elif pattern.relation == "==":
            value = left if left is not None else right
            if value is not None:
                yield value, value

    def _related(self, left: str, pattern: _Pattern, right: str) -> bool:
        if pattern.star and left == right:
            return True
        return right in self.network.objects(left, pattern.relation)

    def _objects(self, left: str, pattern: _Pattern) -> Iterable[str]:
        found = self.network.objects(left, pattern.relation)
        return dict.fromkeys([left, *found]) if pattern.star else found

    def _subjects(self, right: str, pattern: _Pattern) -> Iterable[str]:
        found = self.network.subjects(right, pattern.relation)
        return dict.fromkeys([right, *found]) if pattern.star else found

    def _pairs(self, pattern: _Pattern) -> Iterator[tuple[str, str]]:
        if pattern.star:
            pairs: Iterable[tuple[str, str]] = (
                (node, other)
                for node in self.network.nodes
                for other in self._objects(node, pattern)
            )
        else:
            pairs = self.network.pairs(pattern.relation)
        for left, right in pairs:
            if pattern.left != pattern.right or left == right:
                yield left, right

    # -- reporting -------------------------------------------------------------------------------

    def _report(self, rule: RuleDecl, bindings: Bindings) -> None:
        span = self._place(bindings.get(rule.at, ""))
        related = []
        for name in rule.also:
            node = bindings.get(name)
            if node is not None and self._place(node) != span:
                message = f"'{node}' is declared here"
                place = Related(self.found.source, self._place(node), message)
                if place not in related:
                    related.append(place)
        self.found.add(
            rule.name.text.replace("_", "-"),
            span,
            _say(rule.say, bindings),
            related=related,
            severity=rule.level,
        )

    def _place(self, node: str) -> Span:
        found = self.network.nodes.get(node)
        return found.span if found is not None else Span(0, 0)


@lru_cache(maxsize=1024)
def _compiled(decl: RuleDecl) -> _Rule:
    """Split a rule's patterns; a rule is immutable, so this is done once."""
    return _Rule(
        decl,
        tuple(_alternative(group) for group in decl.match),
        tuple(_alternative(group) for group in decl.unless),
    )


def _alternative(words: Iterable[Word]) -> _Alternative:
    patterns = tuple(_pattern(word.text) for word in words)
    needs = (p.relation for p in patterns if not p.star and p.relation not in _COMPARISONS)
    return _Alternative(patterns, frozenset(needs))


def _pattern(text: str) -> _Pattern:
    left, relation, right = text.split()
    star = relation.endswith("*")
    return _Pattern(
        left[1:] if left.startswith("?") else "",
        relation.rstrip("*"),
        right[1:] if right.startswith("?") else "",
        star,
        "" if left.startswith("?") else left,
        "" if right.startswith("?") else right,
    )


def _say(text: str, bindings: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda match: bindings.get(match[1], match[0]), text)
