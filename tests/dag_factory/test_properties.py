"""What holds for every text: places lead back to words, plans are ordered and always the same."""

from __future__ import annotations

import json
import random
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from yaml import MappingNode, Node, ScalarNode, SequenceNode

from mline_airflow.dag_factory.diagnostic import Collector
from mline_airflow.dag_factory.model import Range, Sweep, Word
from mline_airflow.dag_factory.nodes import scalar_of, span_of
from mline_airflow.dag_factory.plan import Plan, plan_digest, plan_text
from mline_airflow.dag_factory.project import Project
from mline_airflow.dag_factory.sweep import MAX_POINTS, expand
from mline_airflow.dag_factory.text import Position, SourceFile, Span
from mline_airflow.dag_factory.tree import parse

# Every character that YAML allows in a double-quoted text as it is, beyond the basic plane too.
CHARACTERS = st.characters(
    exclude_categories=("Cs", "Cc"), exclude_characters="\u2028\u2029\ufeff\ufffe\uffff"
)
WORDS = st.text(CHARACTERS, max_size=12)
VALUES = st.recursive(
    st.one_of(WORDS, st.integers(), st.booleans(), st.none()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)


def value(node: Node) -> object:
    if isinstance(node, ScalarNode):
        return scalar_of(node)
    if isinstance(node, SequenceNode):
        return [value(child) for child in node.value]
    return {key.value: value(child) for key, child in node.value}


def scalars(node: Node) -> list[ScalarNode]:
    if isinstance(node, ScalarNode):
        return [node]
    children = (
        [n for pair in node.value for n in pair] if isinstance(node, MappingNode) else node.value
    )
    return [scalar for child in children for scalar in scalars(child)]


@given(VALUES, st.sampled_from([None, 1, 3]))
@settings(max_examples=300, deadline=None)
def test_the_place_of_every_word_leads_back_to_it(data: object, indent: int | None) -> None:
    """JSON is YAML 1.2: what `json` writes, at any indentation, is read as the same data."""
    text = "# ü 🍓\n" + json.dumps({"é🍓": data}, ensure_ascii=False, indent=indent) + "\n"
    found = Collector(SourceFile("x", text))
    tree = parse(found)
    assert found.found == []
    assert tree.root is not None
    assert value(tree.root) == {"é🍓": data}
    for node in scalars(tree.root):
        span = span_of(node)
        assert json.loads(text[span.start : span.end]) == scalar_of(node)


@given(st.lists(st.tuples(st.from_regex(r"[a-z]{1,8}", fullmatch=True), WORDS), max_size=6), WORDS)
@settings(max_examples=200, deadline=None)
def test_the_place_of_a_plain_word_leads_back_to_it(
    pairs: list[tuple[str, str]], noise: str
) -> None:
    unique = dict(pairs)
    lines = [f"{key}_{index}:   v{index}   # {noise}" for index, key in enumerate(unique)]
    text = "\n".join(lines) + "\n"
    found = Collector(SourceFile("x", text))
    tree = parse(found)
    words = [text[slice(*span_of(n))] for n in scalars(tree.root)] if tree.root else []
    assert words == [w for i, key in enumerate(unique) for w in (f"{key}_{i}", f"v{i}")]


@given(st.text(st.sampled_from("ab\n\r\tü😀"), max_size=60), st.data())
@settings(max_examples=300, deadline=None)
def test_a_place_and_its_line_and_column_lead_to_each_other(text: str, data: st.DataObject) -> None:
    source = SourceFile("x", text)
    offset = data.draw(st.integers(0, len(text)))
    position = source.position(offset)
    assert 1 <= position.line <= source.line_count
    assert (
        source.offset(position) == offset
        or text[source.offset(position) : offset].strip("\r\n") == ""
    )
    before = source.line(position.line)[: position.column - 1]
    assert source.utf16_column(position) == sum(2 if ord(c) > 0xFFFF else 1 for c in before)


@given(st.text(st.sampled_from("ab\nü😀"), max_size=40), st.integers(-5, 100), st.integers(-5, 100))
@settings(max_examples=100, deadline=None)
def test_a_place_outside_the_text_is_moved_into_it(text: str, line: int, column: int) -> None:
    source = SourceFile("x", text)
    assert 0 <= source.offset(Position(line, column)) <= len(text)
    assert source.position(line * 10) == source.position(max(0, min(line * 10, len(text))))


# -- plans -----------------------------------------------------------------------------------------


@st.composite
def graphs(draw: st.DrawFn) -> list[tuple[str, list[str]]]:
    """Return stages with the stages that they wait for: any graph without a cycle."""
    count = draw(st.integers(1, 9))
    names = [f"s{i}" for i in range(count)]
    stages = []
    for index, name in enumerate(names):
        stages.append(
            (name, draw(st.lists(st.sampled_from(names[:index]), unique=True)) if index else [])
        )
    return draw(st.permutations(stages))


def experiment(stages: list[tuple[str, list[str]]]) -> str:
    text = "mline: 1\nexperiment: x\ndefaults: {runner: process}\nstages:\n"
    for name, waits in stages:
        takes = ", ".join(f"p{other}: {other}.out" for other in waits[::2])
        after = ", ".join(waits[1::2])
        text += f"  {name}:\n    run: echo\n    gives: {{out: TextFile}}\n"
        text += f"    takes: {{{takes}}}\n    after: [{after}]\n"
    return text


def plan(text: str) -> Plan:
    compiled = Project(Path("/nowhere")).plan(Path("/nowhere/x.mline.yaml"), text=text)
    assert compiled.plan is not None, compiled.diagnostics
    return compiled.plan


@given(graphs())
@settings(max_examples=100, deadline=None)
def test_a_plan_is_topological_and_otherwise_keeps_the_order_of_the_file(
    stages: list[tuple[str, list[str]]],
) -> None:
    tasks = plan(experiment(stages))["tasks"]
    order = [task["id"] for task in tasks]
    assert sorted(order) == sorted(name for name, _ in stages)
    waits = dict(stages)
    done: list[str] = []
    for task in tasks:
        assert set(task["upstream"]) == set(waits[task["id"]])
        assert set(task["upstream"]) <= set(done)
        assert task["upstream"] == sorted(task["upstream"], key=order.index)
        ready = [name for name, before in stages if name not in done and set(before) <= set(done)]
        assert task["id"] == ready[0], "of those that can go, the first of the file goes"
        done.append(task["id"])


@given(graphs())
@settings(max_examples=30, deadline=None)
def test_planning_twice_gives_the_same_bytes(stages: list[tuple[str, list[str]]]) -> None:
    text = experiment(stages)
    assert plan_text(plan(text)) == plan_text(plan(text))
    assert plan_digest(plan(text)) == plan_digest(plan(text))


@given(st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_the_meaning_does_not_depend_on_the_order_of_keys(random_: random.Random) -> None:
    """Shuffled sections and entries give the same tasks; only their order may differ."""
    text = (Path(__file__).parent.parent / "cases" / "plan" / "sweep_pick.mline.yaml").read_text(
        "utf-8"
    )
    tree = parse(Collector(SourceFile("x", text)))
    assert tree.root is not None
    data = value(tree.root)

    def shuffled(one: object, depth: int) -> object:
        if not isinstance(one, dict) or depth > 3:
            return one
        items = [(key, shuffled(child, depth + 1)) for key, child in one.items()]
        random_.shuffle(items)
        return dict(items)

    def meaning(one: Plan) -> object:
        tasks = [{**t, "span": None, "upstream": sorted(t["upstream"])} for t in one["tasks"]]
        return (
            sorted(json.dumps(t, sort_keys=True) for t in tasks),
            one["gate"],
            one["groups"][0]["points"],
        )

    again = plan(json.dumps(shuffled(data, 0), indent=1))
    assert meaning(again) == meaning(plan(text))


def test_findings_do_not_depend_on_the_order_of_sections() -> None:
    head = "mline: 1\nexperiment: x\n"
    parts = [
        "params: {depth: 3}\n",
        "entities:\n  t: {is: CsvTabel, at: 'https://e.org/t'}\n",
        "stages:\n  a: {runn: echo, takes: {x: tt}, with: {d: $params.dept}}\n",
    ]
    said = set()
    for order in ((0, 1, 2), (2, 1, 0), (1, 2, 0)):
        text = head + "".join(parts[i] for i in order)
        found = Project(Path("/nowhere")).analyze(Path("/nowhere/x.mline.yaml"), text).diagnostics
        said.add(tuple(sorted((d.code, d.message) for d in found)))
    assert len(said) == 1


# -- sweeps ----------------------------------------------------------------------------------------

NOWHERE = Span(0, 0)


@given(
    st.floats(1e-6, 1e3),
    st.floats(1.001, 1e6),
    st.integers(2, 50),
    st.sampled_from(["linear", "log"]),
)
@settings(max_examples=200, deadline=None)
def test_a_range_has_both_ends_and_as_many_steps_as_said(
    low: float, factor: float, steps: int, scale: str
) -> None:
    sweep = Sweep(
        NOWHERE,
        {Word("x", NOWHERE): Range(low, low * factor, steps, scale, whole=False, span=NOWHERE)},
    )
    points = expand(sweep, Collector(SourceFile("x", "")))
    assert points is not None
    values = [point["values"]["x"] for point in points]
    assert (values[0], values[-1], len(values)) == (low, low * factor, steps)
    assert values == sorted(values)


@given(st.integers(0, 2**31), st.integers(1, 40))
@settings(max_examples=60, deadline=None)
def test_a_random_search_draws_distinct_points_within_bounds_and_always_the_same(
    seed: int, trials: int
) -> None:
    over = {
        Word("n", NOWHERE): Range(1, 1000, None, "log", whole=True, span=NOWHERE),
        Word("k", NOWHERE): ("a", "b"),
    }
    sweep = Sweep(NOWHERE, over, "random", trials, None, seed)
    points = expand(sweep, Collector(SourceFile("x", "")))
    assert points is not None
    assert points == expand(sweep, Collector(SourceFile("x", "")))
    assert len({point["name"] for point in points}) == len(points) <= min(trials, MAX_POINTS)
    for point in points:
        assert 1 <= point["values"]["n"] <= 1000
        assert isinstance(point["values"]["n"], int)
        assert point["values"]["k"] in ("a", "b")
