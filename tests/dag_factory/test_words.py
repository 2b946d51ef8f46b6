"""Small readers of single words: durations, quantities, cron lines, references, suggestions."""

from __future__ import annotations

import pytest
from croniter import croniter

from mline_airflow.dag_factory.adapters import MAX_STEPS, find_chain, is_lossy, would_fit
from mline_airflow.dag_factory.build_library import build_library
from mline_airflow.dag_factory.builtin import builtin
from mline_airflow.dag_factory.cron import cron_problem
from mline_airflow.dag_factory.diagnostic import Collector, one_line
from mline_airflow.dag_factory.join import build_types
from mline_airflow.dag_factory.library import TypeNetwork
from mline_airflow.dag_factory.quantities import cpu, duration, memory, shown_duration
from mline_airflow.dag_factory.reference import Reference, parse_reference
from mline_airflow.dag_factory.schema_check import fits, schema_problem, value_problem
from mline_airflow.dag_factory.suggest import did_you_mean, listing, nearest, one, same_elsewhere
from mline_airflow.dag_factory.text import SourceFile, Span
from mline_airflow.dag_factory.tree import parse

# -- durations and quantities ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("30m", 1800),
        ("2h", 7200),
        ("1d", 86400),
        ("1h30m", 5400),
        ("1.5h", 5400),
        ("0s", 0),
    ],
)
def test_a_duration_has_seconds(text: str, seconds: float) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "30", "s", "30 m", "1m1h", "-1s", "1w", "1e3s", "½h", "1" * 40 + "s"]
)
def test_what_is_no_duration(text: str) -> None:
    assert duration(text) is None


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (5, "5s"), (90, "1m30s"), (1800, "30m"), (7200, "2h"), (90061.5, "1d1h1m1.5s")],
)
def test_seconds_are_shown_as_a_duration_that_reads_back(seconds: float, text: str) -> None:
    assert shown_duration(seconds) == text
    assert duration(text) == seconds


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("512Mi", 512 * 2**20),
        ("4Gi", 4 * 2**30),
        ("1.5Gi", 3 * 2**29),
        ("1k", 1000),
        ("2G", 2 * 10**9),
        ("5", 5),
    ],
)
def test_an_amount_of_memory_has_bytes(text: str, size: int) -> None:
    assert memory(text) == size


@pytest.mark.parametrize("text", ["", "512MB", "4 Gi", "-1Gi", "Gi", "0", "1K"])
def test_what_is_no_amount_of_memory(text: str) -> None:
    assert memory(text) is None


@pytest.mark.parametrize(("text", "cores"), [("2", 2), ("0.5", 0.5), ("250m", 0.25)])
def test_an_amount_of_cores(text: str, cores: float) -> None:
    assert cpu(text) == cores


@pytest.mark.parametrize("text", ["", "two", "0", "-1", "1.5m", "1 ", "0m"])
def test_what_is_no_amount_of_cores(text: str) -> None:
    assert cpu(text) is None


# -- cron, against the parser that Airflow uses ----------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        *(
            "0 6 * * *",
            "*/15 * * * *",
            "0 0 1,15 * *",
            "0 6 * * 1-5",
            "0 6 * * mon-fri",
            "5 4 * jan sun",
        ),
        *(
            "0 0 l * *",
            "0 0 * * 5#2",
            "0-30/10 0 * * 7",
            "0 0 * * *",
            "59 23 31 12 0",
            "0 0 * * sun#1",
        ),
        *(
            "61 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * 32 * *",
            "* * * 13 *",
            "* * * * 8",
            "* * * foo *",
        ),
        *(
            "a b c d e",
            "*/0 * * * *",
            "1- * * * *",
            ", * * * *",
            "* * * *",
            "-1 * * * *",
            "* * * * mon#6",
        ),
    ],
)
def test_a_cron_line_is_one_exactly_when_airflow_can_read_it(line: str) -> None:
    assert (cron_problem(line) == "") == croniter.is_valid(line)


