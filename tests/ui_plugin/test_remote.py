"""Saves that are pushed: to a repository that moves, conflicts, or cannot be reached."""

from __future__ import annotations

import dataclasses
import subprocess
from pathlib import Path

import pytest

from mline_airflow.ui_plugin.workspace.commits import Author
from mline_airflow.ui_plugin.workspace.exchange import Exchange
from mline_airflow.ui_plugin.workspace.remote import Remote, UnreachableError
from mline_airflow.ui_plugin.workspace.working_copy import Saved, StaleError, WorkingCopy

ADA = Author("Ada")
TEXT = b"mline: 1\nexperiment: a\n\nstages:\n  one: {run: 'true'}\n  two: {run: 'true'}\n"


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    command = ["git", *who, *arguments]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


class Bench:
    """A workspace, the bare repository behind it, and somebody else's clone of that."""

    def __init__(self, folder: Path) -> None:
        self.bare, self.work, self.other = (folder / n for n in ("bare.git", "work", "other"))
        git(folder, "init", "-q", "--bare", "-b", "main", str(self.bare))
        git(folder, "clone", "-q", str(self.bare), str(self.work))
        (self.work / "a.mline.yaml").write_bytes(TEXT)
        (self.work / "code.py").write_text("one\n")
        git(self.work, "checkout", "-q", "-b", "main")
        git(self.work, "add", ".")
        git(self.work, "commit", "-q", "-m", "Begin")
        git(self.work, "push", "-q", "-u", "origin", "main")
        git(folder, "clone", "-q", str(self.bare), str(self.other))
        self.here = self.open(folder / "shadows")

    def open(self, shadows: Path) -> WorkingCopy:
        made = WorkingCopy.open(self.work, shadows)
        return dataclasses.replace(made, remote=Remote(str(self.bare), "main", local=True))

    def others(self, path: str, text: str) -> None:
        """Let somebody else push."""
        git(self.other, "pull", "-q", "--rebase")
        (self.other / path).write_text(text)
        git(self.other, "add", ".")
        git(self.other, "commit", "-q", "-m", f"Others: {path}")
        git(self.other, "push", "-q")

    def save(self, text: bytes, base: str | None = None, path: str = "a.mline.yaml") -> Saved:
        base = base or self.here.file(path).revision
        return self.here.save({path: text}, {path: base}, ADA, "Save")

    def remote(self, path: str = "a.mline.yaml") -> str:
        return git(self.bare, "show", f"main:{path}")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_save_is_pushed(bench: Bench) -> None:
    found = bench.save(TEXT + b"# more\n")
    assert (found.pushed, found.problem) == (True, "")
    assert git(bench.bare, "rev-parse", "main") == found.commit
    assert git(bench.work, "rev-parse", "main") == found.commit
    assert Exchange(bench.here, bench.here.remote).unpushed() == 0


def test_what_others_pushed_to_other_files_is_taken_in(bench: Bench) -> None:
    bench.others("code.py", "two\n")
    bench.others("b.mline.yaml", "mline: 1\n")
    found = bench.save(TEXT + b"# mine\n")
    assert found.pushed is True
    assert git(bench.bare, "rev-parse", "main") == found.commit
    assert (bench.work / "code.py").read_text() == "two\n"
    assert (bench.work / "b.mline.yaml").exists()
    assert bench.remote() == (TEXT + b"# mine").decode()
    assert git(bench.work, "status", "--porcelain") == ""
    assert git(bench.work, "rev-list", "--count", "--merges", "HEAD") == "0"


def test_a_save_over_what_others_pushed_to_the_same_file_is_stale(bench: Bench) -> None:
    base = bench.here.file("a.mline.yaml").revision
    bench.others("a.mline.yaml", "theirs\n")
    with pytest.raises(StaleError):
        bench.save(TEXT + b"# mine\n", base)
    assert bench.remote() == "theirs"
    assert (bench.work / "a.mline.yaml").read_text() == "theirs\n"
    assert bench.here.by_revision("a.mline.yaml", base) == TEXT
    entry = bench.here.modified("a.mline.yaml")
    assert entry is not None
    assert entry.by == "t"
    assert git(bench.work, "status", "--porcelain") == ""
    found = bench.save(b"theirs\nand mine\n")
    assert found.pushed is True


