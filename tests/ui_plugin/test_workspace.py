"""The workspace by itself: saves as commits, many writers, killed servers, ways out."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import threading
from pathlib import Path

import pytest

from mline_airflow.ui_plugin.errors import Refusal
from mline_airflow.ui_plugin.workspace import journal, names
from mline_airflow.ui_plugin.workspace.commits import Author
from mline_airflow.ui_plugin.workspace.remote import Remote
from mline_airflow.ui_plugin.workspace.working_copy import StaleError, WorkingCopy

ADA = Author("Ada Lovelace", "ada@example.org")
TEXT = b"mline: 1\nexperiment: a\n"


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    command = ["git", *who, *arguments]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a working copy with one commit."""
    made = tmp_path / "work"
    made.mkdir()
    git(made, "init", "-q", "-b", "main")
    (made / "a.mline.yaml").write_bytes(TEXT)
    git(made, "add", ".")
    git(made, "commit", "-q", "-m", "Begin")
    return made


@pytest.fixture
def here(folder: Path, tmp_path: Path) -> WorkingCopy:
    return WorkingCopy.open(folder, tmp_path / "shadows")


def save(here: WorkingCopy, path: str, data: bytes) -> str:
    """Save over what is there; returns the commit."""
    found = here.find(path)
    return here.save({path: data}, {path: found.revision if found else None}, ADA, "Save").commit


def test_a_save_is_a_commit_with_its_author_and_of_that_file_only(
    here: WorkingCopy, folder: Path
) -> None:
    (folder / "b.mline.yaml").write_text("not mine")
    (folder / "code.py").write_text("nor this")
    commit = save(here, "a.mline.yaml", TEXT + b"title: x\n")
    assert git(folder, "rev-parse", "HEAD") == commit
    shown = git(folder, "show", "--format=%an <%ae> %cn", "--name-only", "HEAD").split("\n")
    assert shown == ["Ada Lovelace <ada@example.org> MLine", "", "a.mline.yaml"]
    assert git(folder, "status", "--porcelain") == "?? b.mline.yaml\n?? code.py"


def test_the_revision_is_the_name_of_the_blob(here: WorkingCopy, folder: Path) -> None:
    file = here.file("a.mline.yaml")
    assert file.revision == git(folder, "rev-parse", "HEAD:a.mline.yaml")


def test_a_workspace_below_the_top_of_its_repository(here: WorkingCopy, tmp_path: Path) -> None:
    below = here.root / "deep" / "er"
    below.mkdir(parents=True)
    inner = WorkingCopy.open(below, tmp_path / "shadows")
    save(inner, "x.mline.yaml", b"mline: 1\n")
    assert git(here.root, "show", "HEAD:deep/er/x.mline.yaml") == "mline: 1"
    assert [entry.path for entry in inner.history("x.mline.yaml")] == ["x.mline.yaml"]
    assert list(inner.paths()) == ["x.mline.yaml"]


def test_the_first_commit_of_an_empty_repository(tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "trunk")
    here = WorkingCopy.open(folder, tmp_path / "shadows")
    save(here, "x.mline.yaml", TEXT)
    assert git(folder, "log", "--format=%s", "trunk") == "Save"


def test_a_folder_without_a_repository_has_a_history_of_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "plain"
    folder.mkdir()
    here = WorkingCopy.open(folder, tmp_path / "shadows")
    assert here.own_history
    save(here, "x/y.mline.yaml", TEXT)
    save(here, "x/y.mline.yaml", TEXT + b"# two\n")
    assert (folder / "x" / "y.mline.yaml").read_bytes() == TEXT + b"# two\n"
    entries = here.history("x/y.mline.yaml")
    assert [entry.by for entry in entries] == ["Ada Lovelace"] * 2
    assert here.at("x/y.mline.yaml", entries[1].commit, "ada").data == TEXT
    assert not (folder / ".git").exists()
    assert list(here.paths()) == ["x/y.mline.yaml"]


