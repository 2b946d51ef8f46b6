"""The repository that a workspace's saves are pushed to, and what happens when it has moved.

A save is pushed before it becomes the branch here: when others have pushed meanwhile, theirs is
taken in first (a fast-forward or a merge without conflict), and a save that began with another text
is then refused like any stale one. A repository that cannot be reached loses nothing: the save
stays a commit here, the answer says so, and the next save pushes both.
"""

from __future__ import annotations

import contextlib
import re
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from .git import Git, GitError, environment, run

PUSH_SECONDS = 30.0
CLONE_SECONDS = 300.0
_QUIET_SECONDS = 30.0
"""After a failure nobody waits for the repository again for so long."""
_MARKS = ("fatal:", "error:", "remote:")
_BY_SSH = "fatal: Could not read from remote repository."
_SECRET = re.compile(r"://[^/@\s]+@")
_HOOK_LOCK = threading.Lock()


class MovedError(Exception):
    """The repository has commits that are not here."""


class UnreachableError(Exception):
    """The repository did not take the push; the text says why."""


@dataclass
class Remote:
    """Where saves are pushed to. `local` says that a folder of this machine may be it."""

    url: str
    branch: str
    connection: str = ""
    local: bool = False
    _failed: tuple[float, str] | None = field(default=None, repr=False)

    @property
    def shown(self) -> str:
        """The address without credentials."""
        if "://" not in self.url:
            return self.url
        parts = urlsplit(self.url)
        host = parts.netloc.rpartition("@")[2]
        return urlunsplit((parts.scheme, host, parts.path, "", ""))

    @property
    def problem(self) -> str:
        """What went wrong the last time, or nothing."""
        return self._failed[1] if self._failed else ""

    def push(self, git: Git, commit: str) -> None:
        """Push a commit to the branch. Raises MovedError, UnreachableError."""
        if self._failed and time.monotonic() - self._failed[0] < _QUIET_SECONDS:
            raise UnreachableError(self._failed[1])
        target = f"{commit}:refs/heads/{self.branch}"
        try:
            # The name of the receiving program is ours: a configuration could name another one.
            self._run(
                git,
                "push",
                "--quiet",
                "--porcelain",
                "--receive-pack=git-receive-pack",
                "--",
                self.url,
                target,
            )
        except GitError as error:
            said = error.said + error.printed.decode("utf-8", "replace")
            if re.search(
                r"\[(remote )?rejected\].*(fetch first|non-fast-forward|stale info)", said
            ):
                raise MovedError from None
            raise self._failure(error) from None
        self._failed = None

    def fetch(self, git: Git) -> str | None:
        """Fetch the branch and return its commit, None when there is none; or UnreachableError."""
        try:
            listed = self._run(
                git,
                "ls-remote",
                "--upload-pack=git-upload-pack",
                "--",
                self.url,
                f"refs/heads/{self.branch}",
            )
            if not listed.strip():
                return None
            self._run(
                git,
                "fetch",
                "--quiet",
                "--no-tags",
                "--no-write-fetch-head",
                "--no-auto-gc",
                "--upload-pack=git-upload-pack",
                "--",
                self.url,
                f"refs/heads/{self.branch}",
            )
        except GitError as error:
            raise self._failure(error) from None
        self._failed = None
        return listed.split()[0].decode("ascii")

    def clone(self, folder: Path) -> None:
        """Make a working copy of the branch in a folder that is not there. Raises GitError."""
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".clone-") as made:
            target = Path(made, "clone")
            arguments = ["clone", "--quiet", "--no-tags", f"--branch={self.branch}", "--template="]
            with self._credentials() as (more, config):
                env = environment({"GIT_ALLOW_PROTOCOL": self._protocols, **more}, config)
                run(
                    [*arguments, "--upload-pack=git-upload-pack", "--", self.url, str(target)],
                    env,
                    cwd=folder.parent,
                    seconds=CLONE_SECONDS,
                )
            target.rename(folder)

    @property
    def _protocols(self) -> str:
        return "https:ssh:http" + (":file" if self.local else "")

    def _failure(self, error: GitError) -> UnreachableError:
        self._failed = (time.monotonic(), f"{self.shown} cannot be used: {self.words(error)}")
        return UnreachableError(self._failed[1])

    @staticmethod
    def words(error: GitError) -> str:
        """Return what git said, without credentials."""
        said = _SECRET.sub("://", error.said).splitlines()
        at = next((n for n, line in enumerate(said) if line.startswith(_MARKS)), None)
        if at and said[at] == _BY_SSH:  # why, SSH said before
            return said[at - 1].strip()[:300]
        line = "" if at is None else said[at]
        return (line.partition(": ")[2] or (said[-1] if said else f"status {error.status}"))[:300]

    def _run(self, git: Git, *arguments: str) -> bytes:
        with self._credentials() as (own, config):
            more = {"GIT_ALLOW_PROTOCOL": self._protocols, **own}
            return git.run(*arguments, more=more, config=config, seconds=PUSH_SECONDS)

    @contextlib.contextmanager
    def _credentials(self) -> Iterator[tuple[dict[str, str], list[tuple[str, str]]]]:
        """Yield what the Git provider's hook puts into the environment for its connection.

        The hook changes the environment of the whole process, so one thread at a time may have it.
        """
        if not self.connection:
            yield {}, []
            return
        from airflow.providers.git.hooks.git import GitHook

        hook = GitHook(self.connection, repo_url=self.url)
        with _HOOK_LOCK, hook.configure_hook_env():
            env = {k: v for k, v in hook.env.items() if not k.startswith("GIT_CONFIG_")}
            config = [
                (hook.env[f"GIT_CONFIG_KEY_{n}"], hook.env[f"GIT_CONFIG_VALUE_{n}"])
                for n in range(int(hook.env.get("GIT_CONFIG_COUNT", "0")))
                if f"GIT_CONFIG_KEY_{n}" in hook.env
            ]
            ssh = env.get("GIT_SSH_COMMAND", "ssh")
            if "SSH_ASKPASS" not in env:  # who asks nobody needs no answer
                env["GIT_SSH_COMMAND"] = f"{ssh} -o BatchMode=yes"
            yield env, config


def merged(git: Git, ours: str | None, theirs: str, author: str) -> str | None:
    """Return the commit that has both, or None when they have changed the same places."""
    if ours is None or is_ancestor(git, ours, theirs):
        return theirs
    if is_ancestor(git, theirs, ours):
        return ours
    try:
        tree = git.text("merge-tree", "--write-tree", "--no-messages", ours, theirs).splitlines()[0]
    except GitError as error:
        if error.status == 1:
            return None
        raise
    who = {"GIT_AUTHOR_NAME": author, "GIT_AUTHOR_EMAIL": "mline@localhost"}
    who |= {"GIT_COMMITTER_NAME": "MLine", "GIT_COMMITTER_EMAIL": "mline@localhost"}
    message = "Merge what others have pushed"
    made = git.run("commit-tree", tree, "-p", ours, "-p", theirs, "-m", message, more=who)
    return made.decode("ascii").strip()


def is_ancestor(git: Git, first: str, second: str) -> bool:
    """Tell whether a commit is in the history of another."""
    try:
        git.run("merge-base", "--is-ancestor", first, second)
    except GitError:
        return False
    return True


def count_between(git: Git, first: str, second: str) -> int:
    """Return how many commits the second has that the first has not."""
    return int(git.text("rev-list", "--count", f"{first}..{second}"))
