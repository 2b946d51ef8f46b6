"""An experiment of a thousand nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from editor_airflow import EditorAirflow
    from editor_page import EditorPage, Editors

NODES = 1000


def text() -> str:
    """Return an experiment of a thousand stages, each of which takes from up to two others."""
    lines = ["mline: 1", "experiment: thousand", "stages:"]
    for number in range(NODES):
        takes = [f"a: s{(number - 1) // 3}.out"] if number else []
        if number > 3 and number % 2 == 0:
            takes.append(f"b: s{(number - 2) // 2}.out")
        lines += [
            f"  s{number}:",
            f"    takes: {{{', '.join(takes)}}}",
            "    gives: {out: TextFile}",
            "    run: 'true'",
        ]
    return "\n".join(lines) + "\n"


def seen(editor: EditorPage, condition: str) -> None:
    """Wait for a condition on the page; `expect` would describe thousands of elements each time."""
    editor.page.wait_for_function(f"() => {condition}", timeout=90_000)


def test_a_thousand_nodes_open_are_panned_searched_chosen_and_edited(
    editors: Editors, airflow: EditorAirflow
) -> None:
    path = "made/thousand.mline.yaml"
    airflow.write(path, text())
    editor = editors.page("user")
    editor.go(f"#/edit/{path}")
    seen(editor, "document.querySelector('.canvas[data-ready=true] .node')")
    seen(editor, f"document.querySelector('.status-bar').textContent.includes('{NODES} nodes')")
    # The search leads to a node that was far outside of what was seen.
    editor.press("Control+k")
    editor.page.keyboard.type("s977")
    seen(editor, "document.querySelector('[role=option]')?.textContent.startsWith('s977')")
    editor.press("Enter")
    chosen = """document.querySelector('.node.selected[data-node="stage:s977"]')"""
    seen(editor, chosen)
    # Panning moves the picture; what leaves it is not drawn any more.
    canvas = editor.page.locator(".canvas").bounding_box()
    assert canvas is not None
    editor.page.mouse.move(canvas["x"] + 200, canvas["y"] + 200)
    for _ in range(8):
        editor.page.mouse.wheel(0, 600)
    seen(editor, f"!{chosen}")
    assert editor.page.locator(".node").count() < NODES / 2
    editor.press("0")
    seen(editor, "document.querySelectorAll('.node').length > 400")
    editor.page.locator(".node").nth(200).click()
    seen(editor, "document.querySelectorAll('.node.selected').length === 1")
    editor.press("Delete")
    seen(editor, "document.querySelector('.status-bar').textContent.includes('999 nodes')")
    editor.press("Control+z")
    seen(editor, "document.querySelector('.status-bar').textContent.includes('1000 nodes')")
    assert editor.text() == text()
    editor.close()
