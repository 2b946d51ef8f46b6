"""The small expressions of `when`, `expect` and `gate`.

or    := and ("or" and)*            compare := operand (op operand)?
and   := not ("and" not)*           operand := number | 'text' | true | false | null | name
not   := "not" not | compare        name    := params.x | $params.x | metric | stage.port | ( or )
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from .diagnostic import Collector
from .model import Word
from .text import Span

OPERATORS = ("==", "!=", "<=", ">=", "<", ">")
_TOKEN = re.compile(
    r"\s*(?:(?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(?![\w.])"
    r"|(?P<name>\$?[A-Za-z_][\w]*(?:\[[^\[\]\s]*\])?(?:\.[A-Za-z_]\w*)*)"
    r"|(?P<text>'[^']*'|\"[^\"]*\")|(?P<op>==|!=|<=|>=|<|>|\(|\)))"
)
_WORDS = {"true": True, "false": False, "null": None}
_MAX_TOKENS = 200


class Name(NamedTuple):
    """A leaf that is looked up: `params.x`, a metric entity or `stage.port`."""

    text: str
    span: Span


class Literal(NamedTuple):
    """A leaf that is a value."""

    value: Any
    span: Span


class Compare(NamedTuple):
    """`left op right`."""

    op: str
    left: Node
    right: Node
    span: Span


class Logic(NamedTuple):
    """`and`, `or` over two or more, `not` over one."""

    op: str
    parts: tuple[Node, ...]
    span: Span


Node = Name | Literal | Compare | Logic


class _Token(NamedTuple):
    kind: str
    text: str
    span: Span


class ExpressionError(Exception):
    """Why a text is no expression, and where; it never leaves this module."""

    def __init__(self, message: str, span: Span) -> None:
        super().__init__(message)
        self.span = span


def parse_expression(word: Word, found: Collector) -> Node | None:
    """Parse; on an error report it and return None."""
    base = _base(word, found.source.text)
    try:
        tokens = _tokens(word, base)
        node, rest = _or(tokens, 0)
        _is_whole(word, node, tokens[rest])
    except ExpressionError as error:
        found.add("invalid-expression", error.span, str(error))
        return None
    return node


def _is_whole(word: Word, node: Node, following: _Token) -> None:
    if following.kind != "end":
        raise ExpressionError(f"'{following.text}' is not expected here", following.span)
    if not isinstance(node, (Compare, Logic)):
        message = f"'{word.text}' compares nothing; write for example 'accuracy >= 0.9'"
        raise ExpressionError(message, word.span)
    _check(node)


def _check(node: Node) -> None:
    """Raise unless truths are joined, and values compared, all the way down."""
    if isinstance(node, Logic):
        for part in node.parts:
            if isinstance(part, (Name, Literal)):
                shown = part.text if isinstance(part, Name) else json.dumps(part.value)
                message = f"'{shown}' is no comparison; write for example '{shown} == true'"
                raise ExpressionError(message, part.span)
            _check(part)
    elif isinstance(node, Compare):
        for side in (node.left, node.right):
            if isinstance(side, (Compare, Logic)):
                message = "a comparison is compared; join two with 'and' or 'or'"
                raise ExpressionError(message, side.span)


def _base(word: Word, text: str) -> int | None:
    """Return the offset of the expression's first character; None when the text was escaped."""
    start = word.span.start
    if text[start : start + len(word.text)] == word.text:
        return start
    if text[start + 1 : start + 1 + len(word.text)] == word.text:
        return start + 1
    return None


def _tokens(word: Word, base: int | None) -> list[_Token]:
    def place(start: int, end: int) -> Span:
        return word.span if base is None else Span(base + start, base + end)

    text, at, tokens = word.text, 0, []
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            start = at + len(text[at:]) - len(text[at:].lstrip())
            if start >= len(text):
                break
            raw = text[start]
            hint = {"=": "; equality is '=='", "&": "; write 'and'", "|": "; write 'or'"}.get(
                raw, ""
            )
            message = f"'{raw}' is not part of an expression{hint}"
            raise ExpressionError(message, place(start, start + 1))
        kind = match.lastgroup or ""
        tokens.append(_Token(kind, match[kind], place(match.start(kind), match.end(kind))))
        at = match.end()
        if len(tokens) > _MAX_TOKENS:
            raise ExpressionError(f"an expression has at most {_MAX_TOKENS} words", word.span)
    end = place(len(text), len(text))
    return [*tokens, _Token("end", "the end", end)]


def _or(tokens: list[_Token], at: int) -> tuple[Node, int]:
    return _chain(tokens, at, "or", _and)


def _and(tokens: list[_Token], at: int) -> tuple[Node, int]:
    return _chain(tokens, at, "and", _not)


def _chain(tokens: list[_Token], at: int, word: str, inner: Any) -> tuple[Node, int]:
    node, at = inner(tokens, at)
    parts = [node]
    while tokens[at].kind == "name" and tokens[at].text == word:
        node, at = inner(tokens, at + 1)
        parts.append(node)
    if len(parts) == 1:
        return parts[0], at
    return Logic(word, tuple(parts), Span(parts[0].span.start, parts[-1].span.end)), at


def _not(tokens: list[_Token], at: int) -> tuple[Node, int]:
    token = tokens[at]
    if token.kind == "name" and token.text == "not":
        node, at = _not(tokens, at + 1)
        return Logic("not", (node,), Span(token.span.start, node.span.end)), at
    return _compare(tokens, at)


def _compare(tokens: list[_Token], at: int) -> tuple[Node, int]:
    left, at = _operand(tokens, at)
    token = tokens[at]
    if token.kind != "op" or token.text not in OPERATORS:
        return left, at
    right, at = _operand(tokens, at + 1)
    following = tokens[at]
    if following.kind == "op" and following.text in OPERATORS:
        message = "comparisons do not chain; join two with 'and'"
        raise ExpressionError(message, following.span)
    return Compare(token.text, left, right, Span(left.span.start, right.span.end)), at


def _operand(tokens: list[_Token], at: int) -> tuple[Node, int]:
    token = tokens[at]
    if token.kind == "number":
        value = float(token.text)
        whole = value.is_integer() and not set(token.text) & set(".eE") and len(token.text) < 30
        if value in (float("inf"), float("-inf")):
            raise ExpressionError(f"'{token.text}' is not a finite number", token.span)
        return Literal(int(token.text) if whole else value, token.span), at + 1
    if token.kind == "text":
        return Literal(token.text[1:-1], token.span), at + 1
    if token.kind == "name" and token.text not in ("and", "or", "not"):
        if token.text in _WORDS:
            return Literal(_WORDS[token.text], token.span), at + 1
        return Name(token.text.removeprefix("$"), token.span), at + 1
    if token.text == "(":
        node, at = _or(tokens, at + 1)
        if tokens[at].text != ")":
            raise ExpressionError("a parenthesis that is opened is never closed", token.span)
        return node, at + 1
    raise ExpressionError(
        f"expected a metric, a parameter or a value, found {token.text}", token.span
    )


def names_of(node: Node) -> list[Name]:
    """Return the names in an expression, in order."""
    if isinstance(node, Name):
        return [node]
    if isinstance(node, Compare):
        return [*names_of(node.left), *names_of(node.right)]
    if isinstance(node, Logic):
        return [name for part in node.parts for name in names_of(part)]
    return []


def comparisons_of(node: Node) -> list[Compare]:
    """Return the comparisons in an expression, in order."""
    if isinstance(node, Compare):
        return [node]
    if isinstance(node, Logic):
        return [c for part in node.parts for c in comparisons_of(part)]
    return []
