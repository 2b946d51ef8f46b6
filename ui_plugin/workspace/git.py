"""The `git` command, run so that nothing of a working copy's own configuration is obeyed.

The command and not a library: GitPython wraps it without control of its environment, and dulwich
lacks the merge. What needs configuration (commits, merges, fetch, push, logs) runs in a *shadow*
repository beside Airflow: its configuration and hooks are ours, its objects are the working copy's.
In the working copy's own repository only references are read and moved, with hooks switched off.
So neither hooks nor filters, merge drivers, helpers or monitors of the working copy ever run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..errors import Refusal

LOCAL_SECONDS = 30.0
_KEPT = ("PATH", "HOME", "TMPDIR", "SSH_AUTH_SOCK", "LANG", "SSL_CERT_FILE", "SSL_CERT_DIR")
_KEPT_TOO = ("GIT_SSL_CAINFO", "GIT_SSL_CAPATH")
_PROXIES = ("http_proxy", "https_proxy", "no_proxy", "all_proxy")
_CONFIG = {
    "safe.directory": "*",
    "core.hooksPath": "/dev/null",
    "core.fsmonitor": "false",
    "core.untrackedCache": "false",
    "core.attributesFile": "/dev/null",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "commit.gpgSign": "false",
    "push.gpgSign": "false",
    "credential.helper": "",
    "advice.detachedHead": "false",
    "protocol.ext.allow": "never",
}


class GitError(Exception):
    """Git did not do it; the text is what it said."""

    def __init__(
        self, arguments: Sequence[str], status: int, said: str, printed: bytes = b""
    ) -> None:
        super().__init__(f"git {arguments[0]}: {said.strip() or f'status {status}'}")
        self.status = status
        self.said = said.strip()
        self.printed = printed


def is_installed() -> bool:
    """Tell whether there is a `git` command."""
    return shutil.which("git") is not None


def environment(
    more: Mapping[str, str] | None = None, config: Sequence[tuple[str, str]] = ()
) -> dict[str, str]:
    """Return the whole environment of a git command; `config` wins over our own settings."""
    kept = {k: v for k, v in os.environ.items() if k in _KEPT or k in _KEPT_TOO}
    kept |= {k: v for k, v in os.environ.items() if k.lower() in _PROXIES}
    entries = [*_CONFIG.items(), *config]
    settings = {
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "true",
        "GIT_SSH_COMMAND": "ssh -o BatchMode=yes",
        "GIT_ALLOW_PROTOCOL": "https:ssh",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_PAGER": "cat",
        "GIT_EDITOR": "true",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_CONFIG_COUNT": str(len(entries)),
    }
    for number, (key, value) in enumerate(entries):
        settings[f"GIT_CONFIG_KEY_{number}"] = key
        settings[f"GIT_CONFIG_VALUE_{number}"] = value
    return {**kept, **settings, **(more or {})}


def run(
    arguments: Sequence[str],
    env: Mapping[str, str],
    *,
    cwd: Path,
    data: bytes = b"",
    seconds: float = LOCAL_SECONDS,
) -> bytes:
    """Run git and return what it printed. Raises GitError, also when it takes too long."""
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=cwd,
            env=dict(env),
            input=data,
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise GitError(arguments, -1, f"no answer within {seconds:.0f} s") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace")
        raise GitError(arguments, done.returncode, said, done.stdout)
    return done.stdout


class Git:
    """The repository of a working copy, and its shadow."""

    def __init__(self, directory: Path, shadow: Path, worktree: Path | None) -> None:
        self.directory = directory
        """`.git` of the working copy, or a bare repository."""
        self.shadow = shadow
        self.worktree = worktree
        """The top folder of the working copy; None for a history that has no index."""

    def prepare(self) -> None:
        """Make the shadow, once."""
        if (self.shadow / "HEAD").exists():
            return
        self.shadow.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        run(["init", "--quiet", "--bare", str(self.shadow)], environment(), cwd=self.shadow.parent)

    def run(
        self,
        *arguments: str,
        data: bytes = b"",
        seconds: float = LOCAL_SECONDS,
        more: Mapping[str, str] | None = None,
        config: Sequence[tuple[str, str]] = (),
        files: bool = False,
    ) -> bytes:
        """Run a command in the shadow, over the objects of the working copy.

        `files` lets it see and change the working copy's files too.
        """
        own = {
            "GIT_DIR": str(self.shadow),
            "GIT_OBJECT_DIRECTORY": str(self.common / "objects"),
        }
        shallow = self.common / "shallow"
        if shallow.exists():
            own["GIT_SHALLOW_FILE"] = str(shallow)
        if self.worktree is not None:
            own["GIT_INDEX_FILE"] = str(self.directory / "index")
            if files:
                own["GIT_WORK_TREE"] = str(self.worktree)
        return run(
            arguments,
            environment({**own, **(more or {})}, config),
            cwd=self.worktree if files and self.worktree else self.shadow,
            data=data,
            seconds=seconds,
        )

    def text(self, *arguments: str) -> str:
        """Return what a command in the shadow prints, stripped."""
        return self.run(*arguments).decode("utf-8", "replace").strip()

    def own(self, *arguments: str, data: bytes = b"") -> str:
        """Run one of the few commands that read or move the working copy's references."""
        env = environment({"GIT_DIR": str(self.directory)})
        return run(arguments, env, cwd=self.directory, data=data).decode("utf-8", "replace").strip()

    @property
    def common(self) -> Path:
        """The folder of objects and references, which several worktrees may share."""
        link = self.directory / "commondir"
        if link.is_file():
            return (self.directory / link.read_text("utf-8").strip()).resolve()
        return self.directory

    def branch(self) -> str | None:
        """Return the reference that HEAD names, or None when it is detached."""
        head = (self.directory / "HEAD").read_text("utf-8").strip()
        return head.removeprefix("ref: ") if head.startswith("ref: ") else None

    def head(self) -> str | None:
        """Return the commit of the branch, or None before the first one."""
        branch = self.branch()
        if branch is not None:
            try:  # a process less for each request
                return (self.common / branch).read_text("ascii").strip()
            except (OSError, ValueError):
                pass
        try:
            return self.own("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        except GitError:
            return None

    def setting(self, key: str) -> str:
        """Return one value of the working copy's configuration; it is read, not obeyed."""
        try:
            return self.own("config", "--local", "--no-includes", "--get", key)
        except GitError:
            return ""


def find(folder: Path) -> tuple[Path, Path] | None:
    """Return `.git` and the top folder of the working copy that a folder is in, if it is in one."""
    for candidate in (folder, *folder.parents):
        link = candidate / ".git"
        if link.is_dir() and (link / "HEAD").is_file():
            return link, candidate
        if link.is_file():  # a worktree of another repository, or a submodule
            text = link.read_text("utf-8", errors="replace")
            target = (candidate / text.removeprefix("gitdir:").strip()).resolve()
            if text.startswith("gitdir:") and (target / "HEAD").is_file():
                return target, candidate
            raise Refusal(503, "workspace", f"{link} does not lead to a Git repository")
    return None
