"""A running Airflow for the editor: its API server with the plugin, and a workspace in Git.

    with EditorAirflow(folder) as airflow:
        airflow.url, airflow.login("user"), airflow.client("viewer").get("api/session")

Three users of the SimpleAuthManager, each with their name as password: `admin`, `user` (edits and
runs) and `viewer` (reads). `workspace` is a working copy of Git at the branch `main`; `remote` is
the bare repository that it was cloned from.
"""

from __future__ import annotations

import fcntl
import http.cookiejar
import json
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple, Self

from airflow_home import EXPERIMENTS, Home, cache_folder, migrated, wait_for

from mline_airflow.quickstart.processes import Processes
from mline_airflow.quickstart.state import State, free_ports

USERS = {"admin": "admin", "user": "user", "viewer": "viewer"}
"""Name, which is the password too -> role."""


FAB = "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager"
ROLES = {"admin": "Admin", "op": "Op", "user": "User", "viewer": "Viewer", "public": "Public"}
"""Users of FAB and their roles; besides there are `one`, who may read and edit the DAG `basic`
alone, and `reads_one`, who may only read it."""
_FAB_USERS = """
import sys
from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder

with get_application_builder() as builder:
    manager = builder.sm
    for role, actions in (("One", ("can_read", "can_edit")), ("ReadsOne", ("can_read",))):
        made = manager.add_role(role)
        for action in actions:
            permission = manager.create_permission(action, "DAG:basic")
            manager.add_permission_to_role(made, permission)
        for action, resource in (("can_read", "Website"), ("can_create", "DAG Runs")):
            if action == "can_read" or role == "One":
                manager.add_permission_to_role(made, manager.create_permission(action, resource))
    for name, role in [word.split("=") for word in sys.argv[1:]]:
        found = manager.find_role(role)
        mail = f"{name}@example.org"
        assert manager.add_user(name, name.title(), "Of FAB", mail, found, password=name), name
"""


class Answer(NamedTuple):
    """An answer of the server."""

    status: int
    body: Any
    headers: dict[str, str]


class Client:
    """One user's way to the server: with a bearer token, or with a cookie as a browser has it."""

    def __init__(self, url: str, token: str = "", *, cookie: str = "") -> None:
        self.url = url.rstrip("/") + "/"
        self.token = token
        self.cookie = cookie

    def call(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> Answer:
        """Call a path below `/mline/`; one that begins with a slash is below Airflow's root."""
        base = self.url + ("" if path.startswith("/") else "mline/")
        sent = {"X-MLine": "1", "Accept": "application/json"}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        if self.cookie:
            sent["Cookie"] = f"_token={self.cookie}"
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        if data is not None:
            sent["Content-Type"] = "application/json"
        sent |= headers or {}
        sent = {name: value for name, value in sent.items() if value}
        request = urllib.request.Request(base + path.lstrip("/"), data, sent, method=method)
        try:
            with _OPENER.open(request, timeout=60) as answer:
                return _answer(answer.status, answer.read(), dict(answer.headers))
        except urllib.error.HTTPError as error:
            return _answer(error.code, error.read(), dict(error.headers))

    def get(self, path: str) -> Answer:
        return self.call("GET", path)

    def post(self, path: str, body: Any) -> Answer:
        return self.call("POST", path, body)

    def put(self, path: str, body: Any) -> Answer:
        return self.call("PUT", path, body)

    def delete(self, path: str) -> Answer:
        return self.call("DELETE", path)

    def read(self, path: str) -> dict[str, Any]:
        """Return an experiment with its text and revision."""
        answer = self.get(f"api/experiments/{urllib.parse.quote(path)}")
        assert answer.status == 200, answer
        found: dict[str, Any] = answer.body
        return found

    def save(self, path: str, text: str, base: str | None = None) -> Answer:
        """Save a text over the revision that the file has, or over another one."""
        base = self.read(path)["revision"] if base is None else base
        quoted = urllib.parse.quote(path)
        return self.put(f"api/experiments/{quoted}", {"text": text, "base": base})


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect())


def _answer(status: int, data: bytes, headers: dict[str, str]) -> Answer:
    headers = {name.lower(): value for name, value in headers.items()}
    body: Any = data.decode("utf-8", "replace")
    if data and "json" in headers.get("content-type", ""):
        body = json.loads(data)
    return Answer(status, body, headers)


