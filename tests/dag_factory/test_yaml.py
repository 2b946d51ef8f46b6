"""YAML 1.2: the core schema by its own table, and what may go wrong before the language begins."""

from __future__ import annotations

import itertools
import math
import time
import tracemalloc

import pytest
from yaml import MappingNode, Node, ScalarNode, SequenceNode

from mline_airflow.dag_factory.diagnostic import Collector
from mline_airflow.dag_factory.nodes import kind_of, scalar_of, span_of
from mline_airflow.dag_factory.scalars import convert, plain_tag
from mline_airflow.dag_factory.text import SourceFile
from mline_airflow.dag_factory.tree import MAX_CHARACTERS, MAX_NODES, Tree, parse
from mline_airflow.dag_factory.tree_walk import MAX_ALIAS_NODES, MAX_DEPTH


def read(text: str) -> tuple[Tree, list[tuple[str, str]]]:
    """Return the tree, and the codes with the texts that they point at."""
    found = Collector(SourceFile("x", text))
    tree = parse(found)
    return tree, [(d.code, text[d.span.start : d.span.end]) for d in found.sorted()]


def codes(text: str) -> list[str]:
    return [code for code, _place in read(text)[1]]


def value(node: Node) -> object:
    """Return the value of a node as Python data."""
    if isinstance(node, ScalarNode):
        return scalar_of(node)
    if isinstance(node, SequenceNode):
        return [value(child) for child in node.value]
    return {key.value: value(child) for key, child in node.value}


def load(text: str) -> object:
    tree, found = read(text)
    assert found == []
    assert tree.root is not None
    return value(tree.root)


# -- section 10.3.2 of YAML 1.2.2, every production -----------------------------------------------

NULLS = ["null", "Null", "NULL", "~", ""]
TRUES = ["true", "True", "TRUE"]
FALSES = ["false", "False", "FALSE"]
INTEGERS = {
    **{
        text: int(text)
        for text in ("0", "7", "12", "-3", "+4", "-0", "+0", "010", "-019", "00", "1" * 40)
    },
    "0o0": 0,
    "0o7": 7,
    "0o14": 12,
    "0x0": 0,
    "0xC": 12,
    "0xdeadBEEF": 0xDEADBEEF,
}
FLOATS = {
    ".5": 0.5,
    "0.": 0.0,
    "-0.0": -0.0,
    "12e03": 12e3,
    "-2E+05": -2e5,
    "1e3": 1e3,
    "1.5": 1.5,
    "+12.3": 12.3,
    "-.5": -0.5,
    "6.8523015e+5": 685230.15,
    "1.e1": 10.0,
    ".5e-1": 0.05,
    **{
        f"{sign}.{word}": math.copysign(math.inf, -1 if sign == "-" else 1)
        for sign in ("", "-", "+")
        for word in ("inf", "Inf", "INF")
    },
}
NANS = [".nan", ".NaN", ".NAN"]
TEXTS = [
    *(
        "yes",
        "no",
        "on",
        "off",
        "y",
        "n",
        "Yes",
        "NO",
        "On",
        "nULL",
        "tRUE",
        "falsE",
        "nil",
        "None",
    ),
    *(
        "12:30",
        "1:30:00",
        "1_000",
        "0b101",
        "0X1F",
        "0O14",
        "-0x1F",
        "+0o7",
        "0x",
        "0o",
        "0o8",
        "0xG",
    ),
    *(
        "2026-01-31",
        "2026-01-31T06:00:00Z",
        "1.2.3",
        "1e",
        "e3",
        "1e+",
        ".",
        "-",
        "+",
        "-.",
        ".e3",
        "+-1",
    ),
    *(
        ".iNf",
        ".nAn",
        "-.nan",
        "+.NaN",
        "inf",
        "nan",
        "Infinity",
        "=",
        "<<",
        "1 2",
        "~~",
        "nullx",
        "١٢",
        "٣",
    ),
]


@pytest.mark.parametrize("text", NULLS)
def test_null(text: str) -> None:
    assert (plain_tag(text), convert("null", text)) == ("null", None)


@pytest.mark.parametrize("text", TRUES + FALSES)
def test_boolean(text: str) -> None:
    assert plain_tag(text) == "bool"
    assert convert("bool", text) is (text in TRUES)


@pytest.mark.parametrize("text", INTEGERS)
def test_integer(text: str) -> None:
    assert plain_tag(text) == "int"
    assert convert("int", text) == INTEGERS[text]


