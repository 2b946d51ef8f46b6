"""The state folder of a quickstart: an AIRFLOW_HOME of its own, its ports, its login."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import socket
import sqlite3
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

MARK = "MLINE_QUICKSTART"
"""Names the state folder in the environment of every process that belongs to it."""

USER = "admin"
_PORTS = {"api": 8080, "worker_log": 8793, "trigger_log": 8794}
_CONNECT_ARGS = "mline_airflow.quickstart.sqlite.CONNECT_ARGS"
_SIMPLE_AUTH = "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager"


class InUseError(Exception):
    """Another quickstart runs on the same state folder; the text says where."""


class Login(NamedTuple):
    """Where the UI is, and how to get in."""

    url: str
    user: str
    password: str


@dataclass(frozen=True, slots=True)
class State:
    """One state folder. `project` is the folder that the bundle shows."""

    folder: Path
    project: Path

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder; the lock ends with the process, however that ends."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        with (self.folder / "lock").open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                raise InUseError(file.read().strip() or "starting") from None
            file.truncate(0)
            yield

    def announce(self, login: Login) -> None:
        """Write into the lock where this quickstart is, for the next one that finds it held."""
        (self.folder / "lock").write_text(login.url + "\n", "utf-8")

    def password(self) -> str:
        """Return the password of the login, made at the first call; only the owner may read it."""
        return _kept(self._passwords, (USER,))[USER]

    def environment(self, ports: dict[str, int]) -> dict[str, str]:
        """Return the environment of every process: the user's, less what is about Airflow."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW", "_AIRFLOW"))}
        api = f"http://127.0.0.1:{ports['api']}"
        bundle = {
            "name": "experiments",
            "classpath": "mline_airflow.bundles.MLineDagBundle",
            "kwargs": {"path": str(self.project), "refresh_interval": 2},
        }
        database = self.folder / "airflow.db"
        settings = {
            ("core", "executor"): "LocalExecutor",
            ("core", "parallelism"): "4",
            ("core", "load_examples"): "False",
            ("core", "auth_manager"): _SIMPLE_AUTH,
            ("core", "simple_auth_manager_users"): f"{USER}:admin",
            ("core", "simple_auth_manager_passwords_file"): str(self._passwords),
            ("core", "execution_api_server_url"): f"{api}/execution/",
            ("database", "sql_alchemy_conn"): f"sqlite:///{database}?timeout=60",
            ("database", "sql_alchemy_connect_args"): _CONNECT_ARGS,
            ("api", "base_url"): api,
            ("api", "host"): "127.0.0.1",
            ("api", "port"): str(ports["api"]),
            ("api", "workers"): "1",
            ("logging", "worker_log_server_port"): str(ports["worker_log"]),
            ("logging", "trigger_log_server_port"): str(ports["trigger_log"]),
            ("scheduler", "scheduler_idle_sleep_time"): "0.3",
            ("dag_processor", "dag_bundle_config_list"): json.dumps([bundle]),
            ("dag_processor", "dag_bundle_storage_path"): str(self.folder / "bundles"),
            ("dag_processor", "bundle_refresh_check_interval"): "1",
            ("dag_processor", "min_file_process_interval"): "10",
            ("mline", "allow_process_runner"): "True",
        }
        # Each process would make secrets of its own while there is no airflow.cfg yet.
        names = {"jwt_secret": "api_auth", "secret_key": "api", "fernet_key": "core"}
        for name, secret in _kept(self.folder / "secrets.json", tuple(names)).items():
            settings[names[name], name] = secret
        airflow = {f"AIRFLOW__{s.upper()}__{k.upper()}": v for (s, k), v in settings.items()}
        # Airflow's processes give themselves titles, which are written over the environment that
        # others see; so the mark would be gone, by which what is left running is found.
        own = {"AIRFLOW_HOME": str(self.folder), MARK: str(self.folder), "SPT_NOENV": "1"}
        return {**kept, **airflow, **own}

    def is_prepared(self) -> bool:
        """Tell whether the database was made by these versions and can be read."""
        try:
            kept = (self.folder / "prepared").read_text("utf-8")
        except OSError:
            return False
        return kept == _versions() and self.is_sound()

    def is_sound(self) -> bool:
        """Tell whether there is a database that can be read, of whatever version."""
        place = f"{(self.folder / 'airflow.db').as_uri()}?mode=ro"
        try:
            with contextlib.closing(sqlite3.connect(place, uri=True)) as database:
                return bool(database.execute("PRAGMA quick_check").fetchone() == ("ok",))
        except sqlite3.Error:
            return False

    def prepared(self) -> None:
        """Remember that the database is ready."""
        (self.folder / "prepared").write_text(_versions(), "utf-8")

    def forget(self) -> None:
        """Remove the database and the configuration, which cannot be repaired; keep artifacts."""
        (self.folder / "prepared").unlink(missing_ok=True)
        for pattern in ("airflow.db*", "airflow.cfg", "bundles"):
            for path in self.folder.glob(pattern):
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink()

    @property
    def _passwords(self) -> Path:
        return self.folder / "passwords.json"


def _kept(path: Path, names: tuple[str, ...]) -> dict[str, str]:
    """Return the secrets of a file that only its owner may read; made when they are not there."""
    with contextlib.suppress(OSError, ValueError):
        kept = json.loads(path.read_text("utf-8"))
        if isinstance(kept, dict) and all(kept.get(name) for name in names):
            return {name: str(kept[name]) for name in names}
    made = {
        # A Fernet key has 32 bytes; a password is typed by people.
        name: secrets.token_urlsafe(9)
        if name == USER
        else urlsafe_b64encode(os.urandom(32)).decode()
        for name in names
    }
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(made, file)
    return made


def free_ports(*, usual: bool = True) -> dict[str, int]:
    """Return the usual ports, each replaced by a free one when it is taken or not wanted."""
    chosen: dict[str, int] = {}
    for name, number in _PORTS.items():
        port = number if usual else _any_port()
        while port in chosen.values() or not _is_free(port):
            port = _any_port()
        chosen[name] = port
    return chosen


def _is_free(port: int) -> bool:
    # Airflow's log servers listen on every address, IPv6 included.
    for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):  # noqa: S104
        try:
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6:
                    probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                probe.bind((address, port))
        except OSError as error:
            if family == socket.AF_INET or "in use" in str(error):
                return False
    return True


def _any_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _versions() -> str:
    names = ("apache-airflow", "apache-airflow-core", "mline-airflow")
    return "\n".join(f"{name} {_version(name)}" for name in names)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"
