"""Drawings: every thing and every relation is there, and nothing overlaps."""

from __future__ import annotations

import itertools
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mline_airflow.dag_factory.network import Network, Node, Triple
from mline_airflow.dag_factory.text import Span
from mline_airflow.drawing.layout import Size, layered
from mline_airflow.drawing.picture import Arrow, Picture, forward, picture, render

NOWHERE = Span(0, 0)
NODES = {
    "x": Node("x", "experiment", "core.Experiment", NOWHERE, "A & <b>"),
    "table": Node("table", "entity", "core.CsvTable", NOWHERE),
    "db": Node("db", "service", "core.Service", NOWHERE),
    "fit": Node("fit", "stage", "core.Train", NOWHERE),
    "fit.model": Node("fit.model", "entity", "core.Model", NOWHERE),
    "good": Node("good", "entity", "core.Accuracy", NOWHERE),
    "score": Node("score", "stage", "core.Evaluate", NOWHERE),
}
TRIPLES = (
    Triple("fit", "consumes", "table"),
    Triple("fit", "uses", "db"),
    Triple("fit", "produces", "fit.model"),
    Triple("score", "consumes", "fit.model"),
    Triple("score", "produces", "good"),
    Triple("fit.model", "trained_on", "table"),
    Triple("good", "picks", "fit"),
    Triple("good", "gates", "x"),
)


@pytest.fixture
def drawn() -> Picture:
    network = Network(NODES, (), TRIPLES, {}, {}, frozenset(), {})
    return picture(network, after={"score": ["fit"]})


def test_things_stand_in_the_order_in_which_they_happen(drawn: Picture) -> None:
    names = [shape.id for shape in drawn.shapes]
    assert names == ["table", "db", "fit", "fit.model", "score", "good", "x"]


def test_arrows_go_as_things_flow(drawn: Picture) -> None:
    assert Arrow("table", "fit", "flow", "takes") in drawn.arrows
    assert Arrow("db", "fit", "flow", "uses") in drawn.arrows
    assert Arrow("fit", "fit.model", "flow", "gives") in drawn.arrows
    assert Arrow("good", "x", "control", "gate") in drawn.arrows
    assert Arrow("fit", "score", "order", "after") in drawn.arrows
    assert Arrow("good", "fit", "relation", "picks") in drawn.arrows


def test_relations_can_be_left_out() -> None:
    network = Network(NODES, (), TRIPLES, {}, {}, frozenset(), {})
    assert all(a.kind != "relation" for a in picture(network, relations=False).arrows)


def test_experiment_is_drawn_only_when_something_leads_to_it() -> None:
    network = Network(NODES, (), TRIPLES[:5], {}, {}, frozenset(), {})
    assert "x" not in [shape.id for shape in picture(network).shapes]


@pytest.mark.parametrize("form", ["text", "svg", "mermaid", "dot"])
def test_every_form_shows_every_thing(form: str, drawn: Picture) -> None:
    shown = render(drawn, form)
    for shape in drawn.shapes:
        assert shape.id in shown
        assert shape.type in shown
    for word in ("trained_on", "picks"):
        assert word in shown


def test_text_tells_what_a_stage_takes_and_gives(drawn: Picture) -> None:
    shown = render(drawn, "text")
    assert (
        "■ fit Train\n"
        "  ├─ takes table CsvTable\n"
        "  ├─ uses  db Service\n"
        "  └─ gives fit.model Model\n"
        "             trained_on table\n"
    ) in shown


def test_svg_is_well_formed_and_escaped(drawn: Picture) -> None:
    root = ET.fromstring(render(drawn, "svg"))
    assert root.tag.endswith("svg")
    titles = [e.text for e in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "A & <b>" in titles


def test_dot_and_mermaid_escape_what_ends_a_label() -> None:
    evil = 'a"];\\ b'
    network = Network({evil: Node(evil, "entity", "t.X", NOWHERE)}, (), (), {}, {}, frozenset(), {})
    shown = picture(network)
    assert '"a\\"];\\\\ b"' in render(shown, "dot")
    assert '"]' not in render(shown, "mermaid").replace('"])', "")


def test_drawing_twice_gives_the_same(drawn: Picture) -> None:
    assert render(drawn, "svg") == render(drawn, "svg")


@st.composite
def graphs(draw: st.DrawFn) -> tuple[dict[str, Size], list[tuple[str, str]]]:
    count = draw(st.integers(1, 14))
    names = [f"n{number}" for number in range(count)]
    sizes = {n: Size(draw(st.integers(20, 200)), draw(st.integers(20, 80))) for n in names}
    pairs = list(itertools.combinations(names, 2))
    edges = draw(st.lists(st.sampled_from(pairs), max_size=25)) if pairs else []
    return sizes, edges


@settings(max_examples=100, deadline=None)
@given(graphs())
def test_boxes_never_overlap_and_edges_go_forward(
    graph: tuple[dict[str, Size], list[tuple[str, str]]],
) -> None:
    sizes, edges = graph
    layout = layered(sizes, edges)
    for one, other in itertools.combinations(sizes, 2):
        a, b = layout.centres[one], layout.centres[other]
        along = abs(a.along - b.along) >= (sizes[one].along + sizes[other].along) / 2 - 1e-6
        across = abs(a.across - b.across) >= (sizes[one].across + sizes[other].across) / 2 - 1e-6
        assert along or across, (one, other)
    for source, target in edges:
        start = layout.centres[source].along
        for point in (*layout.bends[source, target], layout.centres[target]):
            assert point.along > start
            start = point.along
    for name, size in sizes.items():
        centre = layout.centres[name]
        assert centre.along - size.along / 2 >= -1e-6
        assert centre.across - size.across / 2 >= -1e-6
        assert centre.along + size.along / 2 <= layout.along + 1e-6
        assert centre.across + size.across / 2 <= layout.across + 1e-6


def test_chain_is_drawn_as_a_straight_line() -> None:
    sizes = {name: Size(50, 20) for name in "abcd"}
    layout = layered(sizes, [("a", "b"), ("b", "c"), ("c", "d")])
    assert len({round(point.across, 3) for point in layout.centres.values()}) == 1


def test_two_parallel_chains_do_not_cross() -> None:
    sizes = {name: Size(50, 20) for name in ("a", "b", "x", "y")}
    layout = layered(sizes, [("a", "y"), ("b", "x")])
    order = layout.centres["a"].across < layout.centres["b"].across
    assert (layout.centres["y"].across < layout.centres["x"].across) == order


def test_backward_arrows_do_not_decide_the_layout(drawn: Picture) -> None:
    back = Arrow("good", "table", "flow", "takes")
    assert back not in forward(drawn._replace(arrows=(*drawn.arrows, back)))
