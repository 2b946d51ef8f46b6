"""The language server for one request: the client sends its open texts along each time.

So any of many API servers can answer, and nothing of a client is kept. What is kept, a process and
workspace, are the projects with what they read and compiled.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from .documents import Document
from .messages import INVALID_PARAMS, INVALID_REQUEST, Message, RefusedError
from .session import Session
from .workspace import Workspace

SCHEME: Final = "mline"
MOST_DOCUMENTS: Final = 50
MOST_MESSAGES: Final = 100
_MOST_WORKSPACES: Final = 8

_lock = threading.Lock()
_workspaces: dict[Path, tuple[threading.Lock, Workspace]] = {}


def answer(
    documents: Iterable[Mapping[str, Any]],
    messages: Iterable[Mapping[str, Any]],
    workspace: Path,
    *,
    profile: str | None = None,
) -> list[Message]:
    """Answer messages about documents that stand for the files of their names.

    `documents` are `{uri, text, version}` with URIs `mline:/PATH`, paths relative to the workspace;
    other files are read from there, none outside. Diagnostics of every document come as
    `textDocument/publishDiagnostics` before the answers, as under `profile`, by default the one of
    `mline check`. `initialize` need not be sent.
    Raises RefusedError when there are too many documents or messages, or one has no such URI.
    """
    documents, messages = list(documents), list(messages)
    if len(documents) > MOST_DOCUMENTS or len(messages) > MOST_MESSAGES:
        limits = f"{MOST_DOCUMENTS} documents and {MOST_MESSAGES} messages"
        raise RefusedError(INVALID_REQUEST, f"one request holds at most {limits}")
    lock, room = _workspace(workspace)
    with lock:
        session = Session(room, initialized=True, profile=profile)
        try:
            for item in documents:
                document = _document(item)
                path = room.path(document.uri)
                if path is None:
                    raise RefusedError(INVALID_PARAMS, f"'{document.uri}' is not in this workspace")
                session.documents[document.uri] = document
                room.put(path, document.text)
            sent = [m for d in session.documents.values() for m in session.publish(d)]
            for message in messages:
                sent += session.handle(message)
        finally:
            room.clear()
    return sent


def _document(item: Mapping[str, Any]) -> Document:
    uri, text, version = item.get("uri"), item.get("text"), item.get("version", 0)
    if not isinstance(uri, str) or not isinstance(text, str) or not isinstance(version, int):
        raise RefusedError(INVALID_PARAMS, "a document has a 'uri', a 'text' and a 'version'")
    return Document(uri, text, version)


def _workspace(root: Path) -> tuple[threading.Lock, Workspace]:
    with _lock:
        known = _workspaces.get(root)
        if known is None:
            if len(_workspaces) >= _MOST_WORKSPACES:
                _workspaces.clear()
            known = _workspaces[root] = (threading.Lock(), Workspace(root, SCHEME))
        return known
