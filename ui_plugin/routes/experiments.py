"""Experiments: listed, read, saved."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter

from mline_airflow.dag_factory.project import kind_of

from .. import audit, messages
from ..errors import Refusal
from ..listing import listed
from ..rights import User, Who, dags_of
from ..threads import work
from ..workspace.current import workspace
from ..workspace.names import checked, revision_of
from ..workspace.working_copy import File, Saved, StaleError, WorkingCopy

router = APIRouter(tags=["experiments"])


@router.get("/experiments")
async def experiments(who: Who) -> messages.Experiments:
    """List every experiment that the user may read, valid or not."""
    return await work(lambda: listed(workspace(), who))


@router.get("/experiments/{path:path}")
async def read(path: str, who: Who) -> messages.ExperimentText:
    """Return a file with its revision."""
    return await work(lambda: shown(workspace(), readable(path, who), who))


@router.put("/experiments/{path:path}", responses={409: {"model": messages.Error}})
async def save(path: str, body: messages.Save, who: Who) -> messages.Saved:
    """Save a text as a commit of the user.

    When the file is not `base` any more nothing is written: the answer is 409 with the text of
    `base` (null when the history does not know it) and the file as it is now, and the refused text
    is kept as a draft commit.
    """
    return await work(_save, path, body, who)


def readable(path: str, who: User) -> File:
    """Return a file that the user may read. Raises Refusal, the same one when it is not there."""
    file = workspace().file(path)
    who.need("GET", path, file.data.decode("utf-8", "replace"))
    return file


def shown(here: WorkingCopy, file: File, who: User) -> messages.ExperimentText:
    """Return a file as the API shows it."""
    entry = here.modified(file.path)
    modified = None
    if entry is not None:
        modified = messages.Modified(by=entry.by, at=entry.at, commit=entry.commit)
    may_edit = not here.reason_not_to_write() and who.may_file("PUT", file.path, file.text)
    return messages.ExperimentText(
        path=file.path,
        text=file.text,
        revision=file.revision,
        modified=modified,
        may_edit=may_edit,
    )


def encoded(text: str) -> bytes:
    """Return a text's bytes. Raises Refusal for what no file can hold."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise Refusal(
            422,
            "not-utf8",
            f"the text has half a character at offset {error.start}; it was not saved",
        ) from None


def _save(path: str, body: messages.Save, who: User) -> messages.Saved:
    here, data = workspace(), encoded(body.text)
    before = readable(path, who)
    who.need("PUT", path, before.data.decode("utf-8", "replace"), body.text)
    if before.revision == body.base == revision_of(data):
        entry = here.modified(path)  # nothing changes: no commit, no entry in the audit log
        return messages.Saved(
            revision=before.revision, commit=entry.commit if entry else "", pushed=None, notice=""
        )
    message = body.message.strip() or f"Save {path}"

    def under_lock(_here: WorkingCopy) -> None:
        readable(path, who)

    try:
        saved = here.save({path: data}, {path: body.base}, who.author, message, within=under_lock)
    except StaleError:
        raise stale(here, path, body.base, data, who) from None
    told(who, "save", path, saved, before.revision, body.text)
    return messages.Saved(
        revision=str(saved.revisions[path]),
        commit=saved.commit,
        pushed=saved.pushed,
        notice=saved.problem,
    )


def told(
    who: User, event: str, path: str, saved: Saved, old: str | None, text: str, **more: object
) -> None:
    """Write what was done into Airflow's audit log."""
    is_experiment = kind_of(Path(path)) == "experiment"
    audit.record(
        who,
        event,
        min(dags_of(path, text)) if is_experiment else None,
        file=path,
        old=old,
        new=saved.revisions.get(path),
        commit=saved.commit,
        **more,
    )


def stale(here: WorkingCopy, path: str, base: str, data: bytes, who: User) -> Refusal:
    """Return the answer to a save that began with another text; what was refused is kept."""
    draft = here.draft(path, data, who.author, who.name, f"not saved: it began with {base}")
    now = here.find(path)
    was = here.by_revision(path, base)
    entry = here.modified(path)
    current = None
    if now is not None:
        outside = entry is None or now.data != here.at_head(path)
        current = {
            "text": now.text,
            "revision": now.revision,
            "by": "somebody outside of the editor" if outside or entry is None else entry.by,
            "at": entry.at if entry is not None else "",
        }
    gone = "was removed" if now is None else f"was changed by {current['by']}" if current else ""
    return Refusal(
        409,
        "stale",
        f"'{checked(path)}' {gone} since you opened it; nothing was saved, and your text is kept "
        f"as the draft {draft[:12]}",
        beside={
            "base": None if was is None else {"text": was.decode("utf-8", "replace")},
            "current": current,
        },
        draft=draft,
    )