def test_a_repository_that_cannot_be_reached_loses_nothing(bench: Bench) -> None:
    bench.bare.rename(bench.bare.with_suffix(".away"))
    found = bench.save(TEXT + b"# one\n")
    assert found.pushed is False
    assert "not pushed" in found.problem
    assert (bench.work / "a.mline.yaml").read_bytes() == TEXT + b"# one\n"
    assert git(bench.work, "rev-parse", "main") == found.commit
    assert Exchange(bench.here, bench.here.remote).unpushed() == 1
    bench.bare.with_suffix(".away").rename(bench.bare)
    again = bench.save(TEXT + b"# two\n")
    assert again.pushed is False, "nobody waits for it again at once"
    bench.here.remote._failed = None
    found = bench.save(TEXT + b"# three\n")
    assert found.pushed is True
    assert git(bench.bare, "rev-list", "--count", "main") == "4"


def test_what_was_not_pushed_is_merged_with_what_others_pushed(bench: Bench) -> None:
    bench.bare.rename(bench.bare.with_suffix(".away"))
    bench.save(TEXT.replace(b"one: {run: 'true'}", b"one: {run: 'false'}"))
    bench.bare.with_suffix(".away").rename(bench.bare)
    bench.here.remote._failed = None
    bench.others("code.py", "two\n")
    found = bench.save(TEXT + b"# end\n")
    assert found.pushed is True
    assert git(bench.bare, "rev-list", "--count", "--merges", "main") == "1"
    assert bench.remote("code.py") == "two"
    assert bench.remote() == (TEXT + b"# end").decode()


def test_of_two_changes_of_one_place_the_pushed_one_counts_and_the_other_is_kept(
    bench: Bench,
) -> None:
    bench.bare.rename(bench.bare.with_suffix(".away"))
    mine = TEXT.replace(b"one: {run: 'true'}", b"one: {run: mine}")
    bench.save(mine)
    bench.bare.with_suffix(".away").rename(bench.bare)
    bench.here.remote._failed = None
    bench.others("a.mline.yaml", TEXT.decode().replace("one: {run: 'true'}", "one: {run: theirs}"))
    with pytest.raises(StaleError):
        bench.save(mine + b"# more\n")
    assert "theirs" in (bench.work / "a.mline.yaml").read_text()
    (draft,) = bench.here.drafts("Ada")
    assert bench.here.at("a.mline.yaml", draft.commit, "Ada").data == mine
    assert bench.save(TEXT + b"# after\n").pushed is True
    assert git(bench.work, "status", "--porcelain") == ""


def test_changed_files_are_not_overwritten_by_what_others_pushed(bench: Bench) -> None:
    bench.others("code.py", "theirs\n")
    (bench.work / "code.py").write_text("mine, not committed\n")
    found = bench.save(TEXT + b"# x\n")
    assert found.pushed is False
    assert "code.py" in found.problem
    assert (bench.work / "code.py").read_text() == "mine, not committed\n"
    assert (bench.work / "a.mline.yaml").read_bytes() == TEXT + b"# x\n"


def test_a_folder_of_this_machine_is_a_remote_only_when_airflow_says_so(bench: Bench) -> None:
    remote = Remote(f"file://{bench.bare}", "main")
    here = dataclasses.replace(bench.here, remote=remote)
    base = here.file("a.mline.yaml").revision
    found = here.save({"a.mline.yaml": b"x"}, {"a.mline.yaml": base}, ADA, "Save")
    assert found.pushed is False
    assert "not allowed" in found.problem


@pytest.mark.parametrize("url", ["ext::sh -c touch% /tmp/x", "--upload-pack=touch", "fd::17"])
def test_an_address_is_no_command(bench: Bench, url: str) -> None:
    with pytest.raises(UnreachableError):
        Remote(url, "main", local=True).push(bench.here.git, "main")


def test_an_address_is_shown_without_its_password(bench: Bench) -> None:
    remote = Remote("https://ada:secret@127.0.0.1:1/x.git", "main")
    assert remote.shown == "https://127.0.0.1:1/x.git"
    with pytest.raises(UnreachableError) as caught:
        remote.push(bench.here.git, "main")
    assert "secret" not in str(caught.value)


def test_a_clone_is_made_and_follows(bench: Bench, tmp_path: Path) -> None:
    remote = Remote(str(bench.bare), "main", local=True)
    remote.clone(tmp_path / "clones" / "one")
    clone = dataclasses.replace(
        WorkingCopy.open(tmp_path / "clones" / "one", tmp_path / "shadows"), remote=remote
    )
    bench.others("a.mline.yaml", "theirs\n")
    assert Exchange(clone, remote).take_in() == ""
    assert clone.file("a.mline.yaml").data == b"theirs\n"
