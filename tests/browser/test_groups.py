"""Groups on the canvas collapse to one node and open again: by mouse, keys and in the tree."""

from __future__ import annotations

import re
from collections.abc import Callable

from editor_page import EditorPage
from playwright.sync_api import expect

TEXT = """\
mline: 1
experiment: groups
params: {seed: 1, depth: 2}
services:
  db: {image: 'postgres:17', offers: {sql: 5432}}
  cache: {image: 'redis:7', offers: {redis: 6379}}
entities:
  rows: {is: CsvTable, at: ./rows.csv}
  rate: Accuracy
stages:
  split:
    is: Split
    uses: [db, cache]
    takes: {table: rows}
    gives: {train: CsvTable, test: CsvTable}
    run: 'true'
    with: {seed: $params.seed}
  fit:
    is: Train
    uses: [cache]
    takes: {data: split.train}
    gives: {model: Model}
    run: 'true'
    with: {depth: $params.depth}
    sweep: {over: {depth: [1, 2, 3]}, pick: max rate}
  score:
    is: Evaluate
    takes: {model: fit.model, data: split.test}
    gives: {value: rate}
    run: 'true'
  publish:
    takes: {model: fit.model}
    run: 'true'
"""

Open = Callable[..., EditorPage]
CHOSEN = re.compile("selected")


def edges(editor: EditorPage) -> list[str]:
    """Return the ends of all drawn edges, as `source>target`."""
    script = """(edges) => edges.map((edge) => edge.getAttribute('aria-label'))"""
    found = editor.page.locator(".react-flow__edge").evaluate_all(script)
    return sorted(label.removeprefix("Edge from ").replace(" to ", ">") for label in found)


def test_a_sweep_collapses_by_its_button_and_opens_by_its_node(open_editor: Open) -> None:
    editor = open_editor(TEXT)
    frame = editor.frame("stage:fit")
    expect(frame).to_contain_text("3 instances over depth")
    frame.get_by_role("button", name="Collapse the sweep of fit").click()
    expect(frame).not_to_be_attached()
    expect(editor.node("stage:score")).not_to_be_attached()
    # What led to and from a hidden stage leads to and from its home.
    found = edges(editor)
    assert "stage:fit>entity:rate" in found
    assert "stage:split>stage:fit" in found
    assert not [one for one in found if "stage:score" in one]
    row = editor.row("sweep of fit")
    expect(row).to_have_attribute("aria-expanded", "false")
    expect(editor.row("score")).not_to_be_attached()
    editor.node("stage:fit").get_by_role("button", name="Open fit").click()
    expect(editor.node("stage:score")).to_be_visible()
    expect(row).to_have_attribute("aria-expanded", "true")
    assert editor.text() == TEXT


def test_services_collapse_to_one_node_of_their_lane(open_editor: Open) -> None:
    editor = open_editor(TEXT)
    before = editor.at_rest("service:db")
    editor.frame("services").get_by_role("button", name="Collapse the services").click()
    expect(editor.node("service:db")).not_to_be_attached()
    expect(editor.node("services")).to_contain_text("2 services")
    assert [one for one in edges(editor) if one.startswith("service")] == [
        "services>stage:fit",
        "services>stage:split",
    ]
    expect(editor.row("Services")).to_have_attribute("aria-expanded", "false")
    # The node is all that it holds: choosing it chooses them, and `S` opens it.
    editor.choose("services")
    expect(editor.inspector).to_contain_text("2 nodes")
    editor.press("s")
    expect(editor.node("service:cache")).to_have_class(CHOSEN)
    assert editor.at_rest("service:db") == before


def test_parameters_collapse_when_they_are_shown(open_editor: Open) -> None:
    editor = open_editor(TEXT)
    editor.press("p")
    expect(editor.node("param:seed")).to_be_visible()
    # The tree and the canvas are one: what is closed here is closed there.
    editor.row("Parameters").focus()
    editor.press("ArrowLeft")
    expect(editor.node("param:seed")).not_to_be_attached()
    expect(editor.node("params")).to_contain_text("seed, depth")
    assert {"params>stage:fit", "params>stage:split"} <= set(edges(editor))
    editor.press("ArrowRight")
    expect(editor.node("param:depth")).to_be_visible()


