"""Every experiment of a bundle is one DAG; a wrong one is one import error, in our words."""

from __future__ import annotations

import ast

import pytest
from airflow_home import last_json, wait_for
from airflow_live import NATIVE, Live

ONE = """\
mline: 1
experiment: {name}
stages:
  only:
    runner: process
    gives: {{text: TextFile}}
    run: echo {name} > "$OUT_TEXT"
"""


def one(name: str) -> str:
    return ONE.format(name=name)


def test_every_experiment_is_listed_as_a_dag(live: Live) -> None:
    live.write("below/listed.mline.yaml", one("listed"))
    live.dag("listed")
    live.dag("basic")
    found = live.home.json("dags", "list")
    assert {"basic", "swept", "listed"} <= {dag["dag_id"] for dag in found}


def test_a_wrong_experiment_is_one_import_error_and_the_others_stay(live: Live) -> None:
    live.write("bad/wrong.mline.yaml", one("wrong") + "stagez: {}\nunknown_too: 1\n")
    live.write("bad/right.mline.yaml", one("right"))
    lines = live.import_error("wrong.mline.yaml").splitlines()
    assert [line.split(": ")[0] for line in lines] == [
        "bad/wrong.mline.yaml:8:1",
        "bad/wrong.mline.yaml:9:1",
    ]
    assert "stagez" in lines[0]
    live.dag("right")
    assert not live.has("wrong")


def test_an_experiment_that_is_mended_becomes_a_dag(live: Live) -> None:
    live.write("bad/mended.mline.yaml", one("mended").replace("TextFile", "NoType"))
    assert "NoType" in live.import_error("mended.mline.yaml")
    live.write("bad/mended.mline.yaml", one("mended"))
    live.dag("mended")
    found = live.get("importErrors?limit=100")["import_errors"]
    assert not [e for e in found if "mended" in e["filename"]]


def test_of_two_experiments_with_one_id_the_second_is_refused(live: Live) -> None:
    live.write("twice/a.mline.yaml", one("twice"))
    live.dag("twice")
    live.write("twice/b.mline.yaml", one("twice"))
    text = live.import_error("b.mline.yaml")
    assert text.startswith("twice/b.mline.yaml:2:13: ")
    assert "'twice'" in text
    assert "twice/a.mline.yaml" in text
    assert live.has("twice")


def test_an_experiment_that_is_removed_leaves_airflow(live: Live) -> None:
    path = live.write("gone.mline.yaml", one("gone"))
    live.dag("gone")
    path.unlink()
    wait_for(lambda: not live.has("gone"), 60, "the DAG is gone")


def test_the_code_tab_shows_the_yaml_to_the_letter(live: Live) -> None:
    yaml = one("shown") + '# """ and \'\'\' and \\ and \\" survive: ü\n'
    live.write("shown.mline.yaml", yaml)
    live.dag("shown")
    source = live.source("shown")
    if NATIVE:
        assert source == yaml
        return
    assert 'run: echo shown > "$OUT_TEXT"' in source
    kept = ast.get_docstring(ast.parse(source), clean=False)
    assert kept is not None
    assert kept.strip() == yaml.strip()


def test_a_changed_type_library_parses_the_experiments_again(live: Live) -> None:
    library = (
        "mline: 1\nlibrary: {0}\nversion: 1.0.0\ntypes:\n  {1}: {{is: TextFile, doc: Of a lab.}}\n"
    )
    live.write("lib/lab.types.mline.yaml", library.format("lab", "Note"))
    text = one("user").replace("stages:", "use: [./lab.types.mline.yaml]\nstages:")
    live.write("lib/user.mline.yaml", text.replace("TextFile", "Note"))
    live.dag("user")
    live.write("lib/lab.types.mline.yaml", library.format("lab", "Memo"))
    assert "Note" in live.import_error("user.mline.yaml")


def test_airflow_is_refused_what_only_it_can_judge_in_a_sentence(live: Live) -> None:
    text = one("clock").replace("stages:", "schedule: '99 99 * * *'\nstages:")
    live.write("clock.mline.yaml", text)
    error = live.import_error("clock.mline.yaml")
    assert error.startswith("clock.mline.yaml:3:1")
    assert "Traceback" not in error


def test_a_git_repository_is_a_bundle_with_commits_as_versions(live: Live) -> None:
    pytest.importorskip("airflow.providers.git")
    folder = live.repository / "lab"
    (folder / "versioned.mline.yaml").write_text(one("versioned"))
    live.git("add", ".")
    live.git("commit", "-q", "-m", "one")
    first = live.git("rev-parse", "HEAD")
    assert live.dag("versioned")["bundle_version"] == first
    (folder / "versioned.mline.yaml").write_text(one("versioned") + "title: Second\n")
    live.git("commit", "-q", "-a", "-m", "two")
    second = live.git("rev-parse", "HEAD")

    def shown() -> bool:
        dag = live.dag("versioned")
        return dag["bundle_version"] == second and dag["description"] == "Second"

    wait_for(shown, 60, "the second commit")


def test_the_trigger_form_gets_the_params_as_json_schema(live: Live) -> None:
    params = live.dag("basic")["params"]
    assert params["text"]["value"] == "abcde"
    assert params["text"]["schema"]["minLength"] == 1
    assert params["text"]["schema"]["title"] == "A text"
    assert params["least"]["schema"]["type"] == "integer"


def test_docs_tags_and_owner_are_airflows_own(live: Live) -> None:
    dag = live.dag("basic")
    assert dag["description"] == "Counts letters"
    assert "{{ this }}" in dag["doc_md"]
    assert {tag["name"] for tag in dag["tags"]} == {"trial", "letters"}
    assert dag["owners"] == ["ml-team"]


def test_the_section_of_the_configuration_is_documented(live: Live) -> None:
    text = live.home.airflow("config", "list", "--section", "mline", "--include-descriptions")
    for name in ("profile", "store", "allow_process_runner", "allowed_images", "max_memory"):
        assert f"{name} =" in text
    assert last_json(live.home.airflow("providers", "list", "--output", "json"))
