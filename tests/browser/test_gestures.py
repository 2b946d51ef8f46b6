"""Every gesture of the editor, by hand in a browser, and what it makes of the file."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from editor_page import EditorPage
from playwright.sync_api import expect

TEXT = """\
mline: 1
experiment: flowers
use: [sklearn]  # libraries

params:
  seed: 7  # by which all is drawn

entities:
  flowers: {is: CsvTable, at: ./flowers.csv}   # measured by hand
  rate: {is: Accuracy, measures: fit.model, measured_on: split.test}

stages:
  # A comment that stays.
  split:
    is: Split
    takes: {table: flowers}
    gives: {train: CsvTable, test: CsvTable}
    run: 'true'
  fit:
    is: Train
    takes:
      data: split.train   # only what it may see
    gives: {model: SklearnModel}
    run: "true"
    with: {depth: 3, seed: $params.seed}
  score:
    is: Evaluate
    takes: {model: fit.model, data: split.test}
    gives: {value: rate}
    run: 'true'
"""

Open = Callable[..., EditorPage]


def changed(after: str, *parts: tuple[str, str]) -> None:
    """Assert that the file is the text with these parts replaced, and nothing else."""
    wanted = TEXT
    for old, new in parts:
        assert wanted.count(old) == 1, old
        wanted = wanted.replace(old, new)
    assert after == wanted


def test_opening_shows_the_graph_the_outline_and_the_source(open_editor: Open) -> None:
    editor = open_editor(TEXT)
    for node in ("stage:split", "stage:fit", "stage:score", "entity:flowers", "entity:rate"):
        expect(editor.node(node)).to_be_visible()
    expect(editor.edge("data:stage:split.train->stage:fit.data")).to_be_attached()
    assert editor.text() == TEXT
    names = editor.page.get_by_role("treeitem", level=2).all_inner_texts()
    assert [name.split("\n")[0] for name in names] == [
        "split",
        "fit",
        "score",
        "flowers",
        "rate",
        "seed",
    ]


def test_dragging_from_port_to_port_connects(open_editor: Open) -> None:
    editor = open_editor(TEXT)
    editor.drag(editor.socket("stage:split", "out:test"), editor.socket("stage:fit", "in:valid"))
    expect(editor.edge("data:stage:split.test->stage:fit.valid")).to_be_attached()
    changed(
        editor.save(),
        ("      data: split.train   # only what it may see\n",
         "      data: split.train   # only what it may see\n      valid: split.test\n"),
    )  # fmt: skip


def test_dragging_backwards_connects_as_well(open_editor: Open) -> None:
    editor = open_editor(TEXT)
    editor.drag(editor.socket("stage:fit", "in:valid"), editor.socket("stage:split", "out:test"))
    expect(editor.edge("data:stage:split.test->stage:fit.valid")).to_be_attached()


def test_a_port_says_at_the_pointer_why_it_refuses(open_editor: Open) -> None:
    editor = open_editor(TEXT)
    start, end = editor.socket("stage:split", "out:test"), editor.socket("stage:score", "in:model")
    editor.drag(start, end, drop=False)
    expect(end).to_have_class(re.compile("refuses"))
    expect(editor.socket("stage:fit", "in:valid")).to_have_class(re.compile("accepts"))
    hint = editor.page.locator(".connection-hint")
    expect(hint).to_contain_text("'model' takes Model, and 'split.test' is CsvTable")
    editor.page.mouse.up()
    menu = editor.page.get_by_role("menu")
    expect(menu).to_contain_text("'model' takes Model")
    menu.get_by_role("menuitem", name="Leave it").click()
    assert editor.text() == TEXT


def test_what_does_not_fit_can_be_connected_as_a_problem(open_editor: Open) -> None:
    editor = open_editor(TEXT)
    editor.drag(editor.socket("stage:split", "out:test"), editor.socket("stage:score", "in:model"))
    editor.page.get_by_role("menuitem", name="Connect all the same").click()
    editor.checked()
    expect(editor.page.locator(".edge-label.error")).to_contain_text("port-type-mismatch")
    expect(editor.node("stage:score").locator(".badge.error")).to_be_visible()
    expect(editor.inspector).to_contain_text("'score.model' takes 'Model'")
    changed(
        editor.save(),
        ("{model: fit.model, data: split.test}", "{model: split.test, data: split.test}"),
    )


def test_a_refused_port_offers_the_adapter(open_editor: Open) -> None:
    text = TEXT.replace("gives: {model: SklearnModel}", "gives: {model: sklearn.SkopsModel}")
    text = text.replace("{model: fit.model, data: split.test}", "{data: split.test}")
    text = text.replace("is: Evaluate", "is: sklearn.Evaluate").replace("    run: 'true'\n", "", 1)
    editor = open_editor(text)
    editor.drag(editor.socket("stage:fit", "out:model"), editor.socket("stage:score", "in:model"))
    editor.page.get_by_role("menuitem", name="Insert").click()
    editor.checked()
    expect(editor.page.locator(".edge-label").filter(has_text="skops_to_joblib")).to_be_visible()
    assert "model: fit.model" in editor.save()


def test_an_end_of_an_edge_can_be_moved(open_editor: Open) -> None:
    editor = open_editor(TEXT)
    edge = editor.edge("data:stage:split.train->stage:fit.data")
    edge.dispatch_event("click")
    handle = edge.locator(".react-flow__edgeupdater-source")
    editor.drag(handle, editor.socket("stage:split", "out:test"))
    expect(editor.edge("data:stage:split.test->stage:fit.data")).to_be_attached()
    changed(editor.save(), ("      data: split.train   #", "      data: split.test   #"))


def test_an_edge_let_go_over_nothing_stays(open_editor: Open) -> None:
    editor = open_editor(TEXT)
    edge = editor.edge("data:stage:split.train->stage:fit.data")
    edge.dispatch_event("click")
    editor.drag(
        edge.locator(".react-flow__edgeupdater-source"),
        editor.page.locator(".canvas-tools hr").first,
    )
    expect(edge).to_be_attached()
    assert editor.text() == TEXT


def test_a_chosen_edge_is_disconnected_by_a_key(open_editor: Open) -> None:
    editor = open_editor(TEXT)
    editor.edge("data:stage:split.test->stage:score.data").dispatch_event("click")
    expect(editor.inspector).to_contain_text("is taken by")
    editor.press("Delete")
    expect(editor.edge("data:stage:split.test->stage:score.data")).not_to_be_attached()
    changed(editor.save(), ("{model: fit.model, data: split.test}", "{model: fit.model}"))


def test_deleting_a_node_takes_its_references_along_and_undo_brings_all_back(
    open_editor: Open,
) -> None:
    editor = open_editor(TEXT)
    editor.choose("entity:rate")
    editor.press("Delete")
    expect(editor.node("entity:rate")).not_to_be_attached()
    assert "rate" not in editor.text()
    expect(editor.page.get_by_role("button", name="Undo: Delete rate")).to_be_enabled()
    editor.press("Control+z")
    expect(editor.node("entity:rate")).to_be_visible()
    assert editor.text() == TEXT


def test_a_node_from_the_palette_is_added_at_once(open_editor: Open) -> None:
    editor = open_editor(TEXT)
    editor.page.get_by_role("tab", name="Add").click()
    search = editor.page.get_by_role("combobox", name="Types that can be added")
    search.fill("precision")
    search.press("Enter")
    expect(editor.node("entity:precision")).to_have_class(re.compile("selected"))
    changed(
        editor.save(),
        ("measured_on: split.test}\n", "measured_on: split.test}\n  precision: Precision\n"),
    )


def test_a_type_is_dragged_from_the_palette_onto_the_canvas(open_editor: Open) -> None:
    editor = open_editor(TEXT)
    editor.page.get_by_role("tab", name="Add").click()
    editor.page.get_by_role("combobox", name="Types that can be added").fill("report")
    row = editor.page.get_by_role("option", name="Report").first
    canvas = editor.page.locator(".canvas").bounding_box()
    assert canvas is not None
    row.drag_to(
        editor.page.locator(".canvas .react-flow__pane"), target_position={"x": 60, "y": 90}
    )
    expect(editor.node("entity:report")).to_have_class(re.compile("selected"))
    made = editor.node("entity:report").bounding_box()
    assert made is not None
    assert abs(made["x"] - canvas["x"] - 60) < 3
    assert abs(made["y"] - canvas["y"] - 90) < 3
    changed(
        editor.save(),
        ("measured_on: split.test}\n", "measured_on: split.test}\n  report: Report\n"),
    )


def test_inferred_relations_are_drawn_when_asked_for(open_editor: Open) -> None:
    editor = open_editor(TEXT)
    relation = editor.page.locator(".react-flow__edge[data-id^='relation:']")
    expect(relation).to_have_count(0)
    editor.page.get_by_role("button", name="Show relations").click()
    # Nobody wrote that the model was trained on the data: the type of the stage says so.
    learned = editor.page.locator("[data-id='relation:stage:fit>stage:split']")
    expect(learned).to_be_attached()
    expect(editor.page.locator(".edge-label.relation", has_text="trained_on")).to_be_visible()
    editor.choose("entity:rate")
    expect(learned.locator(".relation")).to_have_class(re.compile("faint"))
    strong = editor.page.locator("[data-id='relation:entity:rate>stage:fit'] .relation")
    expect(strong).to_have_class(re.compile("strong"))
    editor.press("r")
    expect(relation).to_have_count(0)
    assert editor.text() == TEXT


def test_the_plus_of_a_port_offers_only_what_fits(open_editor: Open) -> None:
    editor = open_editor(TEXT)
    editor.choose("stage:fit")
    editor.page.get_by_role("button", name="Add what takes fit.model").click()
    menu = editor.page.get_by_role("dialog", name="Add a node")
    offered = menu.get_by_role("option").locator(".type-name").all_inner_texts()
    assert "Evaluate" in offered
    assert "Split" not in offered
    menu.get_by_role("combobox").fill("predict")
    menu.get_by_role("option").first.click()
    expect(editor.edge("data:stage:fit.model->stage:predict.model")).to_be_attached()
    assert "  predict:\n    is: core.Predict\n    takes: {model: fit.model}\n" in editor.save()


def test_letting_go_of_a_connection_over_nothing_offers_what_fits(open_editor: Open) -> None:
    editor = open_editor(TEXT)
    start = editor.socket("stage:fit", "out:model")
    editor.drag(start, editor.page.locator(".canvas-tools hr").first)
    expect(editor.page.get_by_role("dialog", name="Add a node")).to_contain_text(
        "What takes fit.model"
    )


def test_a_copy_gets_a_name_of_its_own(open_editor: Open) -> None:
    editor = open_editor(TEXT)
    editor.choose("stage:split")
    editor.press("Control+d")
    expect(editor.node("stage:split_2")).to_have_class(re.compile("selected"))
    after = editor.save()
    assert "  split_2:\n    is: Split\n    takes: {table: flowers}\n" in after
    assert after.startswith(TEXT[: TEXT.index("  fit:\n")])


def test_nodes_are_copied_and_pasted_with_what_they_have(open_editor: Open) -> None:
    editor = open_editor(TEXT)
    editor.choose("stage:fit")
    editor.press("Control+c", "Control+v")
    expect(editor.node("stage:fit_2")).to_be_visible()
    assert editor.text().count("with: {depth: 3, seed: $params.seed}") == 2


def test_renaming_changes_all_references_and_nothing_else(open_editor: Open) -> None:
    editor = open_editor(TEXT)
    editor.choose("stage:split")
    editor.press("F2")
    editor.page.get_by_role("textbox", name="Name of the stage").fill("cut")
    editor.press("Enter")
    expect(editor.node("stage:cut")).to_be_visible()
    assert editor.save() == TEXT.replace("split", "cut")


def test_a_name_that_cannot_be_is_refused_with_the_reason(open_editor: Open) -> None:
    editor = open_editor(TEXT)
    editor.choose("stage:split")
    editor.press("F2")
    editor.page.get_by_role("textbox", name="Name of the stage").fill("fit")
    editor.press("Enter")
    editor.toast("'fit' is the name of another stage")
    assert editor.text() == TEXT


def test_a_field_of_the_form_is_an_edit_of_its_value_alone(open_editor: Open) -> None:
    editor = open_editor(TEXT)
    editor.choose("stage:fit")
    field = editor.inspector.get_by_label("depth", exact=True)
    field.fill("5")
    field.press("Enter")
    changed(editor.save(), ("{depth: 3, seed", "{depth: 5, seed"))


def test_a_field_can_be_cleared(open_editor: Open) -> None:
    editor = open_editor(TEXT)
    editor.choose("stage:fit")
    editor.inspector.get_by_label("depth", exact=True).hover()
    editor.inspector.get_by_role("button", name="Clear depth").click()
    changed(editor.save(), ("{depth: 3, seed: $params.seed}", "{seed: $params.seed}"))


def test_a_field_can_take_a_parameter(open_editor: Open) -> None:
    editor = open_editor(TEXT)
    editor.choose("stage:fit")
    editor.inspector.get_by_label("depth", exact=True).hover()
    editor.inspector.get_by_role("button", name="Use a parameter for depth").click()
    editor.inspector.get_by_role("button", name="$params.seed", exact=True).click()
    changed(editor.save(), ("{depth: 3, seed: ", "{depth: $params.seed, seed: "))


def test_a_problem_stands_at_its_field(open_editor: Open) -> None:
    editor = open_editor(TEXT)
    editor.choose("stage:fit")
    editor.inspector.get_by_text("When and how").click()
    field = editor.inspector.get_by_label("Retries", exact=True)
    field.fill("-1")
    field.press("Enter")
    editor.checked()
    expect(editor.inspector.locator('[data-field="retries"] .field-error')).to_be_visible()


def test_a_stage_is_wrapped_in_a_sweep_and_collapses(open_editor: Open) -> None:
    editor = open_editor(TEXT)
    editor.choose("stage:fit")
    editor.press("w")
    dialog = editor.page.get_by_role("dialog")
    dialog.get_by_label("Over").fill("depth")
    dialog.get_by_label("Values").fill("[2, 4, 8]")
    dialog.get_by_label("Pick").select_option("max rate")
    dialog.get_by_role("button", name="Wrap in a sweep").click()
    editor.checked()
    expect(editor.node("stage:fit")).to_contain_text("3 instances over depth")
    expect(editor.frame("stage:fit")).to_contain_text("picks max rate")
    editor.choose("stage:fit")
    editor.press("s")
    expect(editor.node("stage:score")).not_to_be_attached()
    expect(editor.node("stage:fit")).to_contain_text("fit → score")
    editor.press("s")
    expect(editor.node("stage:score")).to_be_visible()
    after = editor.save()
    assert "    sweep: {over: {depth: [2, 4, 8]}, pick: max rate}\n" in after


def test_typing_redraws_the_graph_and_shares_the_history(open_editor: Open) -> None:
    editor = open_editor(TEXT)
    editor.choose("stage:fit")
    editor.press("Control+d")
    expect(editor.node("stage:fit_2")).to_be_visible()
    source = editor.page.get_by_role("textbox", name="Source of the experiment")
    source.press("Control+End")
    source.press_sequentially("  last: {run: 'true', after: [fit]}\n", delay=5)
    expect(editor.node("stage:last")).to_be_visible()
    # What is typed without a pause is one step; a busy machine makes pauses of its own.
    while "last" in editor.text():
        source.press("Control+z")
    expect(editor.node("stage:last")).not_to_be_attached()
    while "fit_2" in editor.text():
        source.press("Control+z")
    expect(editor.node("stage:fit_2")).not_to_be_attached()
    assert editor.text() == TEXT
    source.press("Control+y")
    expect(editor.node("stage:fit_2")).to_be_visible()


def test_a_broken_text_still_shows_what_is_whole(open_editor: Open) -> None:
    editor = open_editor(TEXT + "  broken: {is: [\n")
    expect(editor.node("stage:fit")).to_be_visible()
    editor.choose("stage:fit")
    field = editor.inspector.get_by_label("depth", exact=True)
    field.fill("4")
    field.press("Enter")
    assert "{depth: 4, seed: $params.seed}" in editor.text()
    assert editor.text().endswith("  broken: {is: [\n")


def test_a_fix_is_done_by_its_button(open_editor: Open) -> None:
    editor = open_editor(TEXT.replace("is: Evaluate", "is: Evalute"))
    # The data that is not there and the seed that is not said come before it.
    editor.press("F8", "F8", "F8")
    expect(editor.node("stage:score")).to_have_class(re.compile("selected"))
    fix = editor.inspector.get_by_role("button", name="change 'Evalute' to 'Evaluate'")
    fix.click()
    editor.checked()
    assert editor.text() == TEXT


def test_choosing_is_in_step_everywhere(open_editor: Open) -> None:
    editor = open_editor(TEXT)
    editor.page.get_by_role("treeitem", name="score").click()
    expect(editor.node("stage:score")).to_have_class(re.compile("selected"))
    shaded = editor.page.locator(".cm-node-range")
    expect(shaded.first).to_have_text("  score:")
    editor.page.locator(".cm-line").filter(has_text="is: Split").click()
    expect(editor.node("stage:split")).to_have_class(re.compile("selected"))
    row = editor.page.get_by_role("treeitem", name="split", exact=False).first
    expect(row).to_have_attribute("aria-selected", "true")


def test_moving_a_node_is_remembered_and_not_in_the_file(open_editor: Open) -> None:
    editor = open_editor(TEXT)
    before = editor.at_rest("stage:score")
    editor.drag(
        editor.node("stage:score").locator(".node-name"),
        editor.page.locator(".canvas-tools hr").last,
    )
    expect(editor.page.get_by_text("unsaved draft")).not_to_be_visible()
    moved = editor.at_rest("stage:score")
    assert moved != before
    editor.choose("stage:split")
    editor.press("Control+d")
    expect(editor.node("stage:split_2")).to_be_visible()
    assert editor.at_rest("stage:score") == moved


@pytest.mark.parametrize("way", ["down", "right"])
def test_the_graph_flows_both_ways(open_editor: Open, way: str) -> None:
    editor = open_editor(TEXT, path=f"made/way_{way}.mline.yaml")
    editor.flow(way)
    expect(editor.node("stage:score")).to_be_visible()
    split, fit = (editor.node(f"stage:{name}").bounding_box() for name in ("split", "fit"))
    assert split is not None
    assert fit is not None
    axis = "y" if way == "down" else "x"
    assert fit[axis] > split[axis]
