"""The pages around the editor, and the editor inside Airflow's own pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from editor_page import EditorPage, Editors
from playwright.sync_api import expect

if TYPE_CHECKING:
    from editor_airflow import EditorAirflow

Open = Callable[..., EditorPage]


@pytest.fixture
def window(editors: Editors) -> Iterator[EditorPage]:
    page = editors.page("user")
    yield page
    page.close()


def test_the_list_has_every_experiment_with_its_problems(
    window: EditorPage, airflow: EditorAirflow
) -> None:
    airflow.write(
        "made/invalid.mline.yaml", "mline: 1\nexperiment: invalid\nstages: {a: {uses: [b]}}\n"
    )
    airflow.write("made/unreadable.mline.yaml", "mline: [1\n")
    window.go("#/")
    rows = window.page.get_by_role("row")
    expect(rows.filter(has_text="iris/iris.mline.yaml")).to_contain_text("valid")
    expect(rows.filter(has_text="made/invalid.mline.yaml")).to_contain_text("error")
    expect(rows.filter(has_text="made/unreadable.mline.yaml")).to_contain_text("error")
    window.page.get_by_role("textbox", name="Search experiments").fill("flower")
    expect(rows.filter(has_text="iris/iris.mline.yaml")).to_be_visible()
    expect(rows.filter(has_text="made/invalid.mline.yaml")).not_to_be_attached()
    window.page.get_by_role("link", name="iris", exact=True).click()
    expect(window.node("stage:fit")).to_be_visible()


def test_an_experiment_is_made_renamed_and_deleted(
    window: EditorPage, airflow: EditorAirflow
) -> None:
    window.go("#/")
    window.page.get_by_role("button", name="New experiment").click()
    dialog = window.page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("made/fresh.mline.yaml")
    dialog.get_by_text("Pasted text").click()
    text = "mline: 1\nexperiment: fresh\nstages: {a: {run: 'true'}}\n"
    dialog.get_by_label("Text of the experiment").fill(text)
    dialog.get_by_role("button", name="Create").click()
    expect(window.node("stage:a")).to_be_visible()
    assert (airflow.workspace / "made/fresh.mline.yaml").read_text() == text
    window.go("#/")
    row = window.page.get_by_role("row").filter(has_text="made/fresh.mline.yaml")
    row.hover()
    row.get_by_role("button", name="Rename").click()
    window.page.get_by_role("dialog").get_by_label("Path").fill("made/older.mline.yaml")
    window.page.get_by_role("dialog").get_by_role("button", name="Rename").click()
    window.toast("Renamed to made/older.mline.yaml")
    row = window.page.get_by_role("row").filter(has_text="made/older.mline.yaml")
    row.hover()
    row.get_by_role("button", name="Delete").click()
    window.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    window.toast("made/older.mline.yaml is deleted")
    assert not (airflow.workspace / "made/older.mline.yaml").exists()


def test_an_example_is_a_beginning(window: EditorPage, airflow: EditorAirflow) -> None:
    window.go("#/")
    window.page.get_by_role("button", name="New experiment").click()
    dialog = window.page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("made/begun.mline.yaml")
    dialog.get_by_role("radio").first.check(force=True)
    dialog.get_by_role("button", name="Create").click()
    expect(window.page.locator(".node").first).to_be_visible()
    assert (airflow.workspace / "made/begun.mline.yaml").is_file()


def test_deleting_says_who_depends_on_it(window: EditorPage) -> None:
    window.go("#/")
    row = window.page.get_by_role("row").filter(has_text="churn/features.mline.yaml")
    row.hover()
    row.get_by_role("button", name="Delete").click()
    dialog = window.page.get_by_role("dialog")
    expect(dialog).to_contain_text("churn/churn.mline.yaml")
    dialog.get_by_role("button", name="Cancel").click()


def test_the_types_are_a_network_to_walk_through(window: EditorPage) -> None:
    window.go("#/types?type=core.Train")
    card = window.page.get_by_role("complementary", name="Type", exact=True)
    expect(card).to_contain_text("Learns a model from data.")
    card.get_by_role("button", name="sklearn.Train").click()
    expect(card).to_contain_text("stage of sklearn")
    assert window.page.url.endswith("#/types?type=sklearn.Train")


def test_a_link_leads_to_a_node_and_a_line(window: EditorPage) -> None:
    window.go("#/edit/iris/iris.mline.yaml?node=stage%3Ascore")
    expect(window.node("stage:score")).to_have_class(re.compile("selected"))
    expect(window.page.locator(".cm-node-range").first).to_have_text("  score:")


def test_a_file_that_is_not_there_is_said_so(window: EditorPage) -> None:
    window.go("#/edit/nowhere.mline.yaml")
    expect(window.page.get_by_text("nowhere.mline.yaml cannot be opened")).to_be_visible()


def test_airflow_has_the_pages_in_its_navigation(
    window: EditorPage, airflow: EditorAirflow
) -> None:
    window.page.goto(f"{airflow.url}/plugin/mline")
    frame = window.page.frame_locator("iframe")
    expect(frame.get_by_role("heading", name="Experiments")).to_be_visible()
    frame.get_by_role("link", name="iris", exact=True).click()
    expect(frame.locator('.node[data-node="stage:fit"]')).to_be_visible()
    frame.get_by_role("button", name="DAG iris").click(timeout=60_000)
    window.page.wait_for_url(re.compile(r"/air/dags/iris"))


def test_a_dag_has_its_network_as_a_tab(window: EditorPage, airflow: EditorAirflow) -> None:
    window.page.goto(f"{airflow.url}/dags/iris/plugin/mline_network")
    frame = window.page.frame_locator("iframe")
    expect(frame.locator('.node[data-node="stage:fit"]')).to_be_visible()
    frame.locator('.node[data-node="stage:fit"] .node-name').click()
    field = frame.get_by_label("depth", exact=True)
    expect(field).to_have_attribute("readonly", "")
    frame.get_by_role("button", name="Open in the editor").click()
    expect(frame.get_by_role("treeitem", name=re.compile("^fit"))).to_be_visible()


def test_the_theme_is_airflows(window: EditorPage, airflow: EditorAirflow) -> None:
    window.page.goto(f"{airflow.url}/plugin/mline")
    root = window.page.frame_locator("iframe").locator("html")
    expect(root).to_have_attribute("data-theme", "light")
    window.page.evaluate("document.documentElement.className = 'dark'")
    expect(root).to_have_attribute("data-theme", "dark")
