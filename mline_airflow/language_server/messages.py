"""JSON-RPC messages: what is sent, what is refused, and with which code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

Message = dict[str, Any]

PARSE_ERROR: Final = -32700
INVALID_REQUEST: Final = -32600
METHOD_NOT_FOUND: Final = -32601
INVALID_PARAMS: Final = -32602
INTERNAL_ERROR: Final = -32603
SERVER_NOT_INITIALIZED: Final = -32002
REQUEST_FAILED: Final = -32803
REQUEST_CANCELLED: Final = -32800


class RefusedError(Exception):
    """A request that gets an error for an answer."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def result(request: Mapping[str, Any], value: Any) -> Message:
    """Return the answer to a request."""
    return {"jsonrpc": "2.0", "id": request["id"], "result": value}


def error(id_: Any, code: int, message: str) -> Message:
    """Return the refusal of a request."""
    return {"jsonrpc": "2.0", "id": id_, "error": {"code": code, "message": message}}


def notification(method: str, params: Message) -> Message:
    """Return a message that wants no answer."""
    return {"jsonrpc": "2.0", "method": method, "params": params}