def test_what_was_changed_outside_is_a_commit_of_its_own(here: WorkingCopy, folder: Path) -> None:
    (folder / "a.mline.yaml").write_bytes(TEXT + b"# by hand\n")
    save(here, "a.mline.yaml", TEXT + b"# by hand\n# by editor\n")
    said = git(folder, "log", "--format=%an: %s", "-2").split("\n")
    assert said == ["Ada Lovelace: Save", "MLine: Keep what was changed outside of the editor"]
    assert git(folder, "show", "HEAD~1:a.mline.yaml") == (TEXT + b"# by hand").decode()


def test_a_save_that_began_with_another_text_changes_nothing(
    here: WorkingCopy, folder: Path
) -> None:
    base = here.file("a.mline.yaml").revision
    save(here, "a.mline.yaml", b"theirs\n")
    with pytest.raises(StaleError):
        here.save({"a.mline.yaml": b"mine\n"}, {"a.mline.yaml": base}, ADA, "Save")
    assert (folder / "a.mline.yaml").read_bytes() == b"theirs\n"
    draft = here.draft("a.mline.yaml", b"mine\n", ADA, "ada", "stale")
    git(folder, "gc", "--quiet", "--prune=now")
    assert here.at("a.mline.yaml", draft, "ada").data == b"mine\n"
    assert [entry.commit for entry in here.drafts("ada")] == [draft]
    assert here.drafts("bob") == []
    with pytest.raises(Refusal, match="no commit"):
        here.at("a.mline.yaml", draft, "bob")


def test_history_follows_renames_and_knows_old_revisions(here: WorkingCopy) -> None:
    first = here.file("a.mline.yaml").revision
    bases = {"a.mline.yaml": first, "b.mline.yaml": None}
    here.save({"a.mline.yaml": None, "b.mline.yaml": TEXT}, bases, ADA, "Rename")
    save(here, "b.mline.yaml", TEXT + b"# more\n")
    entries = here.history("b.mline.yaml")
    assert [entry.path for entry in entries] == ["b.mline.yaml", "b.mline.yaml", "a.mline.yaml"]
    assert here.by_revision("b.mline.yaml", first) == TEXT
    assert here.by_revision("b.mline.yaml", "0" * 40) is None


@pytest.mark.parametrize(
    "path",
    [
        "../a.mline.yaml",
        "/etc/a.mline.yaml",
        "x/../../a.mline.yaml",
        "./a.mline.yaml",
        "x//a.mline.yaml",
        ".git/a.mline.yaml",
        ".hidden/a.mline.yaml",
        "x/.git/a.mline.yaml",
        "GIT~1/a.mline.yaml",
        "a\0.mline.yaml",
        "a\n.mline.yaml",
        "x\\..\\a.mline.yaml",
        "C:/a.mline.yaml",
        "a.mline.yaml:stream.mline.yaml",
        "con.mline.yaml",
        "x./a.mline.yaml",
        "x /a.mline.yaml",
        "a.py",
        "mline.yaml/a.py",
        ".mline.yaml",
        "x/.mline.yaml",
        "node_modules/a.mline.yaml",
        "\ud800.mline.yaml",
        "x" * 300 + ".mline.yaml",
        "",
    ],
)
def test_a_path_that_may_not_be_named_is_refused(here: WorkingCopy, path: str) -> None:
    with pytest.raises(Refusal) as caught:
        here.find(path)
    assert caught.value.code == "bad-path"
    caught.value.answer()
    with pytest.raises(Refusal):
        here.save({path: b""}, {path: None}, ADA, "Save")


@pytest.mark.parametrize("path", ["Über uns/é.mline.yaml", "a b/c.types.mline.yaml", "mline.yaml"])
def test_a_path_of_people_is_taken(here: WorkingCopy, folder: Path, path: str) -> None:
    save(here, path, b"mline: 1\n")
    assert (folder / path).read_bytes() == b"mline: 1\n"
    assert git(folder, "show", f"HEAD:{path}") == "mline: 1"
    assert path in list(here.paths())


