"""Files that come, move and go; history; and when a save has become a DAG."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from airflow_home import wait_for

if TYPE_CHECKING:
    from editor_airflow import Client, EditorAirflow

STAGES = "stages:\n  a: {runner: process, run: 'true'}\n"


def experiment(name: str, more: str = "") -> str:
    return f"mline: 1\nexperiment: {name}\n{more}{STAGES}"


def test_an_experiment_is_made_from_a_template(airflow: EditorAirflow, user: Client) -> None:
    templates = user.get("api/templates").body
    assert {"blank", "tabular"} <= {one["id"] for one in templates if one["kind"] == "template"}
    assert all(one["title"] for one in templates)
    body = {"path": "made/first.mline.yaml", "from": {"template": "tabular"}}
    answer = user.post("api/experiments", body)
    assert answer.status == 201, answer
    assert "experiment: first\n" in answer.body["text"]
    assert answer.body["modified"]["by"] == "user"
    analysis = user.post("api/analysis", {k: answer.body[k] for k in ("path", "text")}).body
    assert [d for d in analysis["diagnostics"] if d["severity"] == "error"] == []
    assert (airflow.workspace / "made" / "src" / "forest.py").is_file()
    assert airflow.git("status", "--porcelain") == ""
    assert user.post("api/experiments", body).status == 409


def test_every_template_and_example_makes_an_experiment_without_errors(user: Client) -> None:
    for n, one in enumerate(user.get("api/templates").body):
        path = f"all/n{n}/try_{n}.mline.yaml"
        answer = user.post("api/experiments", {"path": path, "from": {one["kind"]: one["id"]}})
        assert answer.status == 201, (one, answer)
        report = user.post("api/check", {"path": path, "text": answer.body["text"]}).body
        assert report["summary"]["errors"] == 0, (one, report)


def test_an_experiment_is_made_from_another_one_and_from_a_text(
    airflow: EditorAirflow, user: Client
) -> None:
    copied = user.post(
        "api/experiments", {"path": "copy.mline.yaml", "from": {"experiment": "basic.mline.yaml"}}
    )
    assert copied.status == 201, copied
    original = (airflow.workspace / "basic.mline.yaml").read_text()
    assert copied.body["text"] == original.replace("experiment: basic", "experiment: copy")
    text = experiment("by_text")
    made = user.post("api/experiments", {"path": "t.mline.yaml", "from": {"text": text}})
    assert made.status == 201
    same = user.post("api/experiments", {"path": "u.mline.yaml", "from": {"text": text}})
    assert same.status == 409
    assert "already in 't.mline.yaml'" in same.body["error"]["message"]
    bad = user.post("api/experiments", {"path": "No Id.mline.yaml", "from": {"template": "blank"}})
    assert bad.status == 422
    none = user.post("api/experiments", {"path": "z.mline.yaml", "from": {"template": "nope"}})
    assert "there are: blank, tabular" in none.body["error"]["message"]


def test_a_rename_changes_what_names_it_and_nothing_else(
    airflow: EditorAirflow, user: Client
) -> None:
    airflow.write(
        "r/giver.mline.yaml",
        "mline: 1\nexperiment: giver\nentities: {thing: {is: TextFile}}\nstages:\n  give:\n"
        '    runner: process\n    gives: {text: thing}\n    run: printf x > "$OUT_TEXT"\n',
    )
    taker = (
        "# giver.thing stays in a comment\r\nmline: 1\r\nexperiment: r_taker\r\n"
        "entities: {thing: {is: TextFile, from: 'giver.thing'}, giver: {is: TextFile, at: x.txt}}"
        "\r\nstages:\r\n  take: {runner: process, takes: {text: thing}, run: 'true'}\r\n"
    )
    airflow.write("r/taker.mline.yaml", taker)
    found = user.get("api/experiments/r/giver.mline.yaml/dependents").body
    assert found == {"dependents": ["r/taker.mline.yaml"]}
    body = {"path": "r/giver.mline.yaml", "to": "r/donor.mline.yaml", "experiment": "donor"}
    answer = user.post("api/rename", body)
    assert answer.status == 200, answer
    assert answer.body["dependents"] == ["r/taker.mline.yaml"]
    assert user.read("r/taker.mline.yaml")["text"] == taker.replace(
        "'giver.thing'", "'donor.thing'"
    )
    assert "experiment: donor\n" in user.read("r/donor.mline.yaml")["text"]
    assert user.get("api/experiments/r/giver.mline.yaml").status == 404
    assert airflow.git("show", "--name-status", "--format=%s", "HEAD").splitlines()[0] == (
        "Rename r/giver.mline.yaml to r/donor.mline.yaml"
    )
    history = user.get("api/experiments/r/donor.mline.yaml/history").body
    assert [one["path"] for one in history] == ["r/donor.mline.yaml", "r/giver.mline.yaml"]
    first = history[-1]
    was = user.get(f"api/experiments/{first['path']}/at/{first['commit']}")
    assert "experiment: giver" in was.body["text"]


def test_a_library_that_moves_takes_its_users_along(airflow: EditorAirflow, user: Client) -> None:
    airflow.write(
        "lib/own.types.mline.yaml", "mline: 1\nlibrary: own\ntypes:\n  Thing: {is: File}\n"
    )
    airflow.write(
        "lib/by_path.mline.yaml", experiment("by_path", "use: [./own.types.mline.yaml]\n")
    )
    airflow.write("lib/by_name.mline.yaml", experiment("by_name", "use: [own]\n"))
    body = {"path": "lib/own.types.mline.yaml", "to": "moved.types.mline.yaml"}
    answer = user.post("api/rename", body)
    assert answer.status == 200, answer
    assert answer.body["dependents"] == ["lib/by_name.mline.yaml", "lib/by_path.mline.yaml"]
    assert "use: [../moved.types.mline.yaml]" in user.read("lib/by_path.mline.yaml")["text"]
    assert "use: [moved]" in user.read("lib/by_name.mline.yaml")["text"]


def test_what_is_named_elsewhere_is_removed_only_on_purpose(
    airflow: EditorAirflow, user: Client
) -> None:
    base = user.read("maker.mline.yaml")["revision"]
    answer = user.delete(f"api/experiments/maker.mline.yaml?base={base}")
    assert answer.status == 409
    assert answer.body["error"]["dependents"] == ["taker.mline.yaml"]
    base = airflow.write("gone.mline.yaml", experiment("gone"))
    assert user.delete(f"api/experiments/gone.mline.yaml?base={'0' * 40}").status == 409
    answer = user.delete(f"api/experiments/gone.mline.yaml?base={base}")
    assert answer.status == 200, answer
    assert not (airflow.workspace / "gone.mline.yaml").exists()
    assert airflow.git("log", "-1", "--format=%an %s") == "user Remove gone.mline.yaml"
    assert airflow.git("status", "--porcelain") == ""


def test_a_commit_of_nobodys_history_is_not_shown(airflow: EditorAirflow, user: Client) -> None:
    airflow.git("checkout", "-q", "-b", "elsewhere")
    airflow.write("hidden.mline.yaml", experiment("hidden"))
    hidden = airflow.git("rev-parse", "HEAD")
    airflow.git("checkout", "-q", "main")
    for commit in (hidden, hidden[:8], "HEAD", "elsewhere", "-p", "0" * 40):
        assert user.get(f"api/experiments/hidden.mline.yaml/at/{commit}").status == 404


def test_a_file_that_is_no_utf8_is_said_and_listed(airflow: EditorAirflow, user: Client) -> None:
    (airflow.workspace / "latin.mline.yaml").write_bytes(
        b"mline: 1\nexperiment: latin\ndoc: \xe9\n"
    )
    answer = user.get("api/experiments/latin.mline.yaml")
    assert answer.status == 422
    assert "0xE9" in answer.body["error"]["message"]
    listed = {one["path"]: one for one in user.get("api/experiments").body["experiments"]}
    assert listed["latin.mline.yaml"]["problems"]["error"] > 0
    (airflow.workspace / "latin.mline.yaml").unlink()


def test_a_file_that_cannot_be_read_hides_no_other(airflow: EditorAirflow, user: Client) -> None:
    (airflow.workspace / "huge.mline.yaml").write_bytes(b"#" * 1_000_001)
    try:
        listed = {one["path"]: one for one in user.get("api/experiments").body["experiments"]}
        assert listed["huge.mline.yaml"]["problems"]["error"] == 1
        assert "more than" in listed["huge.mline.yaml"]["title"]
        assert listed["basic.mline.yaml"]["problems"]["error"] == 0
        assert user.get("api/experiments/huge.mline.yaml").status == 413
        assert user.get("api/experiments/basic.mline.yaml/dependents").status == 200
    finally:
        (airflow.workspace / "huge.mline.yaml").unlink()


def test_the_editor_hears_when_a_save_has_become_a_dag(
    airflow: EditorAirflow, user: Client
) -> None:
    path = "became.mline.yaml"
    made = user.post("api/experiments", {"path": path, "from": {"text": experiment("became")}})
    assert made.status == 201

    def state() -> str:
        answer = user.get(f"api/experiments/{path}/dag")
        assert answer.status == 200, answer
        found: str = answer.body["state"]
        return found

    assert state() == "waiting"
    wait_for(lambda: state() == "ready", 90, "the new experiment is a DAG")
    # A comment changes no DAG, so Airflow has nothing to do and the save is one at once.
    file = user.read(path)
    assert user.save(path, file["text"] + "# a comment\n", file["revision"]).status == 200
    assert state() == "ready"
    file = user.read(path)
    more = file["text"].replace("  a: ", "  b: {runner: process, run: 'true'}\n  a: ")
    saved = user.save(path, more, file["revision"])
    assert saved.status == 200
    assert state() == "waiting"
    wait_for(lambda: state() == "ready", 90, "the change is a DAG")
    answer = user.get(f"api/experiments/{path}/dag").body
    assert answer["revision_seen"] == saved.body["revision"]
    assert answer["dag_id"] == "became"
    broken = more.replace("run: 'true'", "takes: {x: nothing}, run: 'true'", 1)
    saved = user.save(path, broken, saved.body["revision"])
    assert saved.status == 200
    wait_for(lambda: state() == "import-error", 90, "the mistake is an import error")
    answer = user.get(f"api/experiments/{path}/dag").body
    assert "'nothing'" in answer["error"]
    saved = user.save(path, more, saved.body["revision"])
    wait_for(lambda: state() == "ready", 90, "and mended it is a DAG again")


@pytest.mark.parametrize("name", ["user", "admin"])
def test_the_workspace_is_pushed_to_its_remote(airflow: EditorAirflow, name: str) -> None:
    path = f"pushed_{name}.mline.yaml"
    body = {"path": path, "from": {"text": experiment(f"pushed_{name}")}}
    assert airflow.client(name).post("api/experiments", body).status == 201
    head = airflow.git("rev-parse", "main")
    assert airflow.git("rev-parse", "main", cwd=airflow.remote) == head
    session = airflow.client(name).get("api/session").body["workspace"]
    assert session["unpushed"] == 0
    assert session["problem"] == ""
