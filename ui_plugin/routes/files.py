"""Files that come, move and go, with what depends on them."""

from __future__ import annotations

import posixpath
from typing import Annotated

from fastapi import APIRouter, Query

from mline_airflow.dag_factory.project import EXPERIMENT_SUFFIX

from .. import beginnings, messages
from ..dependents import Mention, mentions, renamed, texts_of, word_for
from ..engine import ids_of
from ..errors import Refusal
from ..rights import User, Who
from ..threads import work
from ..workspace.current import workspace
from ..workspace.names import checked
from ..workspace.working_copy import StaleError, WorkingCopy
from .experiments import encoded, readable, shown, stale, told

router = APIRouter(tags=["files"])


@router.post("/experiments", status_code=201, responses={409: {"model": messages.Error}})
async def create(body: messages.Create, who: Who) -> messages.ExperimentText:
    """Make a file from a template, an example, another experiment or a text.

    A template or example brings the code and data that it needs; nothing that is there is
    overwritten. The experiment's id is the file's name, unless a whole text is given.
    """
    return await work(_create, body, who)


@router.post("/rename", responses={409: {"model": messages.Error}})
async def rename(body: messages.Rename, who: Who) -> messages.Renamed:
    """Move a file, and change what names it in other files, as one commit."""
    return await work(_rename, body, who)


@router.get("/experiments/{path:path}/dependents")
async def dependents(path: str, who: Who) -> messages.Dependents:
    """List the files that name this one, and would stop working without it."""

    def find() -> messages.Dependents:
        readable(path, who)
        here = workspace()
        found = mentions(here, path, texts_of(here))
        return messages.Dependents(dependents=_readable_of(who, here, found))

    return await work(find)


@router.delete("/experiments/{path:path}", responses={409: {"model": messages.Error}})
async def delete(
    path: str,
    who: Who,
    base: Annotated[messages.Revision, Query()],
    *,
    anyway: Annotated[bool, Query(description="Although other files name it.")] = False,
) -> messages.Removed:
    """Remove a file. What names it stands in the way, unless `anyway`."""
    return await work(_delete, path, base, who, anyway=anyway)


def _create(body: messages.Create, who: User) -> messages.ExperimentText:
    here, path = workspace(), checked(body.path)
    text, beside = _begin(path, body, who)
    who.need_new(path, text)
    if here.find(path) is not None:
        raise Refusal(409, "exists", f"there is already a file '{path}'; choose another name")
    _no_second_id(here, path, text)
    folder = posixpath.dirname(path)
    more = {posixpath.join(folder, name): data for name, data in beside.items()}
    for name, data in more.items():
        if name.endswith(EXPERIMENT_SUFFIX) and here.find(name) is None:
            who.need_new(name, data.decode("utf-8"))
            _no_second_id(here, name, data.decode("utf-8"))
    data = encoded(text)
    try:
        saved = here.save({path: data}, {path: None}, who.author, f"Create {path}", beside=more)
    except StaleError:
        raise Refusal(409, "exists", f"there is already a file '{path}'") from None
    told(who, "create", path, saved, None, text)
    return shown(here, here.file(path), who)


def _begin(path: str, body: messages.Create, who: User) -> tuple[str, dict[str, bytes]]:
    source = body.from_
    if isinstance(source, messages.FromText):
        return source.text, {}
    id_ = beginnings.id_for(path)
    if isinstance(source, messages.Copy):
        return beginnings.with_id(readable(source.experiment, who).text, id_), {}
    if isinstance(source, messages.Template):
        found = beginnings.beginning("template", source.template)
    else:
        found = beginnings.beginning("example", source.example)
    return beginnings.with_id(found.text, id_), found.beside


def _no_second_id(here: WorkingCopy, path: str, text: str) -> None:
    """Refuse an experiment whose id another file has: ids become DAG ids."""
    new = ids_of(path, text)
    for other, there in texts_of(here).items():
        same = new & ids_of(other, there) if other != path else set()
        if same:
            raise Refusal(
                409,
                "same-id",
                f"the experiment '{min(same)}' is already in '{other}'; ids become DAG ids",
            )


