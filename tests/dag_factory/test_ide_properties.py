"""Whatever the text and wherever the cursor: answers, in time, about places that are there."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path

import pytest
from edits import Editor
from golden import CASES
from hypothesis import given, settings
from hypothesis import strategies as st

from mline_airflow.dag_factory.diagnostic import Edit
from mline_airflow.dag_factory.ide.completion import complete
from mline_airflow.dag_factory.ide.completion_items import Item
from mline_airflow.dag_factory.ide.cursor import MARK, find_cursor
from mline_airflow.dag_factory.ide.definitions import definition, references
from mline_airflow.dag_factory.ide.graph_view import graph_view
from mline_airflow.dag_factory.ide.hover import hover
from mline_airflow.dag_factory.ide.opened import Opened
from mline_airflow.dag_factory.ide.outline import folds, outline, tokens
from mline_airflow.dag_factory.ide.quick_fixes import quick_fixes
from mline_airflow.dag_factory.ide.renaming import rename, rename_target
from mline_airflow.dag_factory.ide.signatures import signature
from mline_airflow.dag_factory.project import Project
from mline_airflow.dag_factory.text import SourceFile, Span

ROOT = CASES.parent.parent
EXAMPLES = sorted((ROOT / "examples").rglob("*.mline.yaml"))
TEXTS = [path.read_text("utf-8") for path in EXAMPLES]
PROJECTS = {path: Project.open(path) for path in EXAMPLES}
LIMIT = 3.0
"""Seconds of processor time for one answer; a hundred times what it takes."""
SEEDS = st.integers(0, 2**32 - 1)


def inside(source: SourceFile, spans: Iterable[Span]) -> bool:
    return all(0 <= span.start <= span.end <= len(source.text) for span in spans)


def edited(text: str, edits: Iterable[Edit]) -> str:
    for edit in sorted(edits, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


def timed(ask: Callable[[], object]) -> None:
    start = time.process_time()
    ask()
    assert time.process_time() - start < LIMIT


def look_at(one: Opened, offset: int) -> None:
    """Ask about a place and check the places of the answers."""
    found = hover(one, offset)
    if found is not None:
        assert inside(one.source, [found.span])
        assert found.text
    for where in definition(one, offset):
        assert inside(where.source, [where.span]) or where.span == Span(0, 0)
    target = rename_target(one, offset)
    if target is not None:
        assert inside(one.source, [target.span])
        assert target.span.start <= offset <= target.span.end


def write_at(project: Project, path: Path, text: str, offset: int) -> list[Item]:
    """Ask what can be written at a place and check the places of the answers."""
    found = complete(project, path, text, offset)
    for item in found:
        assert inside(SourceFile("", text), [item.span, *(e.span for e in item.edits)])
        assert item.span.start <= offset <= item.span.end
        line_start, line_end = text.rfind("\n", 0, offset) + 1, text.find("\n", offset)
        assert line_start <= item.span.start
        assert line_end < 0 or item.span.end <= line_end
        assert MARK not in item.label + item.insert + item.doc + item.detail
    signature(project, path, text, offset)
    return found


# -- every place of every example ----------------------------------------------------------------


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.name)
def test_every_place_of_an_example_has_an_answer(path: Path) -> None:
    one = Opened.of(PROJECTS[path], path)
    for offset in range(len(one.source.text) + 1):
        look_at(one, offset)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.name)
def test_places_of_an_example_can_be_written_at(path: Path) -> None:
    text = path.read_text("utf-8")
    for offset in range(0, len(text) + 1, 41):
        timed(lambda at=offset: write_at(PROJECTS[path], path, text, at))  # type: ignore[misc]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.name)
def test_the_cursor_is_found_in_every_name_of_an_example(path: Path) -> None:
    one = Opened.of(PROJECTS[path], path)
    for found in one.names.all:
        for offset in {found.span.start, sum(found.span) // 2, found.span.end}:
            cursor = find_cursor(one.source.text, offset)
            assert cursor is not None, found
            assert cursor.key or cursor.value


# -- broken texts --------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS)
def test_broken_texts_have_answers_too(seed: int) -> None:
    editor = Editor(seed, TEXTS)
    text = editor.text()
    path = editor.random.choice(EXAMPLES)
    project = PROJECTS[path]
    one = Opened.of(project, path, text)
    text = one.source.text
    whole = Span(0, len(text))
    for _ in range(4):
        offset = editor.random.randint(0, len(text))
        timed(lambda at=offset: look_at(one, at))  # type: ignore[misc]
        timed(lambda at=offset: write_at(project, path, text, at))  # type: ignore[misc]
        timed(lambda at=offset: references(one, at))  # type: ignore[misc]
        renaming = rename(one, offset, "zz_new")
        for other, edits in renaming.edits:
            assert inside(other.source, [edit.span for edit in edits])
            assert no_two_touch(edits)
    assert inside(one.source, [*folds(one), *(token.span for token in tokens(one))])
    assert inside(one.source, [item.span for item in outline(one)])
    for fix in quick_fixes(one, whole, one.analysis.diagnostics):
        assert inside(one.source, [edit.span for edit in fix.edits])
        assert no_two_touch(fix.edits)
    timed(lambda: graph_view(one.analysis))


def no_two_touch(edits: Iterable[Edit]) -> bool:
    ordered = sorted(edits)
    return all(one.span.end <= other.span.start for one, other in pairwise(ordered))


@settings(max_examples=40, deadline=None)
@given(seed=SEEDS)
def test_a_graph_of_any_text_is_whole(seed: int) -> None:
    editor = Editor(seed, TEXTS)
    path = editor.random.choice(EXAMPLES)
    view = graph_view(PROJECTS[path].analyze(path, editor.text()))
    ids = [node["id"] for node in view["nodes"]]
    assert len(ids) == len(set(ids))
    assert {e[end]["node"] for e in view["edges"] for end in ("from", "to")} <= set(ids)
    edges = [edge["id"] for edge in view["edges"]]
    assert len(edges) == len(set(edges))


# -- what is proposed ----------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS)
def test_what_is_proposed_is_known(seed: int) -> None:
    """Take a word of an example away, write a proposal there: it is nothing unknown."""
    chance = random.Random(seed)
    path = chance.choice(EXAMPLES)
    project = PROJECTS[path]
    one = Opened.of(project, path)
    found = chance.choice([o for o in one.names.all if o.symbol.kind not in ("file", "function")])
    text = one.source.text
    kept = chance.randint(0, min(2, found.span.end - found.span.start))
    offset = found.span.start + kept
    half = text[:offset] + text[found.span.end :]
    items = complete(project, path, half, offset)
    for item in chance.sample(items, min(4, len(items))):
        after = edited(half, [Edit(item.span, item.insert), *item.edits])
        moved = sum(
            len(e.text) - (e.span.end - e.span.start)
            for e in item.edits
            if e.span.start <= item.span.start
        )
        written = Span(item.span.start + moved, item.span.start + moved + len(item.insert))
        for d in project.analyze(path, after).diagnostics:
            overlaps = d.span.start < written.end and written.start < d.span.end
            assert not (overlaps and d.code.startswith("unknown-")), (item, str(d))
