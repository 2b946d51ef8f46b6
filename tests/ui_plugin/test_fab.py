"""Roles of FAB over real logins, below a base path: by form and cookie, and by token."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from airflow_home import wait_for
from editor_airflow import Client, EditorAirflow, form_login

if TYPE_CHECKING:
    from typing import Any

pytestmark = pytest.mark.timeout(900)  # the first run makes a database with FAB's users
BASE = "0" * 40
PEOPLE = ("admin", "op", "user", "viewer", "public", "one", "reads_one")


@pytest.fixture(scope="module")
def fab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EditorAirflow]:
    """Return an Airflow with FAB, below `/lab/airflow`."""
    folder = tmp_path_factory.mktemp("fab") / "airflow"
    settings = {"AIRFLOW__MLINE__WORKSPACE_REMOTE": "off"}
    with EditorAirflow(folder, fab=True, base_path="/lab/airflow", settings=settings) as one:
        yield one


def _statuses(fab: EditorAirflow, method: str, path: str, body: Any = None) -> dict[str, int]:
    return {name: fab.client(name).call(method, path, body).status for name in PEOPLE}


def test_reading_is_by_the_right_to_read_dags(fab: EditorAirflow) -> None:
    assert fab.client("").get("api/session").status == 401
    basic = _statuses(fab, "GET", "api/experiments/basic.mline.yaml")
    assert basic == {name: 404 if name == "public" else 200 for name in PEOPLE}
    daily = _statuses(fab, "GET", "api/experiments/daily.mline.yaml")
    assert {name for name, status in daily.items() if status == 200} == {
        "admin",
        "op",
        "user",
        "viewer",
    }
    assert {daily["one"], daily["reads_one"], daily["public"]} == {404}


def test_the_list_has_what_each_may_read(fab: EditorAirflow) -> None:
    listed = {
        name: {
            one["experiment"] for one in fab.client(name).get("api/experiments").body["experiments"]
        }
        for name in ("viewer", "one", "reads_one", "public")
    }
    assert len(listed["viewer"]) > 4
    assert listed["one"] == listed["reads_one"] == {"basic"}
    assert listed["public"] == set()


def test_saving_is_by_the_right_to_edit_the_dag(fab: EditorAirflow) -> None:
    text = fab.client("viewer").read("basic.mline.yaml")["text"]
    # A stale base: who may edit is told so, and nothing is changed.
    basic = _statuses(fab, "PUT", "api/experiments/basic.mline.yaml", {"text": text, "base": BASE})
    assert basic == {
        "admin": 409, "op": 409, "user": 409, "one": 409,
        "viewer": 403, "reads_one": 403, "public": 404,
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "mline: 1\nexperiment: daily\n",
        'mline: 1\n"experiment": daily\n',
        "mline: 1\n? experiment\n: daily\n",
        "{mline: 1, experiment: daily}\n",
    ],
)
def test_nobody_takes_the_id_of_a_dag_that_they_may_not_edit(fab: EditorAirflow, text: str) -> None:
    one = fab.client("one")
    refused = one.save("basic.mline.yaml", text)
    assert refused.status == 403, refused
    assert "'daily'" in refused.body["error"]["message"]
    made = one.post("api/experiments", {"path": "basic2.mline.yaml", "from": {"text": text}})
    assert made.status == 403


def test_the_author_is_the_user_of_fab(fab: EditorAirflow) -> None:
    one = fab.client("one")
    file = one.read("basic.mline.yaml")
    saved = one.save("basic.mline.yaml", file["text"] + "# one\n", file["revision"])
    assert saved.status == 200, saved
    assert fab.git("log", "-1", "--format=%an <%ae>") == "One Of FAB <one@example.org>"


def test_running_is_by_the_right_to_make_runs(fab: EditorAirflow) -> None:
    wait_for(lambda: fab.has_dag("basic"), 120, "Airflow has the DAG basic")
    path = "api/experiments/basic.mline.yaml/runs"
    found = _statuses(fab, "POST", path, {"params": {}})
    assert found == {
        "admin": 201, "op": 201, "user": 201, "one": 201,
        "viewer": 403, "reads_one": 403, "public": 404,
    }  # fmt: skip


def test_a_login_by_form_is_a_cookie_that_works_below_the_base_path(fab: EditorAirflow) -> None:
    viewer = form_login(fab.url, "viewer")
    assert viewer.get("api/session").body["user"] == "viewer"
    assert viewer.get("api/session").body["may"]["edit"] is False
    base = viewer.read("basic.mline.yaml")["revision"]
    assert viewer.save("basic.mline.yaml", "x", base).status == 403
    user = form_login(fab.url, "user")
    file = user.read("basic.mline.yaml")
    assert (
        user.save("basic.mline.yaml", file["text"] + "# cookie\n", file["revision"]).status == 200
    )
    body = {"text": "x", "base": BASE}
    headers = {"X-MLine": ""}
    path = "api/experiments/basic.mline.yaml"
    assert user.call("PUT", path, body, headers).status == 403


def test_below_a_base_path_the_page_and_the_login_are_found(fab: EditorAirflow) -> None:
    page = fab.client("").get("")
    assert page.status == 302
    assert page.headers["location"].startswith(("/lab/airflow/auth/login", f"{fab.url}/auth/login"))
    index = Client(fab.url, fab.login("viewer")).get("/")
    assert "/lab/airflow/" in index.body
    plugins = fab.client("admin").get("/api/v2/plugins").body["plugins"]
    (ours,) = [one for one in plugins if one["name"] == "mline"]
    assert not any(view["href"].startswith("/") for view in ours["external_views"])
    assert {view["destination"] for view in ours["external_views"]} == {"nav", "dag"}
