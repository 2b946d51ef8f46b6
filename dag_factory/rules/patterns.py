"""Rules that libraries write as patterns over the network: a small join with backtracking.

A pattern is `?subject relation object`; the object is a variable or a node's id. `relation*` is
zero or more steps, `is` asks for a type, `!=` and `==` compare. The next pattern is always the one
with the fewest candidates, so that a rule about models costs nothing where there is no model.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from ..diagnostic import Collector, Related
from ..library import TypeNetwork
from ..model import RuleDecl, Word
from ..network import Network
from ..text import Span

Bindings = dict[str, str]
Pattern = tuple[str, str, str]
MAX_STEPS = 200_000

_VARIABLE = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_COMPARISONS = ("is", "!=", "==")


class _TooLong(Exception):
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
        for rule in self.types.rules:
            self.steps = 0
            said: set[str] = set()
            try:
                for match in rule.match:
                    self._alternative(rule, match, said)
            except _TooLong:
                message = f"the rule '{rule.name.text}' is too costly for this network; it was left out"
                self.found.add("rule-too-costly", Span(0, 0), message)

    def _alternative(self, rule: RuleDecl, words: tuple[Word, ...], said: set[str]) -> None:
        patterns = _parse(words)
        if not self._possible(patterns):
            return
        unless = [_parse(group) for group in rule.unless]
        for bindings in self._solve(patterns, {}):
            if any(self._holds(group, bindings) for group in unless):
                continue
            key = bindings.get(rule.at, "") + "\0" + _say(rule.say, bindings)
            if key not in said:
                said.add(key)
                self._report(rule, bindings)

    def _possible(self, patterns: Iterable[Pattern]) -> bool:
        return all(
            relation.endswith("*") or relation in _COMPARISONS or self.network.holds(relation)
            for _s, relation, _o in patterns
        )

    def _holds(self, patterns: list[Pattern], bindings: Bindings) -> bool:
        return self._possible(patterns) and next(self._solve(patterns, bindings), None) is not None

    # -- solving ---------------------------------------------------------------------------------

    def _solve(self, patterns: list[Pattern], bindings: Bindings) -> Iterator[Bindings]:
        if not patterns:
            yield bindings
            return
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise _TooLong
        index = min(range(len(patterns)), key=lambda i: self._cost(patterns[i], bindings))
        pattern = patterns[index]
        rest = patterns[:index] + patterns[index + 1 :]
        for more in self._candidates(pattern, bindings):
            yield from self._solve(rest, {**bindings, **more} if more else bindings)

    def _cost(self, pattern: Pattern, bindings: Bindings) -> float:
        subject, relation, target = pattern
        known = _known(subject, bindings) + _known(target, bindings)
        if known == 2:  # noqa: PLR2004 - both ends
            return 0
        if relation in ("!=", "=="):
            return 1e9 if known < 1 or relation == "!=" else 1
        if relation == "is":
            return 0.5 if _known(subject, bindings) else 1e6
        if known == 1:
            return 2 if relation.endswith("*") else 1
        if relation.endswith("*"):
            return 1e7
        forward = self.network.inverses.get(relation, relation)
        size = len(self.network.edges.get(forward, ()))
        return 10 + size + (1e5 if forward in self.network.transitive else 0)

    def _candidates(self, pattern: Pattern, bindings: Bindings) -> Iterator[Bindings]:
        subject, relation, target = pattern
        left, right = _value(subject, bindings), _value(target, bindings)
        if relation == "is":
            yield from self._typed(subject, left, target)
        elif relation in ("!=", "=="):
            yield from self._compared(pattern, left, right)
        elif left is not None and right is not None:
            if self._related(left, relation, right):
                yield {}
        elif left is not None:
            for node in self._objects(left, relation):
                yield {target[1:]: node}
        elif right is not None:
            for node in self._subjects(right, relation):
                yield {subject[1:]: node}
        else:
            yield from self._pairs(subject, relation, target)

    def _typed(self, subject: str, left: str | None, name: str) -> Iterator[Bindings]:
        wanted = self.types.find(name)
        if wanted is None:
            return
        for node in self.network.nodes.values() if left is None else [self.network.nodes.get(left)]:
            if node is not None and self.types.accepts(wanted.name, node.type):
                yield {subject[1:]: node.id} if left is None else {}

    def _compared(
        self, pattern: Pattern, left: str | None, right: str | None
    ) -> Iterator[Bindings]:
        subject, relation, target = pattern
        if left is not None and right is not None:
            if (left == right) == (relation == "=="):
                yield {}
        elif relation == "==" and left is not None:
            yield {target[1:]: left}
        elif relation == "==" and right is not None:
            yield {subject[1:]: right}

    def _related(self, left: str, relation: str, right: str) -> bool:
        if relation.endswith("*"):
            return left == right or right in self.network.objects(left, relation[:-1])
        return right in self.network.objects(left, relation)

    def _objects(self, left: str, relation: str) -> Iterable[str]:
        if relation.endswith("*"):
            return dict.fromkeys([left, *self.network.objects(left, relation[:-1])])
        return self.network.objects(left, relation)

    def _subjects(self, right: str, relation: str) -> Iterable[str]:
        if relation.endswith("*"):
            return dict.fromkeys([right, *self.network.subjects(right, relation[:-1])])
        return self.network.subjects(right, relation)

    def _pairs(self, subject: str, relation: str, target: str) -> Iterator[Bindings]:
        if relation.endswith("*"):
            pairs: Iterable[tuple[str, str]] = (
                (node, other)
                for node in self.network.nodes
                for other in self._objects(node, relation)
            )
        else:
            pairs = self.network.pairs(relation)
        for left, right in pairs:
            if subject != target:
                yield {subject[1:]: left, target[1:]: right}
            elif left == right:
                yield {subject[1:]: left}

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


def _parse(words: Iterable[Word]) -> list[Pattern]:
    patterns = []
    for word in words:
        subject, relation, target = word.text.split()
        patterns.append((subject, relation, target))
    return patterns


def _known(term: str, bindings: Mapping[str, str]) -> int:
    return int(not term.startswith("?") or term[1:] in bindings)


def _value(term: str, bindings: Mapping[str, str]) -> str | None:
    return bindings.get(term[1:]) if term.startswith("?") else term


def _say(text: str, bindings: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda match: bindings.get(match[1], match[0]), text)
