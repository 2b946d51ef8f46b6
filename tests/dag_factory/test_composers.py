"""Without libyaml every text is read as with it: the same nodes at the same places."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yaml import MappingNode, Node, ScalarNode, SequenceNode

from mline_airflow.dag_factory import tree, tree_composers
from mline_airflow.dag_factory.diagnostic import Collector
from mline_airflow.dag_factory.text import SourceFile

ROOT = Path(__file__).parents[2]
CORPUS = sorted(
    path
    for folder in ("examples", "schemas/types", "tests/cases", "tests/airflow/experiments")
    for path in (ROOT / folder).rglob("*.yaml")
)
pytestmark = pytest.mark.skipif(
    tree_composers.new_composer is tree_composers.PythonComposer, reason="there is no libyaml"
)


def shown(node: Node | None) -> Any:
    """Return what the compiler sees of a node."""
    if node is None:
        return None
    start = node.start_mark.index
    if isinstance(node, ScalarNode):
        if not node.value and not node.style:
            return (node.tag, "nothing, which has no place")
        return (node.tag, node.value, start, node.end_mark.index, bool(node.style))
    if isinstance(node, SequenceNode):
        return (node.tag, start, bool(node.flow_style), [shown(child) for child in node.value])
    assert isinstance(node, MappingNode)
    pairs = [(shown(key), shown(value)) for key, value in node.value]
    return (node.tag, start, bool(node.flow_style), pairs)


def read(text: str, *, python: bool) -> tuple[Any, bool, list[str]]:
    found = Collector(SourceFile("text", text))
    with pytest.MonkeyPatch.context() as patch:
        if python:
            patch.setattr(tree, "new_composer", tree_composers.PythonComposer)
        parsed = tree.parse(found)
    return shown(parsed.root), parsed.complete, [d.code for d in found.sorted()]


def test_the_corpus_is_large() -> None:
    assert len(CORPUS) > 300


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_is_read_as_libyaml_reads_it(path: Path) -> None:
    text = path.read_bytes().decode("utf-8", "replace").removeprefix("\ufeff")
    with_library, without = read(text, python=False), read(text, python=True)
    assert without[1:] == with_library[1:]
    if with_library[1]:  # behind a mistake, each may see another end of what is well formed
        assert without[0] == with_library[0]


NAMES = st.text("abm_", min_size=1, max_size=3)
WORDS = st.builds(
    "?{} {} {}".format, NAMES, st.sampled_from(["is", "r", "r*"]), NAMES | NAMES.map("?{}".format)
)
LISTS = st.lists(WORDS | NAMES, min_size=1, max_size=4)


@given(st.lists(LISTS, min_size=1, max_size=3), st.sampled_from([", ", " , ", ",\n    "]))
def test_patterns_in_a_list_are_texts(lists: list[list[str]], comma: str) -> None:
    text = "".join(f"k{n}: [{comma.join(words)}]\n" for n, words in enumerate(lists))
    assert read(text, python=True) == read(text, python=False)
    (_tag, _start, _flow, pairs), complete, codes = read(text, python=True)
    assert complete
    assert codes == []
    assert [[child[1] for child in value[3]] for _key, value in pairs] == lists
