"""Every route for every role, with a cookie and with a token: who may do what."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from airflow_home import wait_for

if TYPE_CHECKING:
    from editor_airflow import Answer, Client, EditorAirflow

TEXT = "mline: 1\nexperiment: {name}\nstages:\n  a: {{runner: process, run: 'true'}}\n"
BASE = "0" * 40
DOCUMENT = {"path": "x.mline.yaml", "text": TEXT.format(name="x")}

# What a viewer may not do is 403; what needs nothing but a login is 200 for both. A write that is
# refused by its base (409) or its body has passed the question of rights.
READS = [
    ("GET", "api/session", None),
    ("GET", "api/experiments", None),
    ("GET", "api/experiments/basic.mline.yaml", None),
    ("GET", "api/experiments/basic.mline.yaml/history", None),
    ("GET", "api/experiments/basic.mline.yaml/dependents", None),
    ("GET", "api/experiments/basic.mline.yaml/dag", None),
    ("GET", "api/drafts", None),
    ("GET", "api/templates", None),
    ("GET", "api/types", None),
    ("GET", "api/openapi.json", None),
    ("POST", "api/analysis", DOCUMENT),
    ("POST", "api/check", DOCUMENT),
    ("POST", "api/types", DOCUMENT),
    ("POST", "api/plan", DOCUMENT),
    ("POST", "api/lsp", {"documents": [], "messages": []}),
]
WRITES = [
    ("PUT", "api/experiments/basic.mline.yaml", {"text": "mline: 1\n", "base": BASE}, 409),
    (
        "POST",
        "api/experiments",
        {"path": "basic.mline.yaml", "from": {"text": TEXT.format(name="basic")}},
        409,
    ),
    ("POST", "api/rename", {"path": "basic.mline.yaml", "to": "daily.mline.yaml"}, 409),
    ("DELETE", f"api/experiments/basic.mline.yaml?base={BASE}", None, 409),
    ("POST", "api/experiments/basic.mline.yaml/runs", {"params": {"nonsense": 1}}, 422),
]
PAGES = ["", "icon.svg"]


def _every_route(airflow: EditorAirflow) -> set[tuple[str, str]]:
    paths = airflow.client("viewer").get("api/openapi.json").body["paths"]
    return {(method.upper(), path) for path, ways in paths.items() for method in ways}


def test_the_table_has_every_route(airflow: EditorAirflow) -> None:
    commit = ("GET", "/api/experiments/{path}/at/{commit}")  # its own test is below
    told = {commit}
    for method, path, *_ in [*READS, *WRITES]:
        name = f"/{path}".partition("?")[0].replace("basic.mline.yaml", "{path}")
        told.add((method, name))
    assert _every_route(airflow) | {("GET", "/api/openapi.json")} == told


@pytest.mark.parametrize(("method", "path", "body"), READS)
def test_who_may_read(airflow: EditorAirflow, method: str, path: str, body: Any) -> None:
    wait_for(lambda: airflow.has_dag("basic"), 90, "Airflow has the DAG basic")
    answers = {
        name: airflow.client(name).call(method, path, body).status
        for name in ("", "viewer", "user", "admin")
    }
    assert answers == {"": 401, "viewer": 200, "user": 200, "admin": 200}


@pytest.mark.parametrize(("method", "path", "body", "passed"), WRITES)
def test_who_may_write(
    airflow: EditorAirflow, method: str, path: str, body: Any, passed: int
) -> None:
    wait_for(lambda: airflow.has_dag("basic"), 90, "Airflow has the DAG basic")
    answers = {
        name: airflow.client(name).call(method, path, body).status
        for name in ("", "viewer", "user", "admin")
    }
    assert answers == {
        "": 401,
        "viewer": 422 if path.endswith("/runs") else 403,
        "user": passed,
        "admin": passed,
    }


def test_a_viewer_starts_no_run(airflow: EditorAirflow, viewer: Client) -> None:
    wait_for(lambda: airflow.has_dag("basic"), 90, "Airflow has the DAG basic")
    answer = viewer.post("api/experiments/basic.mline.yaml/runs", {"params": {}})
    assert answer.status == 403, answer
    assert answer.body["error"]["code"] == "forbidden"


def test_a_user_starts_a_run_by_airflows_own_rules(airflow: EditorAirflow, user: Client) -> None:
    wait_for(lambda: airflow.has_dag("basic"), 90, "Airflow has the DAG basic")
    path = "api/experiments/basic.mline.yaml/runs"
    answer = user.post(path, {"params": {"text": "hello"}})
    assert answer.status == 201, answer
    run = user.get(f"/api/v2/dags/basic/dagRuns/{answer.body['run_id']}").body
    assert run["conf"] == {"text": "hello"}
    assert run["triggering_user_name"] == "user"
    assert answer.body["url"] == f"dags/basic/runs/{_quoted(answer.body['run_id'])}"
    listed = {one["path"]: one for one in user.get("api/experiments").body["experiments"]}
    assert listed["basic.mline.yaml"]["runs"][0]["run_id"] == answer.body["run_id"]
    wrong = user.post(path, {"params": {"text": ""}})
    assert wrong.status == 400, wrong
    assert "too short" in wrong.body["error"]["message"] or "non-empty" in str(wrong.body)
    unknown = user.post(path, {"params": {"txet": "x"}})
    assert unknown.body["error"]["message"].endswith("did you mean 'text'?")


def _quoted(text: str) -> str:
    from urllib.parse import quote

    return quote(text, safe="")


@pytest.mark.parametrize("page", PAGES)
def test_pages_are_for_those_who_are_logged_in(airflow: EditorAirflow, page: str) -> None:
    nobody = airflow.client("").get(page)
    if page:
        assert nobody.status == 401
    else:
        assert nobody.status == 302
        assert "/auth/login" in nobody.headers["location"]
    seen = airflow.client("viewer").get(page)
    assert seen.status in {200, 503}, seen
    if seen.status == 503:
        assert "make web" in seen.body


@pytest.mark.parametrize(("method", "path", "body"), [READS[2], READS[10]])
def test_a_cookie_is_as_good_as_a_token(
    airflow: EditorAirflow, method: str, path: str, body: Any
) -> None:
    from editor_airflow import Client

    client = Client(airflow.url, cookie=airflow.login("viewer"))
    assert client.call(method, path, body).status == 200


def test_a_foreign_page_cannot_write_with_the_users_cookie(airflow: EditorAirflow) -> None:
    from editor_airflow import Client

    client = Client(airflow.url, cookie=airflow.login("user"))
    path, body = "api/experiments/basic.mline.yaml", {"text": "x", "base": BASE}
    own = airflow.url.rstrip("/")

    def call(**headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return client.call("PUT", path, body, named)

    foreign = [
        call(X_MLine=""),
        call(X_MLine="", Content_Type="text/plain"),
        call(Origin="https://evil.example"),
        call(Origin="null"),
        call(Sec_Fetch_Site="cross-site"),
        call(Sec_Fetch_Site="same-site"),
        call(Origin=own, Sec_Fetch_Site="cross-site"),
    ]
    assert {answer.status for answer in foreign} == {403}
    assert {answer.body["error"]["code"] for answer in foreign} == {"foreign-request"}
    assert call(Origin=own, Sec_Fetch_Site="same-origin").status == 409
    preflight = client.call("OPTIONS", path, None, {"Origin": "https://evil.example"})
    assert preflight.status == 405
    assert not any(name.startswith("access-control") for name in preflight.headers)


def test_every_answer_has_the_headers_of_safety(airflow: EditorAirflow) -> None:
    for client, path in (("user", "api/session"), ("", "api/session"), ("user", "nothing"),
                         ("user", "api/experiments/%2e%2e"), ("user", "icon.svg")):  # fmt: skip
        headers = airflow.client(client).get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'self'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] in {"no-store", "no-cache"}


@pytest.mark.parametrize(
    "path",
    [
        "..%2F..%2Fetc%2Fpasswd",
        "%2e%2e/%2e%2e/etc/passwd",
        "..%5c..%5cx.mline.yaml",
        "%2Fetc%2Fx.mline.yaml",
        ".git%2Fconfig",
        ".git/x.mline.yaml",
        "x%00.mline.yaml",
        "code.py",
        "link.mline.yaml",
        "linked/x.mline.yaml",
    ],
)
def test_no_path_leads_out_of_the_workspace(
    airflow: EditorAirflow, user: Client, path: str
) -> None:
    outside = airflow.folder / "outside"
    outside.mkdir(exist_ok=True)
    (outside / "x.mline.yaml").write_text(TEXT.format(name="stolen"))
    for name, target in (("link.mline.yaml", outside / "x.mline.yaml"), ("linked", outside)):
        link = airflow.workspace / name
        if not link.is_symlink():
            link.symlink_to(target)
    try:
        body = {"text": "mline: 1\n", "base": BASE}
        answers = [
            user.get(f"api/experiments/{path}"),
            user.get(f"api/experiments/{path}/history"),
            user.put(f"api/experiments/{path}", body),
            user.delete(f"api/experiments/{path}?base={BASE}"),
        ]
        assert {answer.status for answer in answers} <= {404, 422}, answers
        assert "stolen" not in json.dumps([answer.body for answer in answers])
        assert "stolen" not in json.dumps(user.get("api/experiments").body)
        static = user.get(f"assets/../../{path}")
        assert static.status in {404, 422}
        assert (outside / "x.mline.yaml").read_text() == TEXT.format(name="stolen")
    finally:
        for name in ("link.mline.yaml", "linked"):
            (airflow.workspace / name).unlink()


def test_limits_of_size_and_depth(user: Client) -> None:
    huge = user.post("api/analysis", b'{"path": "x.mline.yaml", "text": "' + b"x" * 5_000_000)
    assert huge.status == 413
    long = user.post("api/analysis", {"path": "x.mline.yaml", "text": "#" * 1_000_001})
    assert long.status == 422
    deep = user.post("api/analysis", b"[" * 200_000)
    assert deep.status in {400, 422}, deep
    yaml = {"path": "x.mline.yaml", "text": "a: " + "[" * 20_000}
    answer = user.post("api/analysis", yaml)
    assert answer.status == 200
    assert answer.body["diagnostics"]
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(12)
    )
    assert user.post("api/analysis", {"path": "x.mline.yaml", "text": bomb}).status == 200
    half = b'{"path": "x.mline.yaml", "text": "\\ud800"}'
    assert user.post("api/analysis", half).status in {200, 422}
    params: Any = 1
    for _ in range(60):
        params = [params]
    run = user.post("api/experiments/basic.mline.yaml/runs", {"params": {"text": params}})
    assert run.status == 422, run


def test_the_rate_of_one_user_is_limited(airflow: EditorAirflow) -> None:
    from mline_airflow.ui_plugin.errors import Refusal
    from mline_airflow.ui_plugin.rate import RateLimit

    limit = RateLimit(rate=1, burst=5)
    for _ in range(5):
        limit.take("ada")
    with pytest.raises(Refusal) as caught:
        limit.take("ada")
    assert caught.value.status == 429
    assert caught.value.headers is not None
    assert int(caught.value.headers["Retry-After"]) >= 1
    limit.take("bob")


def test_saves_are_in_airflows_audit_log_and_refused_ones_are_not(
    airflow: EditorAirflow, user: Client
) -> None:
    old = airflow.write("audited.mline.yaml", TEXT.format(name="audited"))
    saved = user.save("audited.mline.yaml", TEXT.format(name="audited") + "# new\n")
    assert saved.status == 200
    assert user.save("audited.mline.yaml", "mine", BASE).status == 409
    assert airflow.client("viewer").save("audited.mline.yaml", "mine", old).status == 403
    found = airflow.client("admin").get("/api/v2/eventLogs?event=mline.save&limit=1000").body
    entries = [one for one in found["event_logs"] if "audited.mline.yaml" in one["extra"]]
    assert [(one["event"], one["owner"]) for one in entries] == [("mline.save", "user")]
    assert json.loads(entries[0]["extra"]) == {
        "experiment": "audited",
        "file": "audited.mline.yaml",
        "old": old,
        "new": saved.body["revision"],
        "commit": saved.body["commit"],
    }
