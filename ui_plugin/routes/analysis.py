"""What the compiler says of a text that is being edited."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from fastapi import APIRouter

from mline_airflow.language_server.messages import RefusedError
from mline_airflow.language_server.stateless import answer
from mline_airflow.provider_settings import profile

from .. import engine, language_messages
from ..errors import Refusal
from ..rights import User, Who
from ..threads import compute
from ..workspace.current import workspace
from ..workspace.names import checked

router = APIRouter(tags=["language"])


@router.post("/analysis")
async def analysis(document: language_messages.Document, who: Who) -> dict[str, Any]:
    """Return the graph of an experiment and everything that is wrong with it.

    The findings are those of `mline check`: the same codes, ranges, messages and order. Ranges are
    those of the Language Server Protocol, in UTF-16 units.
    """
    return await compute(_of_text, engine.graph, who, document, profile())


@router.post("/check")
async def check(document: language_messages.Document, who: Who) -> dict[str, Any]:
    """Return what `mline check --format json` prints of this text."""
    return await compute(_of_text, engine.report, who, document, profile())


@router.post("/types")
async def types(document: language_messages.Document, who: Who) -> dict[str, Any]:
    """Return the types that a text can name."""
    return await compute(_of_text, engine.types, who, document)


@router.get("/types")
async def all_types(who: Who) -> dict[str, Any]:
    """Return all types of the project: built-in libraries and its own."""

    def find() -> dict[str, Any]:
        who.need_any("GET")
        return engine.all_types(workspace().root)

    return await compute(find)


@router.post("/plan")
async def plan(document: language_messages.PlanDocument, who: Who) -> language_messages.Plan:
    """Return the plan that Airflow would run, or the findings that stand in its way."""
    chosen = document.profile or profile()
    return language_messages.Plan(**await compute(_of_text, engine.plan, who, document, chosen))


@router.post("/lsp")
async def lsp(body: language_messages.Lsp, who: Who) -> language_messages.LspAnswer:
    """Answer messages of the Language Server Protocol about texts that come along.

    Nothing is kept between two requests. The findings of each text come first, as notifications
    `textDocument/publishDiagnostics`; `initialize` need not be sent.
    """
    return await compute(_lsp, body, who)


def _lsp(body: language_messages.Lsp, who: User) -> language_messages.LspAnswer:
    who.need_any("GET")
    documents = [one.model_dump() for one in body.documents]
    for one in documents:
        checked(unquote(one["uri"].removeprefix("mline:/")))
    try:
        sent = answer(documents, body.messages, workspace().root, profile=profile())
    except RefusedError as error:
        raise Refusal(422, "wrong-request", str(error)) from None
    return language_messages.LspAnswer(messages=sent)


def _of_text(
    function: Any, who: User, document: language_messages.Document, *more: Any
) -> dict[str, Any]:
    who.need_any("GET")
    path = checked(document.path)
    result: dict[str, Any] = function(workspace().root, path, document.text, *more)
    return result