def test_chosen_nodes_become_a_group_that_collapses(open_editor: Open) -> None:
    editor = open_editor(TEXT)
    editor.choose("stage:fit")
    editor.node("stage:split").locator(".node-name").click(modifiers=["Shift"])
    editor.press("g")
    dialog = editor.page.get_by_role("dialog", name="Group 2 nodes")
    dialog.get_by_label("Name").fill("Learning")
    editor.press("Enter")
    frame = editor.frame("own:1")
    expect(frame).to_contain_text("Learning")
    # The sweep of a stage is in the group as a whole, with its frame inside.
    outer, inner = frame.bounding_box(), editor.frame("stage:fit").bounding_box()
    assert outer is not None
    assert inner is not None
    assert outer["x"] < inner["x"]
    assert outer["width"] > inner["width"]
    editor.choose("stage:split")
    editor.press("s")
    group = editor.node("own:1")
    expect(group).to_contain_text("split → fit → score")
    expect(editor.frame("stage:fit")).not_to_be_attached()
    assert {"entity:rows>own:1", "own:1>entity:rate", "own:1>stage:publish"} <= set(edges(editor))
    expect(editor.row("Learning")).to_have_attribute("aria-expanded", "false")
    # It is kept beside the file.
    editor.page.reload()
    expect(group).to_be_visible()
    assert editor.text() == TEXT
    group.get_by_role("button", name="Open Learning").click()
    frame.get_by_role("button", name="Rename Learning").click()
    dialog = editor.page.get_by_role("dialog", name="Rename Learning")
    expect(dialog.get_by_label("Name")).to_have_value("Learning")
    dialog.get_by_label("Name").fill("Fitting")
    dialog.get_by_role("button", name="Rename").click()
    expect(frame).to_contain_text("Fitting")
    expect(editor.row("Fitting")).to_be_visible()
    editor.choose("stage:split")
    editor.press("Shift+G")
    expect(frame).not_to_be_attached()
    expect(editor.node("stage:fit")).to_be_visible()


def test_arrows_go_into_a_collapsed_group_and_out_of_it(open_editor: Open) -> None:
    editor = open_editor(TEXT)
    editor.flow("right")
    editor.choose("stage:score")
    editor.press("s")
    expect(editor.node("stage:score")).not_to_be_attached()
    # The chosen stage is hidden: what stands for it is drawn as chosen.
    expect(editor.node("stage:fit")).to_have_class(CHOSEN)
    editor.press("ArrowLeft")
    expect(editor.node("stage:split")).to_have_class(CHOSEN)
    editor.press("ArrowRight")
    expect(editor.node("stage:fit")).to_have_class(CHOSEN)
    editor.press("ArrowRight")
    expect(editor.node("stage:fit")).not_to_have_class(CHOSEN)


def test_all_groups_collapse_by_one_key(open_editor: Open) -> None:
    editor = open_editor(TEXT)
    editor.page.locator(".canvas").focus()
    editor.press("Shift+S")
    expect(editor.node("services")).to_be_visible()
    expect(editor.node("stage:score")).not_to_be_attached()
    editor.press("Shift+S")
    expect(editor.node("service:db")).to_be_visible()
    expect(editor.node("stage:score")).to_be_visible()


def test_a_group_that_is_moved_takes_its_members_along(open_editor: Open) -> None:
    editor = open_editor(TEXT)
    score, fit = (editor.node(f"stage:{name}").bounding_box() for name in ("score", "fit"))
    assert score is not None
    assert fit is not None
    apart = (round(score["x"] - fit["x"]), round(score["y"] - fit["y"]))
    editor.choose("stage:fit")
    editor.press("s")
    expect(editor.node("stage:score")).not_to_be_attached()
    editor.drag(editor.node("stage:fit").locator(".node-name"), editor.frame("services"))
    editor.press("s")
    expect(editor.node("stage:score")).to_be_attached()
    after, home = (editor.node(f"stage:{name}").bounding_box() for name in ("score", "fit"))
    assert after is not None
    assert home is not None
    assert home != fit
    assert abs(after["x"] - home["x"] - apart[0]) <= 2
    assert abs(after["y"] - home["y"] - apart[1]) <= 2


def test_a_renamed_node_stays_where_it_is_and_in_its_group(open_editor: Open) -> None:
    editor = open_editor(TEXT)
    before = editor.node("stage:publish").bounding_box()
    editor.choose("stage:publish")
    editor.press("F2")
    editor.page.keyboard.type("announce")
    editor.press("Enter")
    expect(editor.node("stage:announce")).to_have_class(CHOSEN)
    after = editor.node("stage:announce").bounding_box()
    assert before is not None
    assert after is not None
    assert abs(after["y"] - before["y"]) < 1
    editor.choose("stage:fit")
    editor.press("s", "F2")
    editor.page.keyboard.type("learn")
    editor.press("Enter")
    expect(editor.node("stage:learn")).to_contain_text("learn → score")