# -- references ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("table", ("table", "", "")),
        ("split.train", ("split", "train", "")),
        ("fit[*].model", ("fit", "model", "*")),
        ("fit[depth=4, rate=0.1].model", ("fit", "model", "depth=4,rate=0.1")),
    ],
)
def test_a_reference_has_parts(text: str, parts: tuple[str, str, str]) -> None:
    assert parse_reference(text) == Reference(*parts)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Table",
        "a.b.c",
        "a.",
        ".a",
        "a[*]",
        "a[].b",
        "a[ ].b",
        "a[[x]].b",
        "a b",
        "$a",
        "a-b",
        "a" * 2000,
    ],
)
def test_what_is_no_reference(text: str) -> None:
    assert parse_reference(text) is None


# -- suggestions -----------------------------------------------------------------------------------


def test_the_nearest_word_is_suggested_only_when_it_is_near() -> None:
    assert nearest("stges", ["stages", "services"]) == "stages"
    assert nearest("STAGES", ["stages"]) == "stages"
    assert nearest("retry-delay", ["retry_delay"]) == "retry_delay"
    assert nearest("banana", ["stages", "services"]) is None
    assert nearest("x" * 100_000, ["stages"]) is None
    assert nearest("x", []) is None


def test_a_fix_replaces_exactly_the_word() -> None:
    hint, fix = did_you_mean("stges", ["stages"], Span(3, 8))
    assert hint == "; did you mean 'stages'?"
    assert fix is not None
    assert fix.edits[0].span == Span(3, 8)
    assert did_you_mean("zzz", ["stages"], Span(0, 3)) == ("", None)


def test_words_of_other_systems_are_known_where_they_have_a_meaning() -> None:
    assert same_elsewhere("depends_on", ["after", "run"]) == "after"
    assert same_elsewhere("depends_on", ["image"]) == ""
    assert same_elsewhere("nothing", ["after"]) == ""


def test_lists_and_articles_for_people() -> None:
    assert listing([]) == "none"
    assert listing(["a", "b"]) == "'a', 'b'"
    assert listing(map(str, range(10)), 2) == "'0', '1' and 8 more"
    assert (one("Model"), one("Evaluate")) == ("a 'Model'", "an 'Evaluate'")


def test_a_message_is_one_line_without_control_characters() -> None:
    assert one_line("a\nb\x1b[31m\u202ec") == "a b [31m c"
    assert len(one_line("x" * 5000)) == 1000


# -- JSON Schema -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "integer"}, 3),
        ({"type": "integer"}, 3.0),
        ({"type": "number", "minimum": 0, "maximum": 1}, 0.5),
        ({"type": ["string", "null"]}, None),
        ({"enum": [1, "a", None]}, "a"),
        ({"type": "array", "items": {"type": "integer"}}, [1, 2]),
        ({"type": "object", "required": ["a"]}, {"a": 1}),
        ({}, {"anything": []}),
        ({"enum": [1.0]}, 1),
    ],
)
def test_a_value_that_fits(schema: dict[str, object], value: object) -> None:
    assert value_problem(schema, value) is None


@pytest.mark.parametrize(
    ("schema", "value", "words"),
    [
        ({"type": "integer"}, True, "true is not of type integer"),
        ({"type": "integer"}, "3", "'3' is not of type integer"),
        ({"type": ["string", "null"]}, 1, "1 is not of type string or null"),
        ({"enum": ["a", 1]}, "b", "'b' is not one of 'a', 1"),
        ({"const": 1}, 2, "2 is not 1"),
        ({"minimum": 0}, -1, "-1 is less than the minimum of 0"),
        ({"exclusiveMaximum": 1}, 1, "1 is greater than or equal to the maximum of 1"),
        ({"items": {"type": "string"}}, ["a", 1], "1 is not of type string (at '1')"),
        ({"uniqueItems": True}, [1, 1], "[1, 1] has an item twice"),
        ({"$ref": "https://example.org/schema"}, 1, "its schema cannot be used"),
    ],
)
def test_a_value_that_does_not_fit(schema: dict[str, object], value: object, words: str) -> None:
    problem = value_problem(schema, value)
    assert problem is not None
    assert words in problem


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "strng"}, "did you mean 'string'?"),
        ({"pattern": "["}, "'[' is not a regular expression"),
        ({"minimum": "a"}, "'a' is not of type number"),
        ({"enum": 3}, "3 is not of type array"),
    ],
)
def test_what_is_no_schema(schema: dict[str, object], words: str) -> None:
    problem = schema_problem(schema)
    assert problem is not None
    assert words in problem