class EditorAirflow:
    """Start with `start()` or as a context; `scheduler=True` runs what is triggered, too."""

    def __init__(
        self,
        folder: Path,
        *,
        experiments: Path = EXPERIMENTS,
        scheduler: bool = False,
        settings: dict[str, str] | None = None,
        base_path: str = "",
        fab: bool = False,
    ) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.remote = folder / "remote.git"
        self.workspace = folder / "workspace"
        self._make_workspace(experiments)
        (folder / "home").mkdir()
        state = State(folder / "home", self.workspace)
        ports = free_ports(usual=False)
        passwords = folder / "passwords.json"
        passwords.write_text(json.dumps({name: name for name in USERS}))
        passwords.chmod(0o600)
        users = ",".join(f"{name}:{role}" for name, role in USERS.items())
        self.url = f"http://127.0.0.1:{ports['api']}{base_path}"
        environment = state.environment(ports) | {
            "AIRFLOW__API__BASE_URL": self.url,
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self.url}/execution/",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": users,
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
            "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
            "AIRFLOW__MLINE__WORKSPACE_REMOTE": str(self.remote),
            **(settings or {}),
        }
        if fab:
            environment["AIRFLOW__CORE__AUTH_MANAGER"] = FAB
        self.home = Home(folder / "home", self.workspace, environment)
        if fab:
            fab_database(self.home)
        else:
            migrated(self.home.folder, sys.executable, version("apache-airflow"))
        self.processes = Processes(environment, folder / "logs")
        components = ["api-server", "dag-processor"]
        self.components = [*components, "scheduler", "triggerer"] if scheduler else components
        self._tokens: dict[str, str] = {}

    def _make_workspace(self, experiments: Path) -> None:
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(self.remote)], check=True)
        shutil.copytree(experiments, self.workspace)
        for command in (
            ("init", "-q", "-b", "main"),
            ("remote", "add", "origin", str(self.remote)),
            ("add", "."),
            ("commit", "-q", "-m", "Begin"),
            ("push", "-q", "-u", "origin", "main"),
        ):
            self.git(*command)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.processes.start(self.components)
        wait_for(self._is_up, 300, "Airflow is up")

    def _is_up(self) -> bool:
        self.processes.check()
        try:
            return Client(self.url).get("/api/v2/monitor/health").status == 200
        except OSError:
            return False

    def stop(self) -> None:
        """End it."""
        self.processes.stop()

    def login(self, user: str) -> str:
        """Return a token of a user, made once."""
        if user not in self._tokens:
            body = {"username": user, "password": user}
            answer = Client(self.url).post("/auth/token", body)
            assert answer.status == 201, answer
            self._tokens[user] = answer.body["access_token"]
        return self._tokens[user]

    def client(self, user: str) -> Client:
        """Return a client that is logged in, or nobody's for an empty name."""
        return Client(self.url, self.login(user) if user else "")

    def has_dag(self, dag_id: str) -> bool:
        """Tell whether Airflow has this DAG."""
        answer = self.client("admin").get(f"/api/v2/dags/{dag_id}")
        return answer.status == 200 and not answer.body["is_stale"]

    def git(self, *arguments: str, cwd: Path | None = None) -> str:
        """Run git in the workspace."""
        who = ("-c", "user.name=t", "-c", "user.email=t@example.org")
        done = subprocess.run(
            ["git", *who, *arguments],
            cwd=cwd or self.workspace,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def write(self, path: str, text: str) -> str:
        """Put a file into the workspace and commit it; returns its revision."""
        file = self.workspace / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
        self.git("add", path)
        self.git("commit", "-q", "-m", f"Write {path}")
        return self.git("rev-parse", f"HEAD:./{path}")


def fab_database(home: Home) -> None:
    """Put a database with FAB's users and roles into a home: made once, then copied."""
    kept = cache_folder() / f"airflow-fab-{version('apache-airflow')}.db"
    with kept.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            home.airflow("db", "migrate", seconds=300)
            users = [f"{name}={role}" for name, role in ROLES.items()]
            users += ["one=One", "reads_one=ReadsOne"]
            done = subprocess.run(
                [home.python, "-c", _FAB_USERS, *users],
                env=home.environment,
                cwd=home.folder,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stdout + done.stderr
            shutil.copy(home.folder / "airflow.db", kept.with_suffix(".new"))
            kept.with_suffix(".new").replace(kept)
    shutil.copy(kept, home.folder / "airflow.db")


def form_login(url: str, user: str) -> Client:
    """Log in through FAB's form, as a browser does, and return a client with its cookie."""
    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(jar)
    )
    page = opener.open(f"{url}/auth/login/?next={url}/", timeout=60).read().decode()
    match = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert match, page
    form = {"username": user, "password": user, "csrf_token": match[1]}
    data = urllib.parse.urlencode(form).encode()
    opener.open(f"{url}/auth/login/?next={url}/", data, timeout=60).close()
    (token,) = [cookie.value for cookie in jar if cookie.name == "_token"]
    return Client(url, cookie=str(token))


def browser_login(url: str, user: str) -> http.cookiejar.CookieJar:
    """Log in as a browser does and return its cookies."""
    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(jar)
    )
    body = json.dumps({"username": user, "password": user}).encode()
    request = urllib.request.Request(
        f"{url}/auth/token", body, {"Content-Type": "application/json"}
    )
    opener.open(request, timeout=30).close()
    return jar