@pytest.mark.parametrize("text", FLOATS)
def test_float(text: str) -> None:
    assert plain_tag(text) == "float"
    got = convert("float", text)
    assert got == FLOATS[text]
    assert isinstance(got, float)
    assert math.copysign(1, got) == math.copysign(1, FLOATS[text])


@pytest.mark.parametrize("text", NANS)
def test_not_a_number(text: str) -> None:
    assert plain_tag(text) == "float"
    got = convert("float", text)
    assert isinstance(got, float)
    assert math.isnan(got)


@pytest.mark.parametrize("text", TEXTS)
def test_everything_else_is_text(text: str) -> None:
    assert (plain_tag(text), convert("str", text)) == ("str", text)


def test_short_plain_words_have_the_kind_that_the_published_expressions_say() -> None:
    """Every text of up to four of these characters, against the table of the specification."""
    import re

    table = (
        ("null", re.compile(r"null|Null|NULL|~|")),
        ("bool", re.compile(r"true|True|TRUE|false|False|FALSE")),
        ("int", re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")),
        ("float", re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")),
        ("float", re.compile(r"[-+]?(\.inf|\.Inf|\.INF)|\.nan|\.NaN|\.NAN")),
    )
    for length in range(5):
        for letters in itertools.product("-+.019eox~nN", repeat=length):
            text = "".join(letters)
            wanted = next((kind for kind, form in table if form.fullmatch(text)), "str")
            assert plain_tag(text) == wanted, text


def test_quoted_and_block_texts_are_text_whatever_they_say() -> None:
    text = 'a: \'12\'\nb: "true"\nc: |\n  null\nd: >-\n  1\n  2\ne: ""\n'
    assert load(text) == {"a": "12", "b": "true", "c": "null\n", "d": "1 2", "e": ""}


def test_a_number_of_a_thousand_digits_is_one_and_a_longer_one_is_text() -> None:
    assert plain_tag("1" * 1000) == "int"
    assert plain_tag("1" * 1001) == "str"


def test_escapes_of_double_quotes() -> None:
    assert load(r'"\x41\u00e9\U0001F600\n\t\\\"\/\ \0\e"') == 'Aé😀\n\t\\"/ \0\x1b'


def test_a_flow_list_may_hold_words_that_begin_with_a_question_mark() -> None:
    assert load("[?m measures ?x, ?a != ?b, plain]") == ["?m measures ?x", "?a != ?b", "plain"]


# -- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a: 1\nb: 2\na: 3\n", [("duplicate-key", "a")]),
        ("a: 1\n'a': 3\n", [("duplicate-key", "'a'")]),
        ("x: {a: 1, b: 2, a: 3, b: 4}\n", [("duplicate-key", "a"), ("duplicate-key", "b")]),
        ("a: !x 1\n", [("tag-not-allowed", "!x 1")]),
        ("a: !!int '1'\n", [("tag-not-allowed", "!!int '1'")]),
        ("!x a: 1\n", [("tag-not-allowed", "!x a")]),
        ("a: &x {b: 1}\nc: {<<: *x}\n", [("merge-key", "<<")]),
        ("? [a]\n: b\n", [("key-not-text", "[a]")]),
        ("{a: b}: c\n", [("key-not-text", "{a: b}")]),
        ("a: *b\n", [("yaml-syntax", "*")]),
        ("a: 1\n---\nb: 2\n", [("several-documents", "-")]),
        ("a: 1\n...\nb: 2\n", [("several-documents", "b")]),
        ("a: \x01\n", [("invalid-character", "\x01")]),
        ("a: \x7f\n", [("invalid-character", "\x7f")]),
        ("a: \ud800\n", [("invalid-character", "\ud800")]),
        ("a: b\u2028c\n", [("invalid-character", "\u2028")]),
        ("a: b\x85c\n", [("invalid-character", "\x85")]),
        ("a:\n\tb: 1\n", [("yaml-syntax", "\t")]),
        ("\ta: 1\n", [("yaml-syntax", "\t")]),
        ("a: 'b\n", [("yaml-syntax", "")]),
        ("a: [b\n", [("yaml-syntax", "")]),
        ("a: b: c\n", [("yaml-syntax", ":")]),
        ("a: @b\n", [("yaml-syntax", "@")]),
        ("a: `b`\n", [("yaml-syntax", "`")]),
        ("a: %b\n", [("yaml-syntax", "%")]),
        ("- a\nb: c\n", [("yaml-syntax", "b")]),
        ("%YAML 2.0\n---\na: 1\n", [("yaml-syntax", "%")]),
    ],
)
def test_what_is_refused_and_where(text: str, wanted: list[tuple[str, str]]) -> None:
    assert read(text)[1] == wanted


