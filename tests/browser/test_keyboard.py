"""The editor without a mouse, for those who see it and those who do not."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from editor_page import EditorPage, Editors
from playwright.sync_api import expect

TEXT = """\
mline: 1
experiment: keys
params: {seed: 7}
entities:
  rows: {is: CsvTable, at: ./rows.csv}
stages:
  split:
    is: Split
    takes: {table: rows}
    gives: {train: CsvTable, test: CsvTable}
    run: 'true'
  fit:
    is: Train
    takes: {data: split.train}
    gives: {model: Model}
    run: 'true'
  score:
    is: Evaluate
    takes: {model: fit.model}
    gives: {value: Accuracy}
    run: 'true'
"""

Open = Callable[..., EditorPage]
CHOSEN = re.compile("selected")


def test_arrows_go_along_the_edges(open_editor: Open) -> None:
    editor = open_editor(TEXT)
    editor.flow("right")
    editor.press("ArrowRight")
    expect(editor.node("stage:split")).to_have_class(CHOSEN)
    editor.press("ArrowRight")
    expect(editor.node("stage:fit")).to_have_class(CHOSEN)
    editor.press("ArrowRight")
    expect(editor.node("stage:score")).to_have_class(CHOSEN)
    editor.press("ArrowLeft", "ArrowLeft", "ArrowLeft")
    expect(editor.node("entity:rows")).to_have_class(CHOSEN)


def test_a_whole_change_without_a_mouse(open_editor: Open) -> None:
    editor = open_editor(TEXT)
    editor.flow("right")
    editor.press("ArrowRight", "ArrowRight", "ArrowRight", "c")
    dialog = editor.page.get_by_role("dialog", name="Connect score")
    expect(dialog).to_be_visible()
    editor.page.keyboard.type("split.test → score.data")
    expect(dialog.get_by_role("option").first).to_contain_text("fits")
    editor.press("Enter")
    expect(editor.edge("data:stage:split.test->stage:score.data")).to_be_attached()
    editor.press("/")
    editor.page.keyboard.type("report")
    editor.press("Enter")
    expect(editor.node("entity:report")).to_have_class(CHOSEN)
    editor.press("F2")
    editor.page.keyboard.type("notes")
    editor.press("Enter")
    expect(editor.node("entity:notes")).to_have_class(CHOSEN)
    editor.press("Control+s")
    editor.toast("Saved as")
    after = editor.disk()
    assert "takes: {model: fit.model, data: split.test}" in after
    assert "  notes: Report\n" in after


def test_the_next_problem_is_a_key_away(open_editor: Open) -> None:
    editor = open_editor(TEXT.replace("fit.model", "fit.modell"))
    editor.press("F8")
    expect(editor.page.locator(".node.selected")).to_have_attribute(
        "data-node", re.compile("stage:|entity:")
    )


def test_all_keys_are_told(open_editor: Open) -> None:
    editor = open_editor(TEXT)
    editor.press("?")
    dialog = editor.page.get_by_role("dialog", name="Keys")
    for text in ("Connect", "Rename", "Next problem", "Go along the edges"):
        expect(dialog).to_contain_text(text)
    editor.press("Escape")
    expect(dialog).not_to_be_attached()


def test_one_search_finds_nodes_types_problems_text_and_commands(open_editor: Open) -> None:
    editor = open_editor(TEXT.replace("fit.model", "fit.modell"))
    for asked, group in (
        ("score", "Nodes"),
        ("modell", "Problems"),
        ("ParquetTable", "Add"),
        ("rows.csv", "Text"),
        ("tidy", "Commands"),
    ):
        editor.press("Control+k")
        editor.page.keyboard.type(asked)
        found = editor.page.get_by_role("dialog", name="Search or do")
        expect(found.locator(".found-group").filter(has_text=group)).to_be_visible()
        editor.press("Escape")
    editor.press("Control+k")
    editor.page.keyboard.type("score")
    editor.press("Enter")
    expect(editor.node("stage:score")).to_have_class(CHOSEN)


def test_the_tree_says_everything_and_moves_the_same_selection(open_editor: Open) -> None:
    editor = open_editor(TEXT)
    tree = editor.page.get_by_role("tree", name="Outline of the experiment")
    tree.get_by_role("treeitem", name="fit").focus()
    editor.press("ArrowDown")
    expect(editor.node("stage:score")).to_have_class(CHOSEN)
    editor.press("ArrowRight")
    expect(tree.get_by_role("treeitem", name="model ← fit.model")).to_be_visible()
    editor.press("ArrowRight", "Enter")
    expect(editor.node("stage:fit")).to_have_class(CHOSEN)


def test_every_stop_of_the_tab_key_is_seen(open_editor: Open) -> None:
    editor = open_editor(TEXT)
    seen = []
    for _ in range(80):
        editor.press("Tab")
        found = editor.page.evaluate(
            """() => {
              const e = document.activeElement;
              const known = (window.stops ??= new Set());
              if (e === document.body || known.has(e)) return null;
              known.add(e);
              const s = getComputedStyle(e);
              const ring = s.outlineStyle !== 'none' || s.boxShadow !== 'none';
              const shown = ring || e.closest('.cm-editor') !== null;
              return [e.getAttribute('aria-label') ?? e.textContent.slice(0, 30), shown];
            }"""
        )
        if found is None:
            break
        assert found[1], found
        seen.append(found[0])
    assert len(seen) > 12, seen
    assert "Graph of the experiment; arrow keys go along its edges" in seen
    assert "Source of the experiment" in seen


AXE = Path(__file__).parent.parent.parent / "node_modules" / "axe-core" / "axe.min.js"


def assert_clean(editor: EditorPage) -> None:
    """Assert that axe finds nothing."""
    # Not a script tag: the page's content security policy would rightly refuse it.
    editor.page.evaluate(AXE.read_text("utf-8"))
    result = editor.page.evaluate(
        "() => axe.run(document, {resultTypes: ['violations']}).then((r) => r.violations)"
    )
    found = [(v["id"], [n["html"][:160] for n in v["nodes"][:3]]) for v in result]
    assert not found, json.dumps(found, indent=1)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_the_editor(open_editor: Open, theme: str) -> None:
    editor = open_editor(
        TEXT.replace("fit.model", "fit.modell"),
        path=f"made/axe_{theme}.mline.yaml",
        dark=theme == "dark",
    )
    editor.choose("stage:fit")
    editor.page.get_by_role("button", name="Problems", exact=True).click()
    expect(editor.inspector.get_by_text("When and how")).to_be_visible()
    assert_clean(editor)
    editor.page.get_by_role("tab", name="Add").click()
    assert_clean(editor)
    editor.press("Escape")
    editor.page.locator(".canvas").click(position={"x": 30, "y": 30})
    editor.press("Control+k")
    assert_clean(editor)


@pytest.mark.parametrize("keys", [("/",), ("c",), ("w",), ("Shift+ArrowDown", "g"), ("?",)])
def test_axe_finds_nothing_in_what_opens(open_editor: Open, keys: tuple[str, ...]) -> None:
    editor = open_editor(TEXT, path=f"made/axe_{len(keys)}{ord(keys[-1])}.mline.yaml")
    editor.choose("stage:fit")
    editor.press(*keys)
    expect(editor.page.get_by_role("dialog")).to_be_visible()
    assert_clean(editor)


def test_axe_finds_nothing_in_a_merge(open_editor: Open) -> None:
    editor = open_editor(TEXT)
    theirs = editor.airflow.client("admin").save(editor.path, TEXT.replace("is: Train", "is: Fit"))
    assert theirs.status == 200
    editor.choose("stage:fit")
    editor.press("Delete", "Control+s")
    expect(editor.page.get_by_role("dialog")).to_contain_text("Both changed")
    assert_clean(editor)


@pytest.mark.parametrize("hash_", ["#/", "#/types?type=core.Train", "#/dag/iris"])
def test_axe_finds_nothing_on_the_other_pages(editors: Editors, hash_: str) -> None:
    editor = editors.page("user")
    editor.go(hash_)
    expect(editor.page.locator(".list, .node").first).to_be_visible()
    assert_clean(editor)
    editor.close()
