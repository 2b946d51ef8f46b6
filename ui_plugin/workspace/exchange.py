"""Pushing a save, and taking in what others have pushed, under the lock of the workspace."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from . import commits
from .commits import Change
from .git import GitError
from .remote import MovedError, Remote, UnreachableError, count_between, merged

if TYPE_CHECKING:
    from .working_copy import WorkingCopy

_ROUNDS = 5
_FILE = "pushed"


class Exchange:
    """The workspace and its repository elsewhere."""

    def __init__(self, here: WorkingCopy, remote: Remote) -> None:
        self.here = here
        self.remote = remote

    def push(self, commit: str, again: Callable[[], str]) -> tuple[str, bool, str]:
        """Push a commit that is made and not the branch yet; returns it, or the one made again.

        `again` makes it anew over what others have pushed, and raises StaleError when it cannot.
        The second value tells whether it was pushed, the third why not or what else happened.
        """
        notice = ""
        for _ in range(_ROUNDS):
            try:
                self.remote.push(self.here.git, commit)
            except MovedError:
                try:
                    notice = self.take_in() or notice
                except UnreachableError as error:
                    return commit, False, f"saved here and not pushed: {error}"
                commit = again()
            except UnreachableError as error:
                return commit, False, f"saved here and not pushed: {error}"
            else:
                self._remember(commit)
                return commit, True, notice
        return (
            commit,
            False,
            f"saved here and not pushed: others push to {self.remote.shown} as well",
        )

    def take_in(self) -> str:
        """Bring the branch and its files to what has been pushed by others, and what is here.

        Returns what the user should know. Where a save that was never pushed and a pushed one
        changed the same place, the pushed one counts and the other is kept as a draft of its
        author. Raises UnreachableError, also when changed files stand in the way.
        """
        git = self.here.git
        theirs = self.remote.fetch(git)
        if theirs is None:
            return ""
        ours, notice = git.head(), ""
        target = merged(git, ours, theirs, "MLine")
        if target is None and ours is not None:
            ours, notice = self._give_way(ours, theirs)
            target = merged(git, ours, theirs, "MLine")
        if target is None:
            message = f"what is here and what is in {self.remote.shown} cannot be merged"
            raise UnreachableError(message)
        self._move_to(target)
        self._remember(theirs)
        return notice

    def unpushed(self) -> int:
        """Return how many commits the repository elsewhere does not have, as far as is known."""
        head, pushed = self.here.git.head(), self._pushed()
        if head is None or pushed is None:
            return 0
        with contextlib.suppress(GitError):
            return count_between(self.here.git, pushed, head)
        return 0

    def _move_to(self, target: str) -> None:
        """Move branch, index and files to a commit; changed files are never overwritten."""
        git = self.here.git
        before = git.head()
        if before == target:
            return
        with contextlib.suppress(GitError):  # it says which files are changed by its status
            git.run("update-index", "-q", "--refresh", files=True)
        try:
            trees = (before, target) if before else (target,)
            git.run("read-tree", "-m", "-u", *trees, files=True)
        except GitError as error:
            message = f"changed files in the folder stand in the way: {error.said.splitlines()[0]}"
            raise UnreachableError(message) from None
        branch = git.branch() or "HEAD"
        git.own("update-ref", "-m", "mline: take in", branch, target, before or "0" * 40)

    def _give_way(self, ours: str, theirs: str) -> tuple[str, str]:
        """Return a commit over ours that has their text where both changed one place."""
        git = self.here.git
        files: dict[str, bytes | None] = {}
        for path in _conflicts(self.here, ours, theirs):
            mine = commits.blob(git, ours, path)
            entry = commits.last(git, ours, path)
            if mine is not None and entry is not None:
                change = Change({path: mine}, f"{entry.by} <mline@localhost>", f"Draft: {path}")
                self.here.keep_draft(entry.by, commits.make(git, ours, [change]))
            files[path] = commits.blob(git, theirs, path)
        message = "Give way to what others have pushed"
        commit = commits.make(git, ours, [Change(files, "MLine <mline@localhost>", message)])
        listed = ", ".join(sorted(files))
        return commit, (
            f"others pushed {listed} while the repository could not be reached from here; what was "
            "saved here meanwhile is kept as drafts"
        )

    def _remember(self, commit: str) -> None:
        (self.here.local / _FILE).write_text(commit, "ascii")

    def _pushed(self) -> str | None:
        with contextlib.suppress(OSError):
            return (self.here.local / _FILE).read_text("ascii").strip() or None
        with contextlib.suppress(GitError):
            name = f"refs/remotes/origin/{self.remote.branch}"
            return self.here.git.own("rev-parse", "--verify", "--quiet", name)
        return None


def _conflicts(here: WorkingCopy, ours: str, theirs: str) -> list[str]:
    """Return the paths that two commits have changed in ways that do not go together."""
    try:
        here.git.run(
            "merge-tree", "--write-tree", "--name-only", "-z", "--no-messages", ours, theirs
        )
    except GitError as error:
        said = error.printed.decode("utf-8", "surrogateescape")
        return sorted({name for name in said.split("\0")[1:] if name})
    return []
