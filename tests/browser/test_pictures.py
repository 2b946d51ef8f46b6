"""The pictures of docs/editor.md; `pytest tests/browser/test_pictures.py --pictures` takes them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from airflow_home import wait_for
from editor_page import EditorPage, Editors
from playwright.sync_api import expect

Open = Callable[..., EditorPage]
Picture = Callable[[EditorPage, str], None]

SERVICES = """\
services:
  cache: {image: 'redis:7', command: [redis-server], offers: {redis: 6379}}
  tracking: {image: 'mlflow:3', command: [mlflow, server], offers: {http: 5000}}
"""


@pytest.fixture
def picture(root: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Picture:
    """Take a picture: into the documentation when asked to, else to see that it can be taken."""
    keep = request.config.getoption("--pictures")
    folder = root / "docs" / "images" if keep else tmp_path

    def take(editor: EditorPage, name: str) -> None:
        editor.picture(folder / f"{name}.png")
        assert (root / "docs" / "images" / f"{name}.png").is_file(), f"{name}.png is not there yet"

    return take


def test_the_editor(open_editor: Open, picture: Picture) -> None:
    editor = open_editor(path="churn/churn.mline.yaml")
    editor.choose("stage:fit")
    expect(editor.inspector.get_by_label("strength", exact=True)).to_have_value(re.compile("1"))
    editor.press("0")
    picture(editor, "editor")


def test_a_connection_that_is_refused(open_editor: Open, picture: Picture) -> None:
    editor = open_editor(path="iris/iris.mline.yaml")
    editor.page.get_by_role("button", name="Source", exact=True).click()
    start = editor.socket("stage:split", "out:test")
    editor.drag(start, editor.socket("stage:score", "in:model"), drop=False)
    expect(editor.page.locator(".connection-hint")).to_contain_text("takes Model")
    picture(editor, "connect")
    editor.page.mouse.up()


def test_collapsed_groups(open_editor: Open, root: Path, picture: Picture) -> None:
    text = (root / "examples/iris/iris.mline.yaml").read_text("utf-8")
    text = text.replace("\nstages:\n", f"\n{SERVICES}\nstages:\n", 1)
    for stage in ("Train", "Split"):
        text = text.replace(f"    is: {stage}\n", f"    is: {stage}\n    uses: [cache, tracking]\n")
    editor = open_editor(text, path="iris/grouped.mline.yaml")
    editor.page.get_by_role("button", name="Source", exact=True).click()
    editor.choose("stage:card")
    for node in ("entity:accuracy", "entity:tuning"):
        editor.node(node).locator(".node-name").click(modifiers=["Shift"])
    editor.press("g")
    editor.page.get_by_label("Name").fill("What is told")
    editor.press("Enter")
    expect(editor.frame("own:1")).to_be_visible()
    editor.frame("services").get_by_role("button", name="Collapse the services").click()
    editor.frame("stage:fit").get_by_role("button", name="Collapse the sweep").click()
    expect(editor.node("services")).to_be_visible()
    before = editor.node("stage:card").bounding_box()
    editor.press("l")
    wait_for(lambda: editor.node("stage:card").bounding_box() != before)
    editor.press("0", "Escape")
    picture(editor, "groups")


def test_problems(open_editor: Open, root: Path, picture: Picture) -> None:
    text = (root / "examples/iris/iris.mline.yaml").read_text("utf-8")
    text = text.replace(
        "takes: {model: fit.model, data: split.test}",
        "takes: {model: fit.modell, data: split.test}",
    )
    text = text.replace("depth: 2", "depth: 2, dept: 3").replace(
        "at: ./data/iris.csv", "at: ./iris.csv"
    )
    editor = open_editor(text, path="iris/broken.mline.yaml")
    editor.page.get_by_role("button", name="Problems", exact=True).click()
    editor.press("F8", "0")
    expect(editor.page.locator(".node.selected")).to_have_count(1)
    expect(editor.inspector.locator('[data-field="title"]')).to_be_visible()
    picture(editor, "problems")


def test_a_merge(open_editor: Open, root: Path, picture: Picture) -> None:
    text = (root / "examples/iris/iris.mline.yaml").read_text("utf-8")
    editor = open_editor(text, path="iris/shared.mline.yaml")
    theirs = text.replace("depth: 2", "depth: 3").replace("owner: ml-team", "owner: flower-team")
    admin = editor.airflow.client("admin")
    assert admin.save("iris/shared.mline.yaml", theirs).status == 200
    editor.choose("stage:fit")
    field = editor.inspector.get_by_label("depth", exact=True)
    field.fill("4")
    editor.press("Control+s")
    expect(editor.page.get_by_role("dialog")).to_contain_text("1 conflict to decide")
    picture(editor, "merge")


@pytest.mark.parametrize(("name", "hash_"), [("list", "#/"), ("types", "#/types?type=core.Train")])
def test_the_other_pages(editors: Editors, picture: Picture, name: str, hash_: str) -> None:
    editor = editors.page("user")
    editor.go(hash_)
    expect(editor.page.locator(".list, .type-node.selected").first).to_be_visible()
    picture(editor, name)
    editor.close()


def test_the_dark(open_editor: Open, picture: Picture) -> None:
    editor = open_editor(path="database/database.mline.yaml", dark=True)
    service = editor.page.locator(".node.service").first
    service.locator(".node-name").click()
    expect(service).to_have_class(re.compile("selected"))
    expect(editor.inspector.locator('[data-field="image"]')).to_be_visible()
    picture(editor, "dark")
