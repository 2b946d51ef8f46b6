"""Saving, drafts, two people at one file, and people who may only read."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from editor_page import EditorPage, Editors
from playwright.sync_api import expect

if TYPE_CHECKING:
    from editor_airflow import EditorAirflow

TEXT = """\
mline: 1
experiment: shared
stages:
  # The first.
  first:
    gives: {out: TextFile}
    run: echo 1 > "$OUT_OUT"
    retries: 1
  second:
    takes: {text: first.out}
    run: cat "$IN_TEXT"
    retries: 1
"""

Open = Callable[..., EditorPage]
DRAFT = "Object.keys(localStorage).some((key) => key.startsWith('mline.draft.'))"


def set_retries(editor: EditorPage, node: str, value: str) -> None:
    """Set the retries of a stage in its form."""
    editor.choose(node)
    section = editor.inspector.locator("details", has_text="When and how")
    if section.get_attribute("open") is None:
        section.locator("summary").click()
    field = editor.inspector.get_by_label("Retries", exact=True)
    field.fill(value)
    field.press("Enter")


def test_a_save_is_a_commit_of_the_user_and_becomes_a_dag(
    open_editor: Open, airflow: EditorAirflow
) -> None:
    editor = open_editor(TEXT.replace("shared", "becomes"))
    set_retries(editor, "stage:second", "3")
    after = editor.save()
    before = TEXT.replace("shared", "becomes")
    assert after == before[: before.rindex("1")] + "3\n"
    assert airflow.git("log", "-1", "--format=%an") == "user"
    expect(editor.page.get_by_role("button", name="DAG becomes")).to_be_visible(timeout=60_000)


def test_a_draft_survives_a_reload_and_goes_with_a_save(open_editor: Open) -> None:
    editor = open_editor(TEXT)
    set_retries(editor, "stage:first", "2")
    expect(editor.page.get_by_text("unsaved draft")).to_be_visible()
    # Kept a moment after the last change.
    editor.page.wait_for_function(f"() => {DRAFT}")
    editor.page.reload()
    editor.toast("Your unsaved draft of this file is open")
    assert "retries: 2" in editor.text()
    editor.checked()
    assert "retries: 2" in editor.save()
    editor.page.wait_for_function(f"() => !{DRAFT}")


def test_two_people_at_one_file_lose_nothing(open_editor: Open, editors: Editors) -> None:
    mine = open_editor(TEXT)
    theirs = editors.page("admin")
    theirs.open(mine.path)
    set_retries(theirs, "stage:first", "4")
    theirs.save()
    set_retries(mine, "stage:second", "5")
    mine.press("Control+s")
    dialog = mine.page.get_by_role("dialog", name="Somebody else saved this file")
    expect(dialog).to_contain_text("admin saved it")
    expect(dialog).to_contain_text("Everything is decided")
    expect(dialog.get_by_role("region", name="You changed")).to_be_visible()
    expect(dialog.get_by_role("region", name="They changed")).to_be_visible()
    dialog.get_by_role("button", name="Merge and save").click()
    mine.toast("Saved as")
    disk = mine.disk()
    assert disk == TEXT.replace("retries: 1", "retries: 4", 1).replace("retries: 1", "retries: 5")
    assert mine.text() == disk
    theirs.close()


def test_where_both_changed_the_same_the_user_decides(open_editor: Open, editors: Editors) -> None:
    mine = open_editor(TEXT)
    theirs = editors.page("admin")
    theirs.open(mine.path)
    set_retries(theirs, "stage:first", "4")
    theirs.save()
    set_retries(mine, "stage:first", "6")
    mine.press("Control+s")
    dialog = mine.page.get_by_role("dialog", name="Somebody else saved this file")
    expect(dialog).to_contain_text("1 conflict to decide")
    save = dialog.get_by_role("button", name="Merge and save")
    expect(save).to_be_disabled()
    dialog.get_by_text("Take theirs").click()
    save.click()
    mine.toast("It is their text now")
    assert mine.disk() == TEXT.replace("retries: 1", "retries: 4", 1)
    theirs.close()


def test_two_tabs_of_one_user_lose_nothing(open_editor: Open) -> None:
    first = open_editor(TEXT)
    second = first.tab()
    set_retries(first, "stage:first", "4")
    set_retries(second, "stage:second", "5")
    for tab in (first, second):
        tab.page.wait_for_function(f"() => {DRAFT}")
    first.save()
    # What the first tab saved is not what the second one has: its draft stays, and is merged.
    second.page.reload()
    second.toast("Your unsaved draft of this file is open")
    assert second.text() == TEXT[: TEXT.rindex("1")] + "5\n"
    second.checked()
    second.press("Control+s")
    dialog = second.page.get_by_role("dialog", name="Somebody else saved this file")
    dialog.get_by_role("button", name="Merge and save").click()
    second.toast("Saved as")
    saved = TEXT.replace("retries: 1", "retries: 4", 1).replace("retries: 1", "retries: 5")
    assert second.disk() == saved
    second.page.wait_for_function(f"() => !{DRAFT}")
    second.page.close()


def test_what_a_closed_tab_left_is_gone_on_with_once(open_editor: Open) -> None:
    first = open_editor(TEXT)
    second = first.tab()
    set_retries(second, "stage:second", "5")
    second.page.wait_for_function(f"() => {DRAFT}")
    second.page.close()
    third = first.tab()
    third.toast("Your unsaved draft of this file is open")
    third.checked()
    assert "retries: 5" in third.save()
    third.page.wait_for_function(f"() => !{DRAFT}")
    third.page.close()


def test_a_conflict_can_be_put_off(open_editor: Open, airflow: EditorAirflow) -> None:
    editor = open_editor(TEXT)
    theirs = TEXT.replace("echo 1", "echo 2")
    airflow.client("admin").save(editor.path, theirs)
    set_retries(editor, "stage:second", "2")
    editor.press("Control+s")
    editor.page.get_by_role("dialog").get_by_role("button", name="Keep editing").click()
    assert editor.disk() == theirs
    assert "retries: 2" in editor.text()


def test_who_may_only_read_sees_all_and_changes_nothing(open_editor: Open) -> None:
    editor = open_editor(TEXT, user="viewer")
    expect(editor.page.get_by_text("read only", exact=True)).to_be_visible()
    expect(editor.page.get_by_role("button", name="Save")).not_to_be_attached()
    editor.choose("stage:first")
    editor.press("Delete")
    expect(editor.node("stage:first")).to_be_visible()
    source = editor.page.get_by_role("textbox", name="Source of the experiment")
    source.press_sequentially("xyz")
    assert editor.text() == TEXT


def test_carriage_returns_stay(open_editor: Open) -> None:
    text = TEXT.replace("\n", "\r\n")
    editor = open_editor(text)
    source = editor.page.get_by_role("textbox", name="Source of the experiment")
    source.press("Control+End")
    source.press_sequentially("# é😀", delay=5)
    set_retries(editor, "stage:first", "9")
    assert editor.save() == text.replace("retries: 1", "retries: 9", 1) + "# é😀"