@pytest.mark.parametrize("how", ["file", "folder", "loop", "pipe"])
def test_links_and_pipes_are_no_way_out(
    here: WorkingCopy, folder: Path, tmp_path: Path, how: str
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "s.mline.yaml").write_text("secret")
    if how == "file":
        (folder / "s.mline.yaml").symlink_to(outside / "s.mline.yaml")
        path = "s.mline.yaml"
    elif how == "folder":
        (folder / "x").symlink_to(outside)
        path = "x/s.mline.yaml"
    elif how == "loop":
        (folder / "x").symlink_to("x")
        path = "x/s.mline.yaml"
    else:
        os.mkfifo(folder / "s.mline.yaml")
        path = "s.mline.yaml"
    with pytest.raises(Refusal):
        here.find(path)
    with pytest.raises(Refusal):
        here.save({path: b"owned"}, {path: None}, ADA, "Save")
    assert (outside / "s.mline.yaml").read_text() == "secret"
    assert list(outside.iterdir()) == [outside / "s.mline.yaml"]
    if how != "pipe":
        assert list(here.paths()) == ["a.mline.yaml"]


def test_nothing_of_the_working_copys_configuration_runs(
    here: WorkingCopy, folder: Path, tmp_path: Path
) -> None:
    trap = tmp_path / "trap.sh"
    trap.write_text(f'#!/bin/sh\necho "$0 $@" >> {tmp_path}/sprung\nexit 1\n')
    trap.chmod(0o755)
    for hook in (
        "pre-commit",
        "post-commit",
        "reference-transaction",
        "post-index-change",
        "pre-push",
        "post-merge",
        "post-checkout",
        "pre-auto-gc",
        "post-rewrite",
    ):
        (folder / ".git" / "hooks").mkdir(exist_ok=True)
        (folder / ".git" / "hooks" / hook).symlink_to(trap)
    (folder / ".gitattributes").write_text("* filter=trap diff=trap merge=trap\n")
    (folder / ".git" / "info").mkdir(exist_ok=True)
    (folder / ".git" / "info" / "attributes").write_text("* filter=trap diff=trap merge=trap\n")
    config = folder / ".git" / "config"
    remote = tmp_path / "remote.git"
    git(tmp_path, "init", "-q", "--bare", "-b", "main", str(remote))
    config.write_text(
        config.read_text()
        + "".join(
            f"[{section}]\n\t{key} = {trap}\n"
            for section, key in (
                ("core", "fsmonitor"), ("core", "sshCommand"), ("core", "editor"),
                ("core", "pager"), ("core", "hooksPath"), ("core", "askPass"),
                ("core", "alternateRefsCommand"), ("core", "gitProxy"),
                ('filter "trap"', "clean"), ('filter "trap"', "smudge"),
                ('filter "trap"', "process"), ('diff "trap"', "textconv"),
                ('diff "trap"', "command"), ('merge "trap"', "driver"),
                ("gpg", "program"), ("credential", "helper"), ("diff", "external"),
                ('remote "origin"', "receivepack"), ('remote "origin"', "uploadpack"),
            )
        )
        + "[commit]\n\tgpgSign = true\n[push]\n\tgpgSign = true\n[gc]\n\tauto = 1\n"
        + '[remote "origin"]\n\turl = ext::' + str(trap) + "\n"
    )  # fmt: skip
    save(here, "a.mline.yaml", TEXT + b"# one\n")
    here.history("a.mline.yaml")
    here.modified("a.mline.yaml")
    here.draft("a.mline.yaml", b"x", ADA, "ada", "why")
    pushed = WorkingCopy(
        here.root, here.git, "", own_history=False, local=here.local,
        remote=Remote(str(remote), "main", local=True),
    )  # fmt: skip
    found = pushed.save(
        {"a.mline.yaml": TEXT}, {"a.mline.yaml": here.file("a.mline.yaml").revision}, ADA, "Push"
    )
    assert found.pushed is True, found.problem
    assert not (tmp_path / "sprung").exists(), (tmp_path / "sprung").read_text()


def _writer(root: Path, shadows: Path, number: int, times: int) -> None:
    here = WorkingCopy.open(root, shadows)
    for _ in range(times):
        while True:
            file = here.file("a.mline.yaml")
            text = file.data + b"# %d\n" % number
            try:
                here.save({"a.mline.yaml": text}, {"a.mline.yaml": file.revision}, ADA, "Save")
            except StaleError:
                continue
            break


