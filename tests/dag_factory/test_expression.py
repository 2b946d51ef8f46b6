"""Conditions: what they mean, and what is said of those that mean nothing."""

from __future__ import annotations

import pytest

from mline_airflow.dag_factory.diagnostic import Collector
from mline_airflow.dag_factory.expression import (
    Compare,
    Literal,
    Logic,
    Name,
    Node,
    comparisons_of,
    names_of,
    parse_expression,
)
from mline_airflow.dag_factory.model import Word
from mline_airflow.dag_factory.text import SourceFile, Span


def parse(text: str) -> tuple[Node | None, list[tuple[str, str]]]:
    source = SourceFile("x", f"when: {text}\n")
    found = Collector(source)
    node = parse_expression(Word(text, Span(6, 6 + len(text))), found)
    return node, [(source.text[d.span.start : d.span.end], d.message) for d in found.found]


def short(node: Node | None) -> object:
    """Return the expression as nested tuples."""
    if isinstance(node, Compare):
        return (node.op, short(node.left), short(node.right))
    if isinstance(node, Logic):
        return (node.op, *map(short, node.parts))
    return (
        node.text if isinstance(node, Name) else node.value if isinstance(node, Literal) else None
    )


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a > 1", (">", "a", 1)),
        ("a>=1.5", (">=", "a", 1.5)),
        ("1e-3 < fit.loss", ("<", 0.001, "fit.loss")),
        ("a == 'x y'", ("==", "a", "x y")),
        ('a != "it\'s"', ("!=", "a", "it's")),
        ("a == true", ("==", "a", True)),
        ("a == null", ("==", "a", None)),
        ("$params.x <= -2", ("<=", "params.x", -2)),
        ("fit[depth=4].v > 0", (">", "fit[depth=4].v", 0)),
        ("a > 1 and b > 2 and c > 3", ("and", (">", "a", 1), (">", "b", 2), (">", "c", 3))),
        ("a > 1 or b > 2 and c > 3", ("or", (">", "a", 1), ("and", (">", "b", 2), (">", "c", 3)))),
        ("not a > 1 and b > 2", ("and", ("not", (">", "a", 1)), (">", "b", 2))),
        ("not (a > 1 or b > 2)", ("not", ("or", (">", "a", 1), (">", "b", 2)))),
        ("not not a > 1", ("not", ("not", (">", "a", 1)))),
        ("((a > 1))", (">", "a", 1)),
        ("  a  >  1  ", (">", "a", 1)),
    ],
)
def test_an_expression_means(text: str, wanted: object) -> None:
    node, problems = parse(text)
    assert problems == []
    assert short(node) == wanted


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("a = 1", "=", "equality is '=='"),
        ("a > 1 & b > 2", "&", "write 'and'"),
        ("a > 1 | b > 2", "|", "write 'or'"),
        ("a >", "", "found the end"),
        ("> 1", ">", "expected a metric"),
        ("a > 1 b", "b", "not expected"),
        ("1 < a < 2", "<", "do not chain"),
        ("(a > 1", "(", "never closed"),
        ("a > 1)", ")", "not expected"),
        ("a", "a", "compares nothing"),
        ("a and b > 1", "a", "is no comparison"),
        ("not a", "a", "is no comparison"),
        ("(a) or (b > 1)", "a", "is no comparison"),
        ("a > 1e999", "1e999", "finite"),
        ("a > 'x", "'", "not part"),
        ("and > 1", "and", "expected a metric"),
        ("(a > 1) > 2", "a > 1", "a comparison is compared"),
    ],
)
def test_what_is_no_expression_is_told_at_its_place(text: str, place: str, words: str) -> None:
    node, problems = parse(text)
    assert node is None
    assert len(problems) == 1
    assert problems[0][0] == place
    assert words in problems[0][1]


def test_deep_parentheses_are_bounded() -> None:
    for text in (
        "(" * 5000 + "a > 1" + ")" * 5000,
        "not " * 5000 + "a > 1",
        "a > 1 or " * 5000 + "a > 1",
    ):
        node, problems = parse(text)
        assert node is None
        assert "at most" in problems[0][1]


def test_names_and_comparisons_are_listed_in_order() -> None:
    node, _problems = parse("a > 1 and (b < params.c or not a == d.e)")
    assert node is not None
    assert [name.text for name in names_of(node)] == ["a", "b", "params.c", "a", "d.e"]
    assert [compare.op for compare in comparisons_of(node)] == [">", "<", "=="]


def test_an_escaped_text_is_told_as_a_whole() -> None:
    source = SourceFile("x", 'when: "a \\x3d 1"\n')
    found = Collector(source)
    assert parse_expression(Word("a = 1", Span(6, 16)), found) is None
    assert found.found[0].span == Span(6, 16)