def test_the_quick_check_leaves_to_the_validator_what_it_does_not_know() -> None:
    assert fits({"type": "string", "pattern": "a"}, "a") is None
    assert fits({"type": "string"}, "a") is True
    assert fits({"type": "string"}, 1) is False


# -- adapters --------------------------------------------------------------------------------------


def network(adapters: str, types: str = "ABCDEFGHIJ") -> TypeNetwork:
    text = "mline: 1\nlibrary: lab\ntypes:\n"
    text += "".join(f"  {name}: {{is: Dataset}}\n" for name in types)
    text += f"  Special: {{is: A}}\nadapters:\n{adapters}"
    found = Collector(SourceFile("x", text))
    library, core = build_library(parse(found), found), builtin("core")
    assert library is not None
    assert core is not None
    assert found.found == []
    return build_types([core[0], library], ["core", "lab"])


def adapter(name: str, from_: str, to: str, more: str = "lossless: true") -> str:
    return f"  {name}: {{from: {from_}, to: {to}, run: x, {more}}}\n"


def chain(types: TypeNetwork, given: str, wanted: str) -> list[str] | None:
    found = find_chain(types, f"lab.{given}", f"lab.{wanted}")
    return None if found is None else [a.name for a in found]


def test_the_cheapest_chain_wins_not_the_shortest() -> None:
    types = network(
        adapter("direct", "A", "C", "lossless: true, cost: 5")
        + adapter("first", "A", "B")
        + adapter("second", "B", "C")
    )
    assert chain(types, "A", "C") == ["first", "second"]


def test_a_chain_that_loses_nothing_wins_over_a_cheap_one() -> None:
    types = network(
        adapter("lossy", "A", "C", "cost: 0.1")
        + adapter("x", "A", "B", "lossless: true, cost: 90")
        + adapter("y", "B", "C")
    )
    assert chain(types, "A", "C") == ["x", "y"]


def test_a_lossy_chain_is_found_when_there_is_no_other() -> None:
    types = network(adapter("lossy", "A", "B", "lossless: false"))
    found = find_chain(types, "lab.A", "lab.B")
    assert found is not None
    assert is_lossy(found)


def test_a_subtype_is_adapted_as_its_parent() -> None:
    assert chain(network(adapter("x", "A", "B")), "Special", "B") == ["x"]


def test_of_equal_chains_the_one_whose_names_come_first_wins() -> None:
    types = network(adapter("zeta", "A", "B") + adapter("alpha", "A", "B"))
    assert chain(types, "A", "B") == ["alpha"]


def test_circles_end_and_long_chains_are_not_made() -> None:
    circle = network(adapter("x", "A", "B") + adapter("y", "B", "A"))
    assert chain(circle, "A", "C") is None
    names = "ABCDEFGHIJ"
    long = network("".join(adapter(f"s{i}", names[i], names[i + 1]) for i in range(len(names) - 1)))
    assert chain(long, "A", names[MAX_STEPS]) == [f"s{i}" for i in range(MAX_STEPS)]
    assert chain(long, "A", names[MAX_STEPS + 1]) is None


def test_what_would_fit_is_named() -> None:
    types = network(adapter("x", "A", "C") + adapter("y", "B", "C"))
    assert would_fit(types, "lab.C") == ["lab.A", "lab.B"]
