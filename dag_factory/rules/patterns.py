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
    needs: tuple[str, ...]
    """Relations that must hold somewhere, or nothing can match."""


class _Rule(NamedTuple):
    decl: RuleDecl
    match: tuple[_Alternative, ...]
    unless: tuple[_Alternative, ...]


class _TooLongError(Exception):
    """A rule that takes too many steps on this network."""


class PatternRules:
    """Matches the rules of all libraries against one network."""

    def __init__(self, network: Network, types: TypeNetwork, found: Collector) -> None:
        self.network = network
        self.types = types
        self.found = found
        self.steps = 0

    def check(self) -> None:
        """Report every match of every rule, each once."""
        holds = {*self.network.edges}
        holds.update(i for i, r in self.network.inverses.items() if r in self.network.edges)
        for decl in self.types.rules:
            rule = _compiled(decl)
            self.steps = 0
            said: set[str] = set()
            try:
                for match in rule.match:
                    if holds.issuperset(match.needs):
                        self._alternative(rule, match, holds, said)
            except _TooLongError:
                message = (
                    f"the rule '{decl.name.text}' is too costly for this network; it was left out"
                )
                self.found.add("rule-too-costly", Span(0, 0), message)

    def _alternative(
        self, rule: _Rule, match: _Alternative, holds: set[str], said: set[str]
    ) -> None:
        unless = [group.patterns for group in rule.unless if holds.issuperset(group.needs)]
        for bindings in self._solve(match.patterns, {}):
            if any(next(self._solve(group, bindings), None) is not None for group in unless):
                continue
            key = bindings.get(rule.decl.at, "") + "\0" + _say(rule.decl.say, bindings)
            if key not in said:
                said.add(key)
                self._report(rule.decl, bindings)

    # -- solving ---------------------------------------------------------------------------------

    def _solve(self, patterns: tuple[_Pattern, ...], bindings: Bindings) -> Iterator[Bindings]:
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise _TooLongError
        rest: list[_Pattern] = []
        best, least = 0, 1e18
        for pattern in patterns:
            left = not pattern.left or pattern.left in bindings
            right = not pattern.right or pattern.right in bindings
            if left and right:  # nothing to find: it holds, or there is no solution here
                if not any(True for _ in self._candidates(pattern, bindings)):
                    return
                continue
            cost = self._cost(pattern, known=left or right)
            if cost < least:
                best, least = len(rest), cost
            rest.append(pattern)
        if not rest:
            yield bindings
            return
        pattern = rest.pop(best)
        left_over = tuple(rest)
        for more in self._candidates(pattern, bindings):
            yield from self._solve(left_over, {**bindings, **more})

    def _cost(self, pattern: _Pattern, *, known: bool) -> float:
        """Return about how many candidates a pattern has whose ends are not both known."""
        relation = pattern.relation
        if relation == "is":
            return 1e6
        if relation in ("!=", "=="):
            return 1 if relation == "==" and known else 1e9
        if known:
            return 2 if pattern.star else 1
        if pattern.star:
            return 1e7
        forward = self.network.inverses.get(relation, relation)
        size = len(self.network.edges.get(forward, ()))
        return 10 + size + (1e5 if forward in self.network.transitive else 0)

    def _candidates(self, pattern: _Pattern, bindings: Bindings) -> Iterable[Bindings]:
        left = bindings.get(pattern.left) if pattern.left else pattern.fixed_left
        if pattern.relation == "is":
            return self._typed(pattern, left)
        right = bindings.get(pattern.right) if pattern.right else pattern.fixed_right
        if pattern.relation in ("!=", "=="):
            return self._compared(pattern, left, right)
        if left is not None and right is not None:
            return ({},) if self._related(left, pattern, right) else ()
        if left is not None:
            return [{pattern.right: node} for node in self._objects(left, pattern)]
        if right is not None:
            return [{pattern.left: node} for node in self._subjects(right, pattern)]
        return self._pairs(pattern)

    def _typed(self, pattern: _Pattern, left: str | None) -> Iterator[Bindings]:
        wanted = self.types.find(pattern.fixed_right)
        if wanted is None:
            return
        for node in self.network.nodes.values() if left is None else [self.network.nodes.get(left)]:
            if node is not None and self.types.accepts(wanted.name, node.type):
                yield {pattern.left: node.id} if left is None else {}

    def _compared(
        self, pattern: _Pattern, left: str | None, right: str | None
    ) -> Iterator[Bindings]:
        if left is not None and right is not None:
            if (left == right) == (pattern.relation == "=="):
                yield {}
        elif pattern.relation == "==" and left is not None:
            yield {pattern.right: left}
        elif pattern.relation == "==" and right is not None:
            yield {pattern.left: right}

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

    def _pairs(self, pattern: _Pattern) -> Iterator[Bindings]:
        if pattern.star:
            pairs: Iterable[tuple[str, str]] = (
                (node, other)
                for node in self.network.nodes
                for other in self._objects(node, pattern)
            )
        else:
            pairs = self.network.pairs(pattern.relation)
        for left, right in pairs:
            if pattern.left != pattern.right:
                yield {pattern.left: left, pattern.right: right}
            elif left == right:
                yield {pattern.left: left}

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
    needs = tuple(p.relation for p in patterns if not p.star and p.relation not in _COMPARISONS)
    return _Alternative(patterns, needs)


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