def test_no_save_of_many_writers_is_lost(here: WorkingCopy, folder: Path, tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("fork")
    processes = [
        spawn.Process(target=_writer, args=(folder, tmp_path / f"shadow{n}", n, 5))
        for n in range(3)
    ]
    for one in processes:
        one.start()
    for one in processes:
        one.join(60)
        assert one.exitcode == 0
    lines = (folder / "a.mline.yaml").read_bytes().splitlines()
    assert sorted(lines[2:]) == sorted(b"# %d" % n for n in range(3) for _ in range(5))
    assert git(folder, "rev-list", "--count", "HEAD") == "16"
    assert git(folder, "status", "--porcelain") == ""


def _die(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _save_and_die(root: Path, shadows: Path, when: str) -> None:
    here = WorkingCopy.open(root, shadows)
    write, written = names.write, []

    def write_one(root: Path, path: str, data: bytes) -> None:
        if written:
            _die()
        written.append(path)
        write(root, path, data)

    where, name, instead = {
        "before the note": (journal, "write", _die),
        "before the first file": (names, "write", _die),
        "between two files": (names, "write", write_one),
        "before the index": (WorkingCopy, "_update_index", _die),
        "before the branch": (type(here.git), "own", _die),
        "before the end": (journal, "forget", _die),
    }[when]
    setattr(where, name, instead)
    bases = {"a.mline.yaml": here.file("a.mline.yaml").revision, "b.mline.yaml": None}
    here.save({"a.mline.yaml": b"new a", "b.mline.yaml": b"new b"}, bases, ADA, "Both")


@pytest.mark.parametrize(
    ("when", "done"),
    [
        ("before the note", False),
        ("before the first file", False),
        ("between two files", True),
        ("before the index", True),
        ("before the branch", True),
        ("before the end", True),
    ],
)
def test_a_killed_server_leaves_all_of_a_save_or_nothing(
    here: WorkingCopy, folder: Path, tmp_path: Path, when: str, *, done: bool
) -> None:
    fork = multiprocessing.get_context("fork")
    killed = fork.Process(target=_save_and_die, args=(folder, tmp_path / "other", when))
    killed.start()
    killed.join(60)
    assert killed.exitcode == -signal.SIGKILL
    with here.locked():
        pass
    assert (folder / "a.mline.yaml").read_bytes() == (b"new a" if done else TEXT)
    assert (folder / "b.mline.yaml").exists() is done
    assert git(folder, "status", "--porcelain") == ""
    assert git(folder, "log", "-1", "--format=%s") == ("Both" if done else "Begin")
    assert journal.read(here.local) is None
    save(here, "a.mline.yaml", b"next")
    assert not [p for p in folder.iterdir() if p.name.startswith(".mline-")]


def test_a_lock_of_git_itself_is_waited_for_or_said(
    here: WorkingCopy, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = folder / ".git" / "index.lock"
    lock.write_text("")
    threading.Timer(0.5, lock.unlink).start()
    save(here, "a.mline.yaml", b"waited\n")
    assert git(folder, "status", "--porcelain") == ""
    lock.write_text("")
    monkeypatch.setattr("mline_airflow.ui_plugin.workspace.working_copy.INDEX_SECONDS", 0.2)
    with pytest.raises(Refusal, match="another git command"):
        save(here, "a.mline.yaml", b"not yet\n")
    assert (folder / "a.mline.yaml").read_bytes() == b"waited\n"
    lock.unlink()
    save(here, "a.mline.yaml", b"now\n")


def test_a_working_copy_without_a_branch_is_only_read(here: WorkingCopy, folder: Path) -> None:
    git(folder, "checkout", "-q", "--detach")
    assert here.file("a.mline.yaml").data == TEXT
    with pytest.raises(Refusal, match="git-sync"):
        save(here, "a.mline.yaml", b"x")


def test_a_large_file_is_refused_and_rights_of_files_stay(here: WorkingCopy, folder: Path) -> None:
    (folder / "a.mline.yaml").chmod(0o640)
    save(here, "a.mline.yaml", b"x")
    assert (folder / "a.mline.yaml").stat().st_mode & 0o777 == 0o640
    (folder / "big.mline.yaml").write_bytes(b"#" * (names.MOST_BYTES + 1))
    with pytest.raises(Refusal, match="more than"):
        here.find("big.mline.yaml")
