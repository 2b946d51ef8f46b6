"""One conversation with an editor in the Language Server Protocol 3.17, over any transport.

`handle` takes one message and returns those to send: an answer, and diagnostics when a text
changed. It never raises for what a client sends.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from typing import Any, Final

from mline_airflow import __version__
from mline_airflow.dag_factory.ide.lines import Encoding

from .asked import Asked
from .documents import Document
from .features import FEATURES
from .lsp_diagnostics import lsp_diagnostic
from .messages import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    SERVER_NOT_INITIALIZED,
    Message,
    RefusedError,
    error,
    notification,
    result,
)
from .reading import TOKEN_TYPES
from .workspace import Workspace

_TRIGGERS: Final = [" ", ":", ".", "$", "[", ",", "{", "/", "*"]
_INCREMENTAL: Final = 2


class Session:
    """The state of one conversation: its open documents and what was negotiated.

    `profile` is the profile to check under, by default that of `mline check`.
    """

    def __init__(
        self, workspace: Workspace, *, initialized: bool = False, profile: str | None = None
    ) -> None:
        self.workspace = workspace
        self.profile = profile
        self.documents: dict[str, Document] = {}
        self.encoding: Encoding = "utf-16"
        self.link = ""
        self.state = "running" if initialized else "new"
        self.exit_code: int | None = None
        self._asked: dict[str, Asked] = {}
        self._lifecycle: dict[str, Callable[[Message], Any]] = {
            "initialize": self._initialize,
            "shutdown": self._shutdown,
        }
        self._notifications: dict[str, Callable[[Message], list[Message]]] = {
            "textDocument/didOpen": self._open,
            "textDocument/didChange": self._change,
            "textDocument/didSave": self._save,
            "textDocument/didClose": self._close,
            "workspace/didChangeWatchedFiles": lambda _params: self._publish_all(),
        }

    def handle(self, message: object) -> list[Message]:
        """Take one message of the client; return the messages to send, in order."""
        if not isinstance(message, Mapping) or message.get("jsonrpc") != "2.0":
            return [error(None, INVALID_REQUEST, "expected a JSON-RPC 2.0 message")]
        method = message.get("method")
        if not isinstance(method, str):
            if "id" in message and ("result" in message or "error" in message):
                return []  # an answer; nothing was asked that needs one
            return [error(message.get("id"), INVALID_REQUEST, "a message needs a 'method'")]
        params = message.get("params") or {}
        try:
            if not isinstance(params, Mapping):
                raise RefusedError(INVALID_PARAMS, "'params' must be an object")  # noqa: TRY301
            if "id" in message:
                return [result(message, self._answer(method, dict(params)))]
            return self._notified(method, dict(params))
        except RefusedError as refused:
            found = error(message.get("id"), refused.code, str(refused))
        except (KeyError, TypeError, AttributeError) as wrong:
            if _is_ours(wrong):
                found = error(message.get("id"), INTERNAL_ERROR, _told(wrong))
            else:
                found = error(message.get("id"), INVALID_PARAMS, f"'{method}': {_told(wrong)}")
        except Exception as broken:  # noqa: BLE001 - one request that fails must not end them all
            found = error(message.get("id"), INTERNAL_ERROR, _told(broken))
        return [found] if "id" in message else [_log(found)]

    # -- lifecycle -------------------------------------------------------------------------------

    def _answer(self, method: str, params: Message) -> Any:
        if self.state == "new" and method != "initialize":
            raise RefusedError(SERVER_NOT_INITIALIZED, "the first request is 'initialize'")
        if self.state == "shut down":
            raise RefusedError(INVALID_REQUEST, "the session is shut down")
        if method in self._lifecycle:
            return self._lifecycle[method](params)
        feature = FEATURES.get(method)
        if feature is None:
            raise RefusedError(METHOD_NOT_FOUND, f"the method '{method}' is not known")
        return feature(self._asked_about(params), params)

    def _initialize(self, params: Message) -> Message:
        if self.state != "new":
            raise RefusedError(INVALID_REQUEST, "the session is initialized already")
        self.state = "running"
        client = params.get("capabilities") or {}
        wanted = (client.get("general") or {}).get("positionEncodings") or ["utf-16"]
        self.encoding = next((e for e in wanted if e in ("utf-8", "utf-16", "utf-32")), "utf-16")
        options = params.get("initializationOptions") or {}
        link = options.get("diagnosticsUrl", "") if isinstance(options, Mapping) else ""
        self.link = link if isinstance(link, str) else ""
        folders = params.get("workspaceFolders") or []
        uri = folders[0]["uri"] if folders else params.get("rootUri")
        if self.workspace.root is None and isinstance(uri, str):
            root = self.workspace.path(uri)
            self.workspace = Workspace(root, self.workspace.scheme)
        return {
            "capabilities": self._capabilities(),
            "serverInfo": {"name": "mline", "version": __version__},
        }

    def _capabilities(self) -> Message:
        return {
            "positionEncoding": self.encoding,
            "textDocumentSync": {
                "openClose": True,
                "change": _INCREMENTAL,
                "save": {"includeText": False},
            },
            "hoverProvider": True,
            "completionProvider": {"triggerCharacters": _TRIGGERS, "resolveProvider": False},
            "signatureHelpProvider": {"triggerCharacters": ["{", ",", ":"]},
            "codeActionProvider": {"codeActionKinds": ["quickfix", "source.fixAll"]},
            "definitionProvider": True,
            "referencesProvider": True,
            "documentHighlightProvider": True,
            "renameProvider": {"prepareProvider": True},
            "documentSymbolProvider": True,
            "foldingRangeProvider": True,
            "documentFormattingProvider": True,
            "semanticTokensProvider": {
                "legend": {"tokenTypes": list(TOKEN_TYPES), "tokenModifiers": ["declaration"]},
                "full": True,
            },
        }

    def _shutdown(self, _params: Message) -> None:
        self.state = "shut down"

    def _notified(self, method: str, params: Message) -> list[Message]:
        if method == "exit":
            self.exit_code = 0 if self.state == "shut down" else 1
            return []
        handler = self._notifications.get(method)
        if handler is None or self.state != "running":
            return []  # `$/cancelRequest` too: requests are answered in order, at once
        self._asked.clear()
        return handler(params)

    # -- documents -------------------------------------------------------------------------------

    def _open(self, params: Message) -> list[Message]:
        item = params["textDocument"]
        uri, text = item["uri"], item["text"]
        if not isinstance(uri, str) or not isinstance(text, str):
            raise RefusedError(INVALID_PARAMS, "a document has a 'uri' and a 'text'")
        document = Document(uri, text, item.get("version") or 0)
        return self._took(document)

    def _change(self, params: Message) -> list[Message]:
        item = params["textDocument"]
        document = self._document(item["uri"])
        version = item.get("version") or document.version + 1
        return self._took(document.changed(params["contentChanges"], version, self.encoding))

    def _took(self, document: Document) -> list[Message]:
        path = self.workspace.path(document.uri)
        if path is None:
            raise RefusedError(INVALID_PARAMS, f"'{document.uri}' is not in this workspace")
        self.documents[document.uri] = document
        self.workspace.put(path, document.text)
        if path.name.endswith(".types.mline.yaml") or path.name == "mline.yaml":
            return self._publish_all()
        return self.publish(document)

    def _save(self, _params: Message) -> list[Message]:
        return self._publish_all()

    def _close(self, params: Message) -> list[Message]:
        document = self.documents.pop(params["textDocument"]["uri"], None)
        if document is None:
            return []
        path = self.workspace.path(document.uri)
        if path is not None:
            self.workspace.put(path, None)
        empty = {"uri": document.uri, "diagnostics": []}
        return [notification("textDocument/publishDiagnostics", empty)]

    def _publish_all(self) -> list[Message]:
        return [m for document in self.documents.values() for m in self.publish(document)]

    def publish(self, document: Document) -> list[Message]:
        """Return the diagnostics of a document, which are those of `mline check`."""
        path = self.workspace.path(document.uri)
        if path is None or not self.workspace.is_ours(path):
            return []
        asked = self._asked[document.uri] = Asked(self, document, path)
        found = [lsp_diagnostic(d, asked, self.link) for d in asked.diagnostics]
        params = {"uri": document.uri, "version": document.version, "diagnostics": found}
        return [notification("textDocument/publishDiagnostics", params)]

    def _document(self, uri: object) -> Document:
        document = self.documents.get(uri) if isinstance(uri, str) else None
        if document is None:
            raise RefusedError(INVALID_PARAMS, f"the document '{uri}' is not open")
        return document

    def _asked_about(self, params: Message) -> Asked:
        """Return the document of a request; it is analyzed once until some text changes."""
        document = self._document((params.get("textDocument") or {}).get("uri"))
        known = self._asked.get(document.uri)
        if known is None:
            path = self.workspace.path(document.uri)
            if path is None:
                raise RefusedError(INVALID_PARAMS, f"'{document.uri}' is not in this workspace")
            known = self._asked[document.uri] = Asked(self, document, path)
        return known


def _told(broken: Exception) -> str:
    return f"{type(broken).__name__}: {broken}"


def _is_ours(broken: Exception) -> bool:
    """Tell a mistake of the compiler's or of ours from a message that lacks a key."""
    frames = traceback.extract_tb(broken.__traceback__)
    return bool(frames) and "dag_factory" in frames[-1].filename


def _log(found: Message) -> Message:
    message = {"type": 1, "message": found["error"]["message"]}
    return notification("window/logMessage", message)
