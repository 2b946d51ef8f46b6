"""Findings in four forms, and the snippets that people see."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mline_airflow.dag_factory.diagnostic import Diagnostic, Edit, Fix, Related, catalogue
from mline_airflow.dag_factory.text import SourceFile, Span
from mline_airflow.reporters import FORMATS, Report, render
from mline_airflow.reporters.explain import explain, rules
from mline_airflow.reporters.snippet import cells, display, snippet

TEXT = """mline: 1
experiment: iris
stages:
  fit:
    takes: {data: split.trian}
    gives:
      model: Model
"""
SOURCE = SourceFile("iris.mline.yaml", TEXT)


def span(word: str, source: SourceFile = SOURCE) -> Span:
    start = source.text.index(word)
    return Span(start, start + len(word))


def finding(**changes: Any) -> Diagnostic:
    one = Diagnostic("unknown-port", "error", "there is no port 'trian'", SOURCE, span("trian"))
    return one._replace(**changes)


def text(*found: Diagnostic, colour: bool = False) -> str:
    return render(Report.of(["iris.mline.yaml"], found), "text", colour=colour)


def test_text_has_place_message_line_and_carets() -> None:
    assert text(finding()) == (
        "iris.mline.yaml:5:25: error unknown-port: there is no port 'trian'\n"
        "  |\n"
        "5 |     takes: {data: split.trian}\n"
        "  |                         ^^^^^\n"
        "\n"
        "1 error in 1 file\n"
    )


def test_text_shows_related_places_and_the_fix() -> None:
    related = (Related(SOURCE, span("fit"), "the stage is here"),)
    fix = Fix("change 'trian' to 'train'", (Edit(span("trian"), "train"),))
    shown = text(finding(related=related, fix=fix))
    assert "iris.mline.yaml:4:3: note: the stage is here\n  |\n4 |   fit:\n  |   ^^^\n" in shown
    assert "  = fix: change 'trian' to 'train'" in shown


def test_gutters_of_one_finding_are_as_wide_as_its_greatest_number() -> None:
    source = SourceFile("x", "\n" * 99 + "last: 1\n")
    shown = text(finding(source=source, span=Span(99, 103)))
    assert "    |\n100 | last: 1\n    | ^^^^\n" in shown


def test_span_over_two_lines_marks_both() -> None:
    start, end = TEXT.index("gives"), TEXT.index("Model") + 5
    lines = snippet(SOURCE, Span(start, end))
    assert [(line.number, line.text, line.carets) for line in lines] == [
        (6, "    gives:", "    ^^^^^^"),
        (7, "      model: Model", "      ^^^^^^^^^^^^"),
    ]


def test_span_over_many_lines_leaves_the_middle_out() -> None:
    lines = snippet(SOURCE, Span(0, len(TEXT)))
    assert [line.number for line in lines] == [1, 0, 7]
    assert "…" in text(finding(span=Span(0, len(TEXT))))


def test_span_that_ends_at_a_line_break_stays_on_its_line() -> None:
    lines = snippet(SOURCE, Span(0, TEXT.index("\n") + 1))
    assert [(line.number, line.carets) for line in lines] == [(1, "^^^^^^^^")]


@pytest.mark.parametrize(
    ("line", "word", "carets"),
    [
        ("\ta: bc", "bc", "       ^^"),
        ("  \ta: bc", "bc", "       ^^"),
        ("用户: bc", "bc", "      ^^"),
        ("a: 用户 x", "用户", "   ^^^^"),
        ("a: e\u0301e bc", "bc", "      ^^"),
        ("a: 🙂 bc", "bc", "      ^^"),
    ],
)
def test_carets_stand_under_the_word_in_cells(line: str, word: str, carets: str) -> None:
    source = SourceFile("x", line)
    assert snippet(source, span(word, source))[0].carets == carets


def test_empty_span_gets_one_caret_at_the_end_too() -> None:
    source = SourceFile("x", "abc")
    assert snippet(source, Span(3, 3))[0].carets == "   ^"


def test_file_cannot_send_commands_to_the_terminal() -> None:
    source = SourceFile("x", "a: \x1b[2J\x07\u202e\x9b b")
    shown = snippet(source, span("b", source))[0].text
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e]", shown)


def test_long_line_is_cut_around_the_span() -> None:
    source = SourceFile("x", "a" * 500 + "NEEDLE" + "b" * 500)
    line = snippet(source, span("NEEDLE", source))[0]
    assert len(line.text) <= 130
    at = line.carets.index("^")
    assert line.text[at : at + 6] == "NEEDLE"


@given(st.text(max_size=60), st.integers(0, 60), st.integers(0, 60))
def test_every_span_of_every_text_can_be_shown(body: str, start: int, length: int) -> None:
    source = SourceFile("x", body)
    start = min(start, len(body))
    for line in snippet(source, Span(start, min(start + length, len(body)))):
        assert "\n" not in line.text
        assert line.number == 0 or line.carets.strip()
        assert set(line.carets) <= {" ", "^"}


@given(st.text(max_size=40))
def test_cells_of_characters_add_up(body: str) -> None:
    shown, starts = display(body)
    assert starts[-1] == sum(map(cells, shown))
    assert starts == sorted(starts)


def test_colours_change_nothing_but_colours() -> None:
    found = finding(related=(Related(SOURCE, span("fit"), "here"),), fix=Fix("f", ()))
    coloured = text(found, colour=True)
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == text(found)


def test_summary_counts_and_says_where() -> None:
    found = [finding(), finding(code="x", severity="warning"), finding(code="y", severity="info")]
    report = Report.of(["a", "b"], found)
    assert report.summary == "1 error, 1 warning and 1 hint in 2 files"
    assert Report.of(["a"], []).summary == "no problems in 1 file"


def test_findings_are_sorted_and_told_once() -> None:
    late, early = finding(), finding(span=Span(0, 5))
    assert Report.of([], [late, early, late]).diagnostics == (early, late)


def test_json_has_every_part() -> None:
    fix = Fix("change", (Edit(span("trian"), "train"),))
    related = (Related(SOURCE, span("fit"), "here"),)
    data = json.loads(
        render(Report.of(["iris.mline.yaml"], [finding(fix=fix, related=related)]), "json")
    )
    place = {"line": 5, "column": 25, "offset": 65}
    end = {"line": 5, "column": 30, "offset": 70}
    assert data["summary"] == {"files": 1, "errors": 1, "warnings": 0, "infos": 0}
    assert data["diagnostics"] == [
        {
            "code": "unknown-port",
            "severity": "error",
            "message": "there is no port 'trian'",
            "file": "iris.mline.yaml",
            "start": place,
            "end": end,
            "related": [
                {
                    "message": "here",
                    "file": "iris.mline.yaml",
                    "start": {"line": 4, "column": 3, "offset": 36},
                    "end": {"line": 4, "column": 6, "offset": 39},
                }
            ],
            "fix": {"title": "change", "edits": [{"start": place, "end": end, "text": "train"}]},
        }
    ]


def sarif(*found: Diagnostic) -> Any:
    return json.loads(render(Report.of(["a b/ü.mline.yaml"], found), "sarif"))


def test_sarif_has_the_keys_that_the_standard_asks_for() -> None:
    log = sarif(finding(related=(Related(SOURCE, span("fit"), "here"),)))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    assert run["tool"]["driver"]["name"] == "mline"
    (result,) = run["results"]
    assert result["message"]["text"]
    assert result["level"] == "error"
    (location,) = result["locations"]
    region = location["physicalLocation"]["region"]
    assert region == {"startLine": 5, "startColumn": 25, "endLine": 5, "endColumn": 30}
    assert run["columnKind"] == "unicodeCodePoints"
    (related,) = result["relatedLocations"]
    assert related["message"]["text"] == "here"


def test_sarif_rules_have_help_from_the_catalogue() -> None:
    found = [finding(), finding(code="own-rule", severity="info"), finding(code="yaml-syntax")]
    (run,) = sarif(*found)["runs"]
    rules_ = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules_] == ["own-rule", "unknown-port", "yaml-syntax"]
    for result in run["results"]:
        assert rules_[result["ruleIndex"]]["id"] == result["ruleId"]
    assert rules_[1]["help"]["text"] == catalogue()["unknown-port"].explanation
    assert {rule.get("defaultConfiguration", {}).get("level") for rule in rules_} <= {
        None,
        "error",
        "warning",
        "note",
    }


def test_sarif_paths_are_uris() -> None:
    (run,) = sarif()["runs"]
    assert run["artifacts"][0]["location"]["uri"] == "a%20b/%C3%BC.mline.yaml"
    outside = SourceFile("/tmp/x y.mline.yaml", TEXT)
    (run,) = sarif(finding(source=outside))["runs"]
    place = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place == {"uri": "file:///tmp/x%20y.mline.yaml"}


def test_sarif_fix_replaces_the_region() -> None:
    fix = Fix("change", (Edit(span("trian"), "train"),))
    (run,) = sarif(finding(fix=fix))["runs"]
    (change,) = run["results"][0]["fixes"][0]["artifactChanges"]
    (replacement,) = change["replacements"]
    assert replacement["insertedContent"] == {"text": "train"}
    assert replacement["deletedRegion"]["endColumn"] == 30


def github(*found: Diagnostic) -> list[str]:
    return render(Report.of(["x"], found), "github").splitlines()


def test_github_annotation_names_the_place() -> None:
    assert github(finding())[0] == (
        "::error file=iris.mline.yaml,line=5,endLine=5,col=25,endColumn=29,title=unknown-port"
        "::there is no port 'trian'"
    )


def test_github_annotation_is_escaped() -> None:
    source = SourceFile("a,b:c%.mline.yaml", TEXT)
    related = (Related(SOURCE, span("fit"), "50%\r\nmore"),)
    line = github(
        finding(source=source, related=related, severity="info", message="100%\nyes: a,b")
    )[0]
    assert line.startswith("::notice file=a%2Cb%3Ac%25.mline.yaml,")
    assert line.endswith("::100%25%0Ayes: a,b%0Airis.mline.yaml:4:3: 50%25%0D%0Amore")


def test_github_annotation_over_lines_has_no_columns() -> None:
    assert ",col=" not in github(finding(span=Span(0, len(TEXT))))[0]


@pytest.mark.parametrize("form", FORMATS)
def test_every_form_tells_of_no_findings(form: str) -> None:
    assert render(Report.of(["a"], []), form)


def test_every_code_of_the_catalogue_and_of_the_rules_can_be_explained() -> None:
    known = {**catalogue(), **rules()}
    assert "metric-on-training-data" in known
    for code, info in known.items():
        shown = explain(code, info)
        assert shown.startswith(f"{info.severity} {code}\n")
        assert len(shown.splitlines()) >= 4
