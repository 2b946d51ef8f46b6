"""The commits of a file, and what it was at one of them."""

from __future__ import annotations

from fastapi import APIRouter

from .. import messages
from ..errors import Refusal
from ..rights import User, Who
from ..threads import work
from ..workspace.current import workspace
from .experiments import readable

router = APIRouter(tags=["history"])


@router.get("/experiments/{path:path}/history")
async def history(path: str, who: Who) -> list[messages.Commit]:
    """Return the commits of a file, the newest first; renames are followed."""

    def find() -> list[messages.Commit]:
        readable(path, who)
        return [
            messages.Commit(commit=e.commit, by=e.by, at=e.at, message=e.message, path=e.path)
            for e in workspace().history(path)
        ]

    return await work(find)


@router.get("/experiments/{path:path}/at/{commit}")
async def at(path: str, commit: str, who: Who) -> messages.ExperimentText:
    """Return a file as a commit has it: of the branch, or of a draft of one's own.

    `path` is the one that the file had then.
    """
    return await work(_at, path, commit, who)


@router.get("/drafts")
async def drafts(who: Who) -> list[messages.Commit]:
    """Return the texts of the user that were refused and kept, the newest first."""
    return await work(
        lambda: [
            messages.Commit(commit=e.commit, by=e.by, at=e.at, message=e.message, path=e.path)
            for e in workspace().drafts(who.name)
        ]
    )


def _at(path: str, commit: str, who: User) -> messages.ExperimentText:
    here = workspace()
    file = here.at(path, commit, who.name)
    who.need("GET", path, file.data.decode("utf-8", "replace"))
    now = here.find(path)
    if now is not None:  # the file's id may be another by now
        who.need("GET", path, now.data.decode("utf-8", "replace"))
    entry = here.commit(commit, path)
    if entry is None:
        raise Refusal(404, "not-found", f"the history has no commit '{commit[:64]}'")
    return messages.ExperimentText(
        path=path,
        text=file.text,
        revision=file.revision,
        modified=messages.Modified(by=entry.by, at=entry.at, commit=entry.commit),
        may_edit=False,
    )
