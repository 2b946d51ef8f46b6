"""What mends a problem in the source: code actions of the language server, each one step."""

from __future__ import annotations

from collections.abc import Callable

from editor_page import EditorPage
from playwright.sync_api import expect

TEXT = """\
mline: 1
experiment: mended
entities:
  rows: {is: CsvTable, at: ./rows.csv}
services:
  spare: {image: 'redis:7', offers: {redis: 6379}}  # not used
stages:
  fit:
    is: Train
    takes: {data: rows}
    gives: {model: SklearnModel}
    run: 'true'
    with: {depth: $params.depth}
"""

SPARE = """\
services:
  spare: {image: 'redis:7', offers: {redis: 6379}}  # not used
"""

Open = Callable[..., EditorPage]


def without_errors() -> str:
    """Return the text with warnings alone: what nothing uses is only told then."""
    text = TEXT.replace("SklearnModel", "Model")
    return text.replace("    with: {depth: $params.depth}\n", "")


def test_the_tooltip_of_a_problem_has_the_fixes_of_the_language_server(open_editor: Open) -> None:
    editor = open_editor(TEXT)
    # The compiler alone has no fix for it: it is the language server that knows the library.
    editor.page.locator(".cm-lintRange-error", has_text="SklearnModel").hover()
    fix = editor.page.locator(".cm-tooltip").get_by_role("button", name="add 'sklearn' to 'use'")
    fix.click()
    editor.checked()
    assert editor.text() == TEXT.replace(
        "experiment: mended\n", "experiment: mended\nuse: [sklearn]\n"
    )
    undo = editor.page.get_by_role("button", name="Undo: add 'sklearn' to 'use'")
    undo.click()
    assert editor.text() == TEXT


def test_a_key_opens_what_can_be_done_at_the_cursor(open_editor: Open) -> None:
    text = without_errors()
    editor = open_editor(text)
    editor.page.locator(".cm-lintRange", has_text="spare").first.click()
    editor.press("Control+.")
    menu = editor.page.get_by_role("menu", name="What can be done here")
    choices = menu.get_by_role("menuitem")
    expect(choices).to_have_text(["remove 'spare'", "allow 'unused-service' here"])
    expect(choices.first).to_be_focused()
    editor.press("ArrowDown")
    expect(choices.last).to_be_focused()
    editor.press("ArrowUp", "Enter")
    expect(menu).not_to_be_attached()
    assert editor.text() == text.replace(SPARE, "")
    # The focus is in the source again, and one undo takes all of it back.
    editor.press("Control+z")
    assert editor.text() == text


def test_a_fix_that_changes_two_places_is_one_step(open_editor: Open) -> None:
    editor = open_editor(TEXT)
    editor.page.locator(".cm-lintRange-error", has_text="$params.depth").first.click()
    editor.press("Control+.")
    editor.page.get_by_role("menuitem", name="declare the parameter 'depth'").click()
    editor.checked()
    assert "params:\n" in editor.text()
    editor.press("Control+z")
    assert editor.text() == TEXT


def test_where_nothing_is_wrong_it_says_so(open_editor: Open) -> None:
    editor = open_editor(TEXT)
    editor.page.locator(".cm-line", has_text="experiment: mended").click()
    editor.press("Control+.")
    editor.toast("There is nothing to mend here")


def test_with_carriage_returns_the_fix_lands_where_it_belongs(open_editor: Open) -> None:
    text = without_errors().replace("\n", "\r\n")
    editor = open_editor(text)
    editor.page.locator(".cm-lintRange", has_text="spare").first.click()
    editor.press("Control+.")
    editor.page.get_by_role("menuitem", name="remove 'spare'").click()
    editor.checked()
    assert editor.save() == text.replace(SPARE.replace("\n", "\r\n"), "")
