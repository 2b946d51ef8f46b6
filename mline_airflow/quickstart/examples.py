"""The examples as a Git working copy in the state folder, so that they can be edited and saved.

What the editor saves is a commit there, and never touches the checkout. When the checkout's
examples change they are merged in at the next start; where both changed one place, what was saved
in the editor stays.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

_BRANCH = "refs/heads/examples"
_IGNORED = "__pycache__/\n.mline/\n*.pyc\n"


def editable(examples: Path, folder: Path) -> Path:
    """Return the working copy in `folder`, made or brought up to date; needs the command `git`.

    Without it the examples themselves are returned.
    """
    if shutil.which("git") is None:
        return examples
    copy = _Copy(folder)
    copy.prepare()
    tree = copy.snapshot(examples)
    before = copy.commit_of(_BRANCH)
    if before is None:
        first = copy.git("commit-tree", tree, "-m", "The examples of MLine")
        for reference in (_BRANCH, "refs/heads/main"):
            copy.git("update-ref", reference, first)
        copy.git("reset", "--quiet", "--hard", "main")
    elif copy.git("rev-parse", f"{before}^{{tree}}") != tree:
        newer = copy.git("commit-tree", tree, "-p", before, "-m", "Newer examples of MLine")
        copy.git("update-ref", _BRANCH, newer)
        copy.take_in()
    return folder


class _Copy:
    """The working copy; configuration and hooks of the user do not count in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def prepare(self) -> None:
        """Make the repository, once."""
        if not (self.folder / ".git" / "HEAD").is_file():
            self.folder.mkdir(parents=True, exist_ok=True)
            self.git("init", "--quiet", "--initial-branch=main")
        exclude = self.folder / ".git" / "info" / "exclude"
        exclude.parent.mkdir(exist_ok=True)
        exclude.write_text(_IGNORED, "utf-8")

    def snapshot(self, examples: Path) -> str:
        """Return the tree of the examples as they are now."""
        with tempfile.TemporaryDirectory() as scratch:
            more = {"GIT_INDEX_FILE": str(Path(scratch, "index")), "GIT_WORK_TREE": str(examples)}
            self.git("add", "--all", ".", more=more, at=examples)
            return self.git("write-tree", more=more, at=examples)

    def commit_of(self, reference: str) -> str | None:
        """Return the commit of a reference, if there is one."""
        try:
            return self.git("rev-parse", "--verify", "--quiet", reference)
        except subprocess.CalledProcessError:
            return None

    def take_in(self) -> None:
        """Merge the newer examples into what was saved; what was not committed is committed."""
        self.git("add", "--all")
        if self.git("status", "--porcelain"):
            self.git("commit", "--quiet", "-m", "Keep what was changed outside of the editor")
        try:
            self.git("merge", "--quiet", "--no-edit", "-X", "ours", _BRANCH)
        except subprocess.CalledProcessError:  # a file that one side removed
            self.git("add", "--all")
            self.git("commit", "--quiet", "--no-edit", "-m", "Merge newer examples of MLine")

    def git(
        self, *arguments: str, more: dict[str, str] | None = None, at: Path | None = None
    ) -> str:
        """Run git and return what it printed."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
        settings = {
            "GIT_DIR": str(self.folder / ".git"),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "MLine",
            "GIT_AUTHOR_EMAIL": "mline@localhost",
            "GIT_COMMITTER_NAME": "MLine",
            "GIT_COMMITTER_EMAIL": "mline@localhost",
        }
        done = subprocess.run(
            ["git", *arguments],
            cwd=at or self.folder,
            env={**kept, **settings, **(more or {})},
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()