@pytest.mark.parametrize(
    "text",
    [
        "'<<': 1",
        '"<<": 1',
        "a: <<",
        "? a\n: b",
        "a: ! b",
        "%YAML 1.2\n---\na: 1",
        "---\na: 1\n...\n",
        "a:\tb",
    ],
)
def test_what_is_allowed(text: str) -> None:
    assert read(text)[1] == []


def test_a_bom_and_all_line_endings_are_read() -> None:
    assert load("\ufeffa: 1\r\nb: [2,\r\n 3]\rc: 4\n") == {"a": 1, "b": [2, 3], "c": 4}


def test_places_count_code_points_after_a_byte_order_mark_and_beyond_the_basic_plane() -> None:
    tree, found = read("é😀: 🍓y\n😀b: [1, 🍓]\n")
    assert found == []
    assert isinstance(tree.root, MappingNode)
    source = "é😀: 🍓y\n😀b: [1, 🍓]\n"
    spans = [source[slice(*span_of(n))] for pair in tree.root.value for n in pair]
    assert spans == ["é😀", "🍓y", "😀b", "[1, 🍓]"]


def test_a_block_ends_where_its_last_word_ends() -> None:
    text = "a:\n  b: 1\n  c:\n    - x\n    - y   # comment\n\n# more\n\nd: 2\n"
    tree, _found = read(text)
    assert isinstance(tree.root, MappingNode)
    assert text[slice(*span_of(tree.root.value[0][1]))].endswith("- y")


def test_the_rest_before_a_syntax_error_is_kept() -> None:
    tree, found = read("a: 1\nb: {c: 2}\nd: [e\n")
    assert not tree.complete
    assert tree.root is not None
    assert value(tree.root) == {"a": 1, "b": {"c": 2}}
    assert [code for code, _ in found] == ["yaml-syntax"]


def test_a_value_that_was_cut_off_is_not_empty() -> None:
    tree, _found = read("a: 1\nb:\n  c: 2\n  d:\n    \te: 3\n")
    assert tree.root is not None
    assert value(tree.root) == {"a": 1, "b": {"c": 2}}


# -- bounds ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "deep",
    [
        "[" * 5000 + "]" * 5000,
        "[" * 100_000,
        "{a: " * 500 + "1" + "}" * 500,
        "- " * 900 + "x",
        "? " * 400 + "x",
        "\n".join(" " * i + "a:" for i in range(900)),
        "\n".join(" " * i + "-" for i in range(300)),
    ],
    ids=["closed", "open", "maps", "dashes", "questions", "block maps", "block lists"],
)
def test_deep_nesting_is_refused(deep: str) -> None:
    assert codes(deep) == ["nested-too-deep"]


def test_as_deep_as_allowed_is_allowed() -> None:
    assert codes("[" * MAX_DEPTH + "]" * MAX_DEPTH) == []
    assert codes("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1)) == ["nested-too-deep"]


def test_an_alias_bomb_costs_nothing() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 40)]
    tracemalloc.start()
    started = time.perf_counter()
    assert codes("\n".join(lines)) == ["alias-too-large"]
    assert time.perf_counter() - started < 2
    assert tracemalloc.get_traced_memory()[1] < 50_000_000
    tracemalloc.stop()


def test_aliases_up_to_the_bound_are_read() -> None:
    inner = ", ".join(["x"] * 99)
    assert codes(f"a: &a [{inner}]\nb: [{', '.join(['*a'] * (MAX_ALIAS_NODES // 110))}]") == []


@pytest.mark.parametrize("text", ["&a [*a]", "a: &a {b: *a}", "&a [&b [*a, *b]]", "a: &a\n- *a\n"])
def test_an_alias_in_itself_is_refused(text: str) -> None:
    assert codes(text) == ["recursive-alias"]


def test_too_many_values_are_refused_before_they_are_made() -> None:
    text = "- a\n" * (MAX_NODES + 1)
    tracemalloc.start()
    assert codes(text) == ["file-too-large"]
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


def test_too_many_characters_are_refused_at_once() -> None:
    assert codes("#" * (MAX_CHARACTERS + 1)) == ["file-too-large"]


def test_every_node_has_a_kind_in_words() -> None:
    tree, _found = read("[a, 1, 1.5, true, null, {}, []]")
    assert isinstance(tree.root, SequenceNode)
    assert [kind_of(child) for child in tree.root.value] == [
        "text",
        "a number",
        "a number",
        "true or false",
        "nothing",
        "a map",
        "a list",
    ]
