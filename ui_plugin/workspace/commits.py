"""Commits: made in one go from texts, listed, and read back."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ..errors import Refusal
from .git import Git, GitError

_COMMITTER = "MLine <mline@localhost>"
_LINE = "%x1e%H%x1f%an%x1f%aI%x1f%s"
_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_UNWANTED = re.compile(r"[<>\x00-\x1f\x7f]+")
_NOWHERE = "0" * 40


@dataclass(frozen=True, slots=True)
class Author:
    """The Airflow user who saves."""

    name: str
    email: str = ""

    @property
    def ident(self) -> str:
        """`NAME <EMAIL>` as Git takes it."""
        name = _UNWANTED.sub(" ", self.name).strip() or "unknown"
        email = _UNWANTED.sub("", self.email).strip()
        if not email:
            email = re.sub(r"[^A-Za-z0-9._+-]+", "-", name).strip("-").lower() + "@airflow.local"
        return f"{name} <{email}>"


@dataclass(frozen=True, slots=True)
class Change:
    """A commit to be made: paths from the repository's top -> new bytes, or None to remove."""

    files: Mapping[str, bytes | None]
    author: str
    message: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One commit of a file's history."""

    commit: str
    by: str
    at: str
    message: str
    path: str


def make(git: Git, parent: str | None, changes: Sequence[Change]) -> str:
    """Make commits on top of one another and return the last; no reference is moved."""
    now = f"{int(time.time())} +0000"
    # A name of its own: drafts are made without the lock. It is gone when the commit is made.
    name = f"refs/mline/new-{secrets.token_hex(8)}"
    stream = bytearray(b"feature done\n")
    previous = parent
    for number, change in enumerate(changes, 1):
        stream += f"commit {name}\nmark :{number}\n".encode()
        stream += f"author {change.author} {now}\ncommitter {_COMMITTER} {now}\n".encode()
        stream += _data(change.message.encode("utf-8", "replace"))
        if previous is not None:
            stream += f"from {previous}\n".encode()
        previous = f":{number}"
        for path, data in change.files.items():
            if data is None:
                stream += b"D " + _quoted(path) + b"\n"
            else:
                stream += b"M 100644 inline " + _quoted(path) + b"\n" + _data(data)
        stream += b"\n"
    stream += f"get-mark :{len(changes)}\nreset {name}\nfrom {_NOWHERE}\n\ndone\n".encode()
    made = git.run("fast-import", "--quiet", "--force", data=bytes(stream))
    return made.decode("ascii").strip()


def _data(data: bytes) -> bytes:
    return b"data %d\n" % len(data) + data + b"\n"


def _quoted(path: str) -> bytes:
    return b'"' + path.replace("\\", "\\\\").replace('"', '\\"').encode() + b'"'


def blob(git: Git, commit: str | None, path: str) -> bytes | None:
    """Return a file of a commit, or None when it is not there."""
    if commit is None:
        return None
    try:
        return git.run("cat-file", "blob", f"{commit}:{path}")
    except GitError:
        return None


def history(git: Git, head: str | None, path: str, most: int = 200) -> list[Entry]:
    """Return the commits that changed a file, the newest first, renames followed."""
    if head is None:
        return []
    said = git.run(
        *("log", f"--max-count={most}", "--follow", "--name-only", "-z", f"--format={_LINE}"),
        *(head, "--", path),
    ).decode("utf-8", "replace")
    entries = []
    for record in said.split("\x1e")[1:]:
        commit, name, at, rest = record.split("\x1f", 3)
        subject, *names = [part.strip("\n") for part in rest.split("\0") if part.strip("\n")] or [
            ""
        ]
        entries.append(Entry(commit, name, at, subject, names[0] if names else path))
    return entries


def blobs(git: Git, head: str | None, path: str) -> set[str]:
    """Return the names of all that a file has been in its history, renames followed."""
    if head is None:
        return set()
    said = git.text("log", "--follow", "--raw", "--no-abbrev", "--format=", head, "--", path)
    return {line.split()[3] for line in said.splitlines() if line.startswith(":")}


def last(git: Git, head: str | None, path: str) -> Entry | None:
    """Return the newest commit of a file."""
    if head is None:
        return None
    form = _LINE.removeprefix("%x1e")
    said = git.text("log", "--max-count=1", f"--format={form}", head, "--", path)
    if not said:
        return None
    commit, name, at, subject = said.split("\x1f")
    return Entry(commit, name, at, subject, path)


def entry(git: Git, commit: str, path: str) -> Entry | None:
    """Return what is known of a commit."""
    form = _LINE.removeprefix("%x1e")
    try:
        said = git.text("show", "--no-patch", f"--format={form}", commit)
    except GitError:
        return None
    name, who, at, subject = said.split("\x1f")
    return Entry(name, who, at, subject, path)


def drafts(git: Git, below: str, prefix: str, most: int = 200) -> list[Entry]:
    """Return the commits of the references below a name, the newest first."""
    form = "%(objectname)%1f%(authorname)%1f%(authordate:iso-strict)%1f%(contents:subject)"
    said = git.own(
        "for-each-ref", f"--count={most}", "--sort=-refname", f"--format={form}", f"{below}/"
    )
    found = []
    for line in said.splitlines():
        commit, who, at, subject = line.split("\x1f")
        path = subject.removeprefix("Draft: ").removeprefix(prefix)
        found.append(Entry(commit, who, at, subject, path))
    return found


def of_the_past(git: Git, head: str | None, commit: str) -> str:
    """Return a commit that the branch has, as its whole name; raises Refusal for any other."""
    unknown = Refusal(404, "not-found", f"the history has no commit '{commit[:64]}'")
    if head is None or not _COMMIT.fullmatch(commit):
        raise unknown
    try:
        git.run("merge-base", "--is-ancestor", commit, head)
    except GitError:
        raise unknown from None
    return commit


def stamp() -> str:
    """Return the time now as a part of a reference's name."""
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
