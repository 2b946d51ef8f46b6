"""Networks that come and go while the editor loads."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import Route, expect

if TYPE_CHECKING:
    from editor_airflow import EditorAirflow
    from editor_page import Editors

STATIC = Path(__file__).parents[2] / "ui_plugin" / "static"
TEXT = """\
mline: 1
experiment: dropped
stages:
  first: {gives: {out: TextFile}, run: echo 1 > "$OUT_OUT"}
  second: {takes: {text: first.out}, run: cat "$IN_TEXT"}
"""
LATE = re.compile(r"/assets/(EditPage|Source|elk-runner)[\w.-]*\.js")
"""What is loaded when it is needed: a page, the source, the layout."""
LOSES_A_WORKER = """
const Real = Worker;
let made = 0;
window.Worker = class extends Real {
  constructor(url, options) { super((made++ ? "" : "/nowhere") + url, options); }
};
"""
"""The first worker's program cannot be had: requests of workers themselves cannot be dropped."""


def test_what_a_network_drops_is_loaded_again(editors: Editors, airflow: EditorAirflow) -> None:
    airflow.write("made/dropped.mline.yaml", TEXT)
    editor = editors.page("user")
    dropped: set[str] = set()

    def drop_once(route: Route) -> None:
        if route.request.url in dropped:
            route.continue_()
        else:
            dropped.add(route.request.url)
            route.abort("failed")

    editor.context.route(LATE, drop_once)
    editor.context.add_init_script(LOSES_A_WORKER)
    editor.open("made/dropped.mline.yaml")
    expect(editor.node("stage:second")).to_be_visible()
    for part in ("EditPage", "Source", "elk-runner"):
        assert any(f"/{part}" in url for url in dropped), part
    assert editor.text() == TEXT
    editor.wrong = [text for text in editor.wrong if "ERR_FAILED" not in text]
    editor.close()


def test_all_styles_come_with_the_page() -> None:
    """A style sheet that is loaded later and dropped would be missed: Vite asks for it once."""
    linked = re.findall(r'href="./assets/([^"]+\.css)"', (STATIC / "index.html").read_text("utf-8"))
    assert linked
    assert {path.name for path in STATIC.glob("assets/*.css")} == set(linked)


def test_a_page_that_cannot_be_loaded_says_so(editors: Editors, airflow: EditorAirflow) -> None:
    airflow.write("made/lost.mline.yaml", TEXT)
    editor = editors.page("user")
    editor.context.route(re.compile(r"/assets/EditPage"), lambda route: route.abort("failed"))
    editor.go("#/edit/made/lost.mline.yaml")
    expect(editor.page.get_by_text("This page cannot be shown")).to_be_visible()
    editor.context.unroute_all()
    editor.page.get_by_role("button", name="Load it again").click()
    expect(editor.page.locator(".canvas[data-ready=true]")).to_be_visible()
    editor.wrong.clear()
    editor.close()
