"""A workspace: files that are read and saved, each save a commit with its author.

A folder that is no Git repository has a history of its own in `.mline/history.git`; all else is the
same. See `saving` in `docs/rest.md` for the order in which a save does things, and why.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from mline_airflow.dag_factory.project import EXPERIMENT_SUFFIX, PROJECT_FILE
from mline_airflow.dag_factory.sources import SKIPPED

from ..errors import Refusal
from . import commits, journal, names
from .commits import Author, Change, Entry
from .exchange import Exchange
from .git import Git, GitError, environment, find, is_installed, run
from .lock import held
from .remote import Remote

INDEX_SECONDS = 10.0
OUTSIDE = "MLine <mline@localhost>"
_OUTSIDE_MESSAGE = "Keep what was changed outside of the editor"


@dataclass(frozen=True, slots=True)
class File:
    """A file of the workspace as it is now."""

    path: str
    data: bytes
    revision: str

    @property
    def text(self) -> str:
        """The text; raises Refusal when it is no UTF-8."""
        try:
            return self.data.decode("utf-8")
        except UnicodeDecodeError as error:
            byte = self.data[error.start]
            raise Refusal(
                422,
                "not-utf8",
                f"'{self.path}' cannot be shown: byte 0x{byte:02X} at offset {error.start} is not "
                "UTF-8; save the file as UTF-8 first",
            ) from None


class StaleError(Exception):
    """A file is not what the one who saves it has seen."""

    def __init__(self, path: str, base: str | None) -> None:
        super().__init__(path)
        self.path = path
        self.base = base


@dataclass(frozen=True, slots=True)
class Saved:
    """What a save made; `pushed` is None where there is nothing to push to."""

    commit: str
    revisions: dict[str, str | None]
    pushed: bool | None = None
    problem: str = ""


@dataclass(frozen=True)
class WorkingCopy:
    """The workspace at `root`, which is the folder that the DAG bundle shows."""

    root: Path
    git: Git
    prefix: str
    """Where `root` is below the repository's top: empty, or with a slash at its end."""
    own_history: bool
    local: Path = field(repr=False, default=Path())
    """The folder of the lock and of what a save is about to do: shared by all servers."""
    remote: Remote | None = field(repr=False, default=None, compare=False)

    @classmethod
    def open(cls, root: Path, shadows: Path) -> WorkingCopy:
        """Open the workspace of a folder; `shadows` is a folder of this server's own."""
        root = root.resolve(strict=True)
        if not is_installed():
            raise Refusal(
                503,
                "workspace",
                "the API server has no command 'git'; the editor keeps its saves with it",
            )
        found = find(root)
        if found is None:
            directory, worktree = root / ".mline" / "history.git", None
            if not os.access(root, os.W_OK):  # only read, so its history is empty and our own
                key = hashlib.sha256(str(root).encode()).hexdigest()[:16]
                directory = shadows / f"{key}-history.git"
        else:
            directory, worktree = found
        key = hashlib.sha256(str(directory).encode()).hexdigest()[:16]
        git = Git(directory, shadows / f"{key}.git", worktree)
        git.prepare()
        if found is None and not (directory / "HEAD").exists():
            _make_history(directory)
        local = git.common / "mline"
        with contextlib.suppress(OSError):  # where nothing can be written, nothing is saved
            local.mkdir(exist_ok=True)
        prefix = root.relative_to(worktree).as_posix() if worktree else ""
        prefix = "" if prefix in {"", "."} else f"{prefix}/"
        return cls(root, git, prefix, found is None, local)

    # -- reading ---------------------------------------------------------------------------------

    def paths(self) -> Iterator[str]:
        """Yield every file of MLine in the workspace, sorted; links are no files of it."""
        found = []
        for folder, folders, files in os.walk(self.root):
            folders[:] = [f for f in folders if not f.startswith(".") and f not in SKIPPED]
            for name in files:
                if name == PROJECT_FILE or (name.endswith(EXPERIMENT_SUFFIX) and name[0] != "."):
                    path = Path(folder, name)
                    if not path.is_symlink():
                        found.append(path.relative_to(self.root).as_posix())
        yield from sorted(found)

    def find(self, path: str) -> File | None:
        """Return a file, or None. Raises Refusal for a path that may not be named."""
        data = names.read(self.root, names.checked(path))
        return None if data is None else File(path, data, names.revision_of(data))

    def files(self) -> Iterator[tuple[str, File | None, str]]:
        """Yield path, file and nothing, or why it cannot be read: one such hides no other."""
        for path in self.paths():
            try:
                found = self.find(path)
            except (Refusal, OSError) as error:
                why = error.message if isinstance(error, Refusal) else f"'{path}': {error.strerror}"
                yield path, None, why
            else:
                if found is not None:
                    yield path, found, ""

    def file(self, path: str) -> File:
        """Return a file. Raises Refusal when there is none."""
        found = self.find(path)
        if found is None:
            raise Refusal(404, "not-found", f"there is no file '{path}' in the workspace")
        return found

    def modified(self, path: str) -> Entry | None:
        """Return the newest commit of a file."""
        return _last(self, self.git.head(), path)

    def history(self, path: str) -> list[Entry]:
        """Return the commits of a file with the paths that it had, the newest first."""
        entries = commits.history(self.git, self.git.head(), self.prefix + names.checked(path))
        return [
            Entry(e.commit, e.by, e.at, e.message, e.path.removeprefix(self.prefix))
            for e in entries
        ]

    def at(self, path: str, commit: str, owner: str) -> File:
        """Return a file as a commit of the branch, or a draft of this user, has it.

        Raises Refusal when it has not.
        """
        if commit not in {entry.commit for entry in self.drafts(owner)}:
            commit = commits.of_the_past(self.git, self.git.head(), commit)
        data = commits.blob(self.git, commit, self.prefix + names.checked(path))
        if data is None:
            raise Refusal(404, "not-found", f"the commit {commit[:12]} has no file '{path}'")
        return File(path, data, names.revision_of(data))

    def at_head(self, path: str) -> bytes | None:
        """Return a file as the branch has it."""
        return commits.blob(self.git, self.git.head(), self.prefix + path)

    def by_revision(self, path: str, revision: str) -> bytes | None:
        """Return the bytes that a revision of a file had, when its history knows them."""
        if not re.fullmatch(r"[0-9a-f]{40}", revision):
            return None
        head, name = self.git.head(), self.prefix + names.checked(path)
        if revision not in commits.blobs(self.git, head, name):
            return None
        return self.git.run("cat-file", "blob", revision)

    # -- saving ----------------------------------------------------------------------------------

    def reason_not_to_write(self) -> str:
        """Return why nothing can be saved here, or nothing."""
        if self.git.branch() is None:
            return (
                "the working copy is at no branch, as git-sync leaves it: what is saved there "
                "would be lost; name a Git bundle or another folder in [mline] workspace"
            )
        if not (os.access(self.root, os.W_OK) and os.access(self.local, os.W_OK)):
            return "the API server may not write to the folder of the experiments"
        return ""

    def save(
        self,
        files: Mapping[str, bytes | None],
        bases: Mapping[str, str | None],
        author: Author,
        message: str,
        *,
        beside: Mapping[str, bytes] | None = None,
        within: Callable[[WorkingCopy], None] | None = None,
    ) -> Saved:
        """Save files as one commit; None removes one.

        `bases` are the revisions that the user has seen, None for a file that is to be new;
        `beside` other files, of MLine's own making, that are put where nothing is yet. `within` is
        called under the lock, before anything is done. Raises StaleError, Refusal.
        """
        for path in files:
            names.checked(path)
        reason = self.reason_not_to_write()
        if reason:
            raise Refusal(409, "read-only", reason)
        with self.locked():
            if within is not None:
                within(self)
            self._check(bases)
            self._wait_for_index()
            more = {p: d for p, d in (beside or {}).items() if names.read(self.root, p) is None}
            files = {**files, **more}
            new, before = self._commit(files, author, message)
            pushed = None
            problem = ""
            if self.remote is not None:
                exchange = Exchange(self, self.remote)

                def again() -> str:
                    self._check(bases)
                    nonlocal before
                    made, before = self._commit(files, author, message)
                    return made

                new, pushed, problem = exchange.push(new, again)
            after = {p: None if d is None else names.revision_of(d) for p, d in files.items()}
            pending = journal.Pending(self.git.head(), new, before, after)
            journal.write(self.local, pending)
            self._put(pending, files)
        return Saved(new, after, pushed, problem)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock; what a killed server left half done is brought to its end first."""
        with held(self.local / "lock"):
            self.recover()
            yield

    def _check(self, bases: Mapping[str, str | None]) -> None:
        for path, base in bases.items():
            found = self.find(path)
            if (found.revision if found else None) != base:
                raise StaleError(path, base)

    def _commit(
        self, files: Mapping[str, bytes | None], author: Author, message: str
    ) -> tuple[str, dict[str, str | None]]:
        """Make the commit, and one before it of what others changed in these files."""
        head = self.git.head()
        outside: dict[str, bytes | None] = {}
        before: dict[str, str | None] = {}
        for path in files:
            now = names.read(self.root, path)
            before[path] = None if now is None else names.revision_of(now)
            if now != commits.blob(self.git, head, self.prefix + path):
                outside[self.prefix + path] = now
        changes = [Change(outside, OUTSIDE, _OUTSIDE_MESSAGE)] if outside else []
        own = {self.prefix + path: data for path, data in files.items()}
        new = commits.make(self.git, head, [*changes, Change(own, author.ident, message)])
        return new, before

    def _put(self, pending: journal.Pending, files: Mapping[str, bytes | None]) -> None:
        """Bring files, index and branch to a commit that is made, and forget that it is pending."""
        for path, data in files.items():
            if data is None:
                names.remove(self.root, path)
            else:
                names.write(self.root, path, data)
        self._update_index(files)
        branch = self.git.branch() or "HEAD"
        self.git.own("update-ref", "-m", "mline", branch, pending.new, pending.old or "0" * 40)
        journal.forget(self.local)

    def _update_index(self, files: Mapping[str, bytes | None]) -> None:
        if self.git.worktree is None:
            return
        lines = []
        for path, data in files.items():
            name = self.prefix + path
            if data is None:
                lines.append(f"0 {'0' * 40}\t{name}")
            else:
                lines.append(f"100644 {names.revision_of(data)}\t{name}")
        text = "\0".join(lines) + "\0"
        while True:
            self._wait_for_index()
            try:
                self.git.run("update-index", "-z", "--index-info", data=text.encode())
            except GitError as error:
                if "index.lock" in error.said:  # it came between the look and the step
                    continue
                raise
            break

    def _wait_for_index(self) -> None:
        """Wait while another git command holds the index. Raises Refusal after a while."""
        lock = self.git.directory / "index.lock"
        deadline = time.monotonic() + INDEX_SECONDS
        while lock.exists():
            if time.monotonic() > deadline:
                raise Refusal(
                    503,
                    "busy",
                    f"another git command is at work in the working copy, or has left {lock.name} "
                    "behind; nothing was saved, try again",
                    headers={"Retry-After": "5"},
                )
            time.sleep(0.02)

    def recover(self) -> None:
        """Bring a save that was cut off to its end, or take note that it never began."""
        pending = journal.read(self.local)
        if pending is None:
            return
        files = {}
        for path, after in pending.after.items():
            files[names.checked(path)] = (
                None if after is None else commits.blob(self.git, pending.new, self.prefix + path)
            )
        now = {path: self.find(path) for path in files}
        states = {path: found.revision if found else None for path, found in now.items()}
        began = any(states[p] == pending.after[p] != pending.before[p] for p in files)
        known = all(states[p] in {pending.after[p], pending.before[p]} for p in files)
        if began and known and self.git.head() == pending.old:
            self._put(pending, files)
            return
        if self.git.head() != pending.new:
            self.keep_draft("recovered", pending.new)
        journal.forget(self.local)

    # -- drafts ----------------------------------------------------------------------------------

    def drafts(self, owner: str) -> list[Entry]:
        """Return what was refused and kept for a user, the newest first."""
        return commits.drafts(self.git, _drafts_of(owner), self.prefix)

    def commit(self, commit: str, path: str) -> Entry | None:
        """Return what is known of one commit."""
        return commits.entry(self.git, commit, path)

    def draft(self, path: str, data: bytes, author: Author, owner: str, why: str) -> str:
        """Keep a text that was not saved as a commit below `refs/mline/drafts/`; return it."""
        change = Change(
            {self.prefix + names.checked(path): data}, author.ident, f"Draft: {path}\n\n{why}"
        )
        commit = commits.make(self.git, self.git.head(), [change])
        self.keep_draft(owner, commit)
        return commit

    def keep_draft(self, owner: str, commit: str) -> None:
        """Let a reference hold a commit, so that no clean-up of the repository removes it."""
        self.git.own("update-ref", f"{_drafts_of(owner)}/{commits.stamp()}", commit)


def _drafts_of(owner: str) -> str:
    """Return where the references of a user's drafts are: two users never share a folder."""
    words = re.sub(r"[^A-Za-z0-9_-]+", "-", owner).strip("-") or "user"
    if words != owner:
        words += "-" + hashlib.sha256(owner.encode()).hexdigest()[:8]
    return f"refs/mline/drafts/{words}"


def _make_history(directory: Path) -> None:
    """Make the history of a folder that is no repository."""
    directory.parent.mkdir(parents=True, exist_ok=True)
    arguments = ["init", "--quiet", "--bare", "--initial-branch=main", str(directory)]
    run(arguments, environment(), cwd=directory.parent)


@lru_cache(maxsize=4096)
def _last(workspace: WorkingCopy, head: str | None, path: str) -> Entry | None:
    return commits.last(workspace.git, head, workspace.prefix + path)


__all__ = ["Author", "Entry", "File", "GitError", "Saved", "StaleError", "WorkingCopy"]