def _rename(body: messages.Rename, who: User) -> messages.Renamed:
    here, path, to = workspace(), checked(body.path), checked(body.to)
    file = readable(path, who)
    old = file.data.decode("utf-8", "surrogateescape")
    if ids_of(path, "experiment: x") != ids_of(to, "experiment: x"):
        raise Refusal(422, "bad-path", f"'{path}' and '{to}' are not files of the same kind")
    texts = texts_of(here)
    new = old
    if body.experiment is not None:
        new = beginnings.with_id(old, body.experiment)
        texts_with = {k: v for k, v in texts.items() if k != path}
        _check_id(texts_with, body.experiment)
    who.need("DELETE" if path != to else "PUT", path, old)
    who.need_new(to, new)
    changed = _changed(here, path, to, body.experiment, texts)
    for other, text in changed.items():
        who.need("PUT", other, texts[other], text)
    if path != to and here.find(to) is not None:
        raise Refusal(409, "exists", f"there is already a file '{to}'; choose another name")
    return _move(here, path, to, body.base or file.revision, new, changed, who)


def _move(
    here: WorkingCopy,
    path: str,
    to: str,
    base: str,
    new: str,
    changed: dict[str, str],
    who: User,
) -> messages.Renamed:
    files: dict[str, bytes | None] = {path: None} if path != to else {}
    files |= {one: text.encode("utf-8", "surrogateescape") for one, text in changed.items()}
    data = files[to] = new.encode("utf-8", "surrogateescape")
    bases: dict[str, str | None] = {path: base}
    if path != to:
        bases[to] = None
    bases |= {one: here.file(one).revision for one in changed}
    message = f"Rename {path} to {to}" if path != to else f"Rename the experiment in {path}"
    try:
        saved = here.save(files, bases, who.author, message)
    except StaleError as error:
        if error.path == path:
            raise stale(here, path, base, data, who) from None
        raise Refusal(
            409, "stale", f"'{error.path}' was changed meanwhile; nothing was renamed, try again"
        ) from None
    told(who, "rename", to, saved, base, new, from_=path, changed=sorted(changed) or None)
    return messages.Renamed(
        path=to,
        revision=str(saved.revisions[to]),
        commit=saved.commit,
        dependents=sorted(changed),
        pushed=saved.pushed,
        notice=saved.problem,
    )


def _check_id(texts: dict[str, str], id_: str) -> None:
    for other, text in texts.items():
        if id_ in ids_of(other, text):
            raise Refusal(
                409,
                "same-id",
                f"the experiment '{id_}' is already in '{other}'; ids become DAG ids",
            )


def _changed(
    here: WorkingCopy, path: str, to: str, id_: str | None, texts: dict[str, str]
) -> dict[str, str]:
    """Return the other files with what names this one brought up to date."""
    by_file: dict[str, list[Mention]] = {}
    for mention in mentions(here, path, texts):
        by_file.setdefault(mention.path, []).append(mention)
    changed = {}
    for other, found in by_file.items():
        changes = {}
        for mention in found:
            name, dot, rest = mention.text.partition(".")
            word = word_for(other, mention.text, to)
            if ids_of(path, texts[path]):
                word = f"{id_ or name}{dot}{rest}"
            changes[mention.span] = (mention.text, word)
        text = renamed(texts[other], changes)
        if text != texts[other]:
            changed[other] = text
    return changed


def _delete(path: str, base: str, who: User, *, anyway: bool) -> messages.Removed:
    here = workspace()
    file = readable(path, who)
    text = file.data.decode("utf-8", "surrogateescape")
    who.need("DELETE", path, text)
    found = mentions(here, path, texts_of(here))
    if found and not anyway:
        others = _readable_of(who, here, found)
        listed = ", ".join(others) or "files that you may not read"
        raise Refusal(
            409,
            "has-dependents",
            f"'{path}' is named by {listed}; change them first",
            dependents=others,
        )
    try:
        saved = here.save({path: None}, {path: base}, who.author, f"Remove {path}")
    except StaleError:
        raise Refusal(
            409, "stale", f"'{path}' was changed since you opened it; nothing was removed"
        ) from None
    told(who, "delete", path, saved, base, text)
    return messages.Removed(commit=saved.commit, pushed=saved.pushed, notice=saved.problem)


def _readable_of(who: User, here: WorkingCopy, found: list[Mention]) -> list[str]:
    paths = sorted({mention.path for mention in found})
    return [
        path
        for path in paths
        if who.may_file("GET", path, here.file(path).data.decode("utf-8", "replace"))
    ]
