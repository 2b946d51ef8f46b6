"""Reading and saving experiments over a real Airflow."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from editor_airflow import Client, EditorAirflow


def test_the_session_says_who_asks_and_what_they_may_do(airflow: EditorAirflow) -> None:
    sessions = {name: airflow.client(name).get("api/session").body for name in ("user", "viewer")}
    assert {name: one["user"] for name, one in sessions.items()} == {
        "user": "user",
        "viewer": "viewer",
    }
    assert sessions["user"]["may"] == {"read": True, "edit": True, "run": True, "create": True}
    assert sessions["viewer"]["may"] == {
        "read": True,
        "edit": False,
        "run": False,
        "create": False,
    }
    assert sessions["user"]["bundle"] == "experiments"
    assert sessions["user"]["workspace"]["branch"] == "main"


def test_the_list_has_every_experiment(user: Client) -> None:
    answer = user.get("api/experiments")
    assert answer.status == 200, answer
    found = {one["path"]: one for one in answer.body["experiments"]}
    assert found["basic.mline.yaml"]["experiment"] == "basic"
    assert found["basic.mline.yaml"]["problems"] == {"error": 0, "warning": 0}


def test_a_save_is_a_commit_of_the_user(airflow: EditorAirflow, user: Client) -> None:
    airflow.write("saved.mline.yaml", "mline: 1\nexperiment: saved\nstages: {a: {run: 'true'}}\n")
    file = user.read("saved.mline.yaml")
    text = file["text"] + "# more\r\n"
    answer = user.save("saved.mline.yaml", text, file["revision"])
    assert answer.status == 200, answer
    assert (airflow.workspace / "saved.mline.yaml").read_bytes() == text.encode()
    assert airflow.git("log", "-1", "--format=%an|%cn|%s") == "user|MLine|Save saved.mline.yaml"
    assert airflow.git("rev-parse", "HEAD") == answer.body["commit"]
    assert airflow.git("rev-parse", "HEAD:saved.mline.yaml") == answer.body["revision"]
    assert airflow.git("status", "--porcelain") == ""


def test_a_save_over_another_one_is_refused_and_kept(airflow: EditorAirflow, user: Client) -> None:
    airflow.write("two.mline.yaml", "mline: 1\nexperiment: two\nstages: {a: {run: 'true'}}\n")
    first = user.read("two.mline.yaml")
    assert (
        airflow.client("admin").save("two.mline.yaml", first["text"] + "# theirs\n").status == 200
    )
    answer = user.save("two.mline.yaml", first["text"] + "# mine\n", first["revision"])
    assert answer.status == 409, answer
    assert answer.body["base"] == {"text": first["text"]}
    assert answer.body["current"]["text"] == first["text"] + "# theirs\n"
    assert answer.body["current"]["by"] == "admin"
    draft = answer.body["error"]["draft"]
    assert airflow.git("show", f"{draft}:two.mline.yaml") == (first["text"] + "# mine").strip()
    assert draft in airflow.git("for-each-ref", "refs/mline/drafts/user")


def test_the_analysis_is_a_graph(user: Client) -> None:
    body = {"path": "x.mline.yaml", "text": "mline: 1\nexperiment: x\nstages: {a: {takes: 1}}\n"}
    answer = user.post("api/analysis", body)
    assert answer.status == 200, answer
    assert answer.body["nodes"]
    assert answer.body["diagnostics"]
