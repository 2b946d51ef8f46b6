"""The canonical form: what changes, and what never does."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mline_airflow.dag_factory.diagnostic import Collector
from mline_airflow.dag_factory.scalars import convert
from mline_airflow.dag_factory.text import SourceFile
from mline_airflow.dag_factory.tree import parse
from mline_airflow.formatting.formatter import format_text
from mline_airflow.formatting.items import items

ROOT = Path(__file__).parents[2]
FILES = sorted(
    path
    for folder in ("examples", "schemas/types", "mline_airflow/templates")
    for path in (ROOT / folder).rglob("*.mline.yaml")
)


def formatted(text: str) -> str:
    result = format_text("x.mline.yaml", text)
    assert not result.refused
    assert not result.diagnostics
    return result.text


def value(node: yaml.Node | None) -> object:
    """Return plain data; scalars with their kind, so that 1 and "1" and true differ."""
    if isinstance(node, yaml.MappingNode):
        return [(value(k), value(v)) for k, v in node.value]
    if isinstance(node, yaml.SequenceNode):
        return [value(child) for child in node.value]
    return None if node is None else (node.tag, repr(convert(node.tag, node.value)))


def tree(text: str) -> object:
    found = Collector(SourceFile("x.mline.yaml", text))
    parsed = parse(found)
    assert parsed.complete, found.found
    return value(parsed.root)


def comments(text: str) -> Counter[str]:
    return Counter(item.text for item in items(text) if item.kind == "comment")


CASES = {
    "indentation": (
        "a:\n     b:\n       c: 1\n       d:\n       -   x\n       -   y: 1\n           z: 2\n",
        "a:\n  b:\n    c: 1\n    d:\n      - x\n      - y: 1\n        z: 2\n",
    ),
    "space in flow collections": (
        "a: {x: 1,y: [ 1,2 ] , z: {}}\n",
        "a: {x: 1, y: [1, 2], z: {}}\n",
    ),
    "comma before a bracket on the line": ("a: {x: 1,}\n", "a: {x: 1}\n"),
    "flow over lines stays over lines": (
        "a: {\n        x: 1,   # one\n   # two\n   y: 2,\n        }\n",
        "a: {\n  x: 1,  # one\n  # two\n  y: 2,\n}\n",
    ),
    "space round colons": ("a :   1\n'b'   : 2\n", "a: 1\n'b': 2\n"),
    "blank lines": ("\n\na: 1\n\n\n\nb: 2\n\n\n", "a: 1\n\nb: 2\n"),
    "trailing space": ("a: 1   \nb:   \n  c: 2\t\n", "a: 1\nb:\n  c: 2\n"),
    "last line break": ("a: 1", "a: 1\n"),
    "comments after code": ("a: 1 # x\nbbb: 2      # y\n", "a: 1  # x\nbbb: 2  # y\n"),
    "aligned comments stay aligned": (
        "a: 1          # x\nbbb: 2        # y\n",
        "a: 1    # x\nbbb: 2  # y\n",
    ),
    "aligned values stay aligned": (
        "x:\n    a:      {is: A, at: 1}\n    bbbb:   {is: B, at: 2}\n",
        "x:\n  a:    {is: A, at: 1}\n  bbbb: {is: B, at: 2}\n",
    ),
    "values that are not aligned get one space": ("a:   1\nbbbb:  2\n", "a: 1\nbbbb: 2\n"),
    "comment of its own line goes with what follows": (
        "a:\n      # about b\n      b: 1\n",
        "a:\n  # about b\n  b: 1\n",
    ),
    "comment that ends a block stays in it": (
        "a:\n    b: 1\n    # of a\nc: 2\n# end\n",
        "a:\n  b: 1\n  # of a\nc: 2\n# end\n",
    ),
    "comment in place of a value": ("a:\n     # b: 1\nc: 2\n", "a:\n  # b: 1\nc: 2\n"),
    "block scalar": (
        "run: |\n      one\n        two\n\n      three\nb: 1\n",
        "run: |\n  one\n    two\n\n  three\nb: 1\n",
    ),
    "block scalar with its indentation said": (
        "a:\n- |2 # c\n    text\n   x\n",
        "a:\n  - |2  # c\n      text\n     x\n",
    ),
    "block scalar that keeps its end": ("a: |+\n    x\n\n\nb: 1\n", "a: |+\n  x\n\n\nb: 1\n"),
    "text over lines": ("a:    one\n        two\nb: 'x\n   y'\n", "a: one\n  two\nb: 'x\n  y'\n"),
    "a document mark": ("---   # begin\na: 1\n", "---  # begin\na: 1\n"),
    "anchors and aliases": ("a: &x   {b: 1}\nc:   *x\n", "a: &x {b: 1}\nc: *x\n"),
    "a question mark of a pattern": (
        "m: [ ?m measures ?x,?m is Metric ]\n",
        "m: [?m measures ?x, ?m is Metric]\n",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_layout_is_canonical(name: str) -> None:
    before, after = CASES[name]
    assert formatted(before) == after


@pytest.mark.parametrize("name", CASES)
def test_canonical_form_stays_as_it_is(name: str) -> None:
    assert formatted(CASES[name][1]) == CASES[name][1]


SHORT = {
    "one stage after another": ("stages: {b: {after: a}}", "stages: {b: {after: [a]}}"),
    "one service": ("stages:\n  b:\n    uses: db", "stages:\n  b:\n    uses: [db]"),
    "one expectation": ("tests: {t: {expect: a > 1}}", "tests: {t: {expect: [a > 1]}}"),
    "one gate": ("release: {gate: a > 1}", "release: {gate: [a > 1]}"),
    "one code folder": ("defaults: {code: [./src]}", "defaults: {code: ./src}"),
    "one code folder as a block": (
        "stages:\n  a:\n    code:\n      - ./x",
        "stages:\n  a:\n    code: ./x",
    ),
    "an entity of a type": ("entities: {a: {is: Model}}", "entities: {a: Model}"),
    "an entity of a type as a block": ("entities:\n  a:\n    is: Model", "entities:\n  a: Model"),
    "an output": ("stages: {a: {gives: {m: {is: Model}}}}", "stages: {a: {gives: {m: Model}}}"),
    "a parameter": ("params: {d: {type: integer, default: 3}}", "params: {d: 3}"),
    "a parameter of text": ("params: {d: {default: 'x', type: string}}", "params: {d: 'x'}"),
}
LONG = {
    "a type that does not follow": "params: {d: {type: number, default: 3}}",
    "a parameter with a bound": "params: {d: {type: integer, default: 3, minimum: 1}}",
    "a parameter with nothing": "params: {d: {type: 'null', default: null}}",
    "an entity with a place": "entities: {a: {is: Model, at: ./m}}",
    "two code folders": "defaults: {code: [./a, ./b]}",
    "an inline file": "defaults: {code: [{a.py: x}]}",
    "a comment inside": "entities:\n  a:\n    # why\n    is: Model",
    "an anchor inside": "entities: {a: &x {is: Model}, b: *x}",
    "text that a list would cut": "tests:\n  t:\n    expect: a > 1, b > 2",
    "the same words elsewhere": "stages: {a: {with: {after: b, code: [x], is: {is: T}}}}",
}


@pytest.mark.parametrize("name", SHORT)
def test_short_forms_have_one_way_to_be_written(name: str) -> None:
    before, after = SHORT[name]
    assert formatted(before) == after + "\n"


@pytest.mark.parametrize("name", LONG)
def test_what_has_no_short_form_stays(name: str) -> None:
    assert formatted(LONG[name]) == LONG[name] + "\n"


@pytest.mark.parametrize(
    "word",
    [
        "on",
        "yes",
        "12:30",
        "010",
        "0o17",
        "1e3",
        "1_000",
        "~",
        "2020-01-01",
        ".5",
        "'1'",
        "0x1F",
        "Null",
    ],
)
def test_scalars_of_yaml_1_2_keep_every_letter(word: str) -> None:
    assert formatted(f"on:    {word}\n") == f"on: {word}\n"


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_files_of_this_project_mean_the_same_afterwards(path: Path) -> None:
    before = path.read_text("utf-8")
    after = formatted(before)
    assert comments(after) == comments(before)
    assert formatted(after) == after


def test_windows_line_breaks_stay() -> None:
    assert formatted("a:    1\r\nb: |\r\n    x\r\n") == "a: 1\r\nb: |\r\n  x\r\n"


def test_byte_order_mark_goes() -> None:
    assert formatted("\ufeffa: 1\n") == "a: 1\n"


def test_empty_text_and_comments_alone_stay() -> None:
    for text in ("", "\n", "# only\n"):
        assert format_text("x", text).text == text


@pytest.mark.parametrize("text", ["a: [1, 2\nb: 3\n", "a: 'x\n", "a:\tb: c\n", "a: 1\n a: 2\n"])
def test_broken_yaml_is_left_alone_with_its_findings(text: str) -> None:
    result = format_text("x.mline.yaml", text)
    assert (result.text, result.changed) == (text, False)
    assert any(d.severity == "error" for d in result.diagnostics)


def test_value_without_a_last_line_break_gets_none() -> None:
    text = "a: |\n  x"
    assert tree(formatted(text)) == tree(text)


KEYS = st.sampled_from(["a", "b c", "'q'", '"d"', "on", "1", "é", "用户", "a-b", "x.y"])
WORDS = st.sampled_from(
    [
        "1",
        "1.0",
        "yes",
        "'it''s'",
        '"a\\tb"',
        "12:30",
        "010",
        "x y",
        "~",
        "null",
        "a#b",
        "'# no'",
        "http://x/y",
        "-1",
        "a,b",
        "$params.x",
        "用户 名",
        "'{}'",
        "''",
    ]
)
NOTES = st.sampled_from(["", "", "", "  # note", " #x", "   # 用户: [a, {b"])


@st.composite
def flow(draw: st.DrawFn, depth: int = 2) -> str:
    kind = draw(st.integers(0, 4))
    if depth == 0 or kind < 2:
        return draw(WORDS.filter(lambda w: "," not in w))
    gap = draw(st.sampled_from(["", " ", "  "]))
    many = draw(st.lists(flow(depth - 1), min_size=0, max_size=3))
    if kind < 4:
        return "[" + gap + f"{gap}, {gap}".join(many) + gap + "]"
    keys = draw(st.lists(KEYS, min_size=len(many), max_size=len(many), unique=True))
    return (
        "{"
        + gap
        + f" ,{gap} ".join(f"{k}: {gap}{v}" for k, v in zip(keys, many, strict=True))
        + gap
        + "}"
    )


@st.composite
def block(draw: st.DrawFn, indent: int = 0, depth: int = 3) -> str:
    """Draw a block mapping as people write it: any step, comments, blank lines, lists, scripts."""
    lines = []
    step = draw(st.integers(1, 5))
    for key in draw(st.lists(KEYS, min_size=1, max_size=4, unique=True)):
        pad = " " * indent
        if draw(st.booleans()):
            lines.append(
                "\n" * draw(st.integers(0, 3)) + " " * draw(st.integers(0, 6)) + "# above\n"
            )
        note = draw(NOTES)
        kind = draw(st.integers(0, 6))
        space = " " * draw(st.integers(1, 4))
        if kind == 0 and depth:
            lines.append(f"{pad}{key}:{note}\n" + draw(block(indent + step, depth - 1)))
        elif kind == 1:
            inner = pad + " " * draw(st.integers(0, 3))
            entries = draw(st.lists(flow(), min_size=1, max_size=3))
            lines.append(
                f"{pad}{key}:{note}\n" + "".join(f"{inner}-{space}{e}{note}\n" for e in entries)
            )
        elif kind == 2:
            header = draw(st.sampled_from(["|", "|-", "|+", ">", ">-", ">+"]))
            inner = " " * (indent + step)
            body = draw(
                st.lists(st.sampled_from(["x", "  y # no", "", "a: b", "- c", "\tq"]), max_size=4)
            )
            text = "".join(f"{inner}{line}\n" if line else "\n" for line in ["first", *body])
            lines.append(f"{pad}{key}:{space}{header}{note}\n{text}")
        elif kind == 3:
            inner = pad + " " * step
            content = f"{inner}k:{space}1,{note}\n{inner}# in\n{inner}l: [1,\n{inner}2]"
            lines.append(f"{pad}{key}:{space}{{{note}\n{content}}}\n")
        elif kind == 4:
            lines.append(f"{pad}{key}:{space}two words\n{pad} {space}more words{note}\n")
        else:
            lines.append(f"{pad}{key}:{space}{draw(flow())}{note}\n")
    return "".join(lines)


@settings(max_examples=300, deadline=None)
@given(block())
def test_formatting_keeps_values_and_comments_and_is_done_once(text: str) -> None:
    before = format_text("x.mline.yaml", text)
    assert not before.diagnostics, text
    assert not before.refused, text
    after = before.text
    assert tree(after) == tree(text)
    assert comments(after) == comments(text)
    assert format_text("x.mline.yaml", after).text == after


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=" \n\t-:?[]{},#&*!|>'\"%@`ab1.~\r\u2028é", max_size=40))
def test_no_text_makes_the_formatter_fail(text: str) -> None:
    result = format_text("x.mline.yaml", text)
    if not result.changed:
        assert result.text == text
        return
    assert not format_text("x.mline.yaml", result.text).changed
