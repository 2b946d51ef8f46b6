"""The one shape of an error: `{"error": {"code", "message", …}}`, and where it is made.

Whatever a route refuses is a `Refusal`; whatever else leaves a route is a defect of ours and is
told as such, without its text, which may hold what the user must not see.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException as StarletteHTTPException

_log = logging.getLogger(__name__)


class Refusal(HTTPException):
    """A request that is not done, with what the user is told.

    `code` is for programs, `message` a sentence for people, `data` is put into the error with the
    two, and `beside` into the answer beside the error.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        headers: Mapping[str, str] | None = None,
        beside: Mapping[str, Any] | None = None,
        **data: Any,
    ) -> None:
        super().__init__(status, message, dict(headers or {}))
        self.status = status
        self.code = code
        self.message = message
        self.beside = dict(beside or {})
        self.data = data

    def body(self) -> dict[str, Any]:
        """Return the body of the answer."""
        return {"error": {"code": self.code, "message": self.message, **self.data}, **self.beside}

    def answer(self) -> JSONResponse:
        """Return the answer."""
        return JSONResponse(self.body(), self.status, dict(self.headers or {}))


def install(app: FastAPI) -> None:
    """Make every error of the application one of our shape."""
    app.add_exception_handler(Refusal, _refusal)
    app.add_exception_handler(RequestValidationError, _wrong_request)
    app.add_exception_handler(StarletteHTTPException, _http)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RecursionError, _too_deep)


async def _refusal(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refusal)  # noqa: S101 - the handler is registered for it
    return error.answer()


async def _wrong_request(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    problems = [
        {"at": ".".join(str(step) for step in one["loc"]), "message": one["msg"]}
        for one in error.errors()
    ]
    first = problems[0] if problems else {"at": "body", "message": "it is wrong"}
    message = f"the request is not what this route takes: {first['at']}: {first['message']}"
    # A lone surrogate in what the user sent must not make the answer itself impossible.
    message = message.encode("utf-8", "replace").decode()
    return Refusal(422, "wrong-request", message, problems=problems[:20]).answer()


async def _http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, StarletteHTTPException)  # noqa: S101
    if error.status_code == 403 and "token" in str(error.detail).lower():
        # Airflow's word for a token that is none; to the user that is no login.
        error = StarletteHTTPException(401, headers=error.headers)
    codes = {401: "not-logged-in", 403: "forbidden", 404: "not-found", 405: "wrong-method"}
    messages = {
        401: "you are not logged in to Airflow",
        404: "there is no such page",
        405: "this page does not take this method",
    }
    message = messages.get(error.status_code) or str(error.detail)
    code = codes.get(error.status_code) or HTTPStatus(error.status_code).phrase.lower().replace(
        " ", "-"
    )
    return Refusal(error.status_code, code, message, headers=error.headers).answer()


async def _too_deep(_request: Request, _error: Exception) -> JSONResponse:
    return Refusal(422, "too-deep", "the request is nested too deeply").answer()


def defect(error: Exception, request: str) -> Refusal:
    """Return what is said of an exception that nothing expected; the log has it whole."""
    _log.error("%s failed", request, exc_info=error)
    message = "this is a defect of MLine; the log of Airflow's API server says more"
    return Refusal(500, "defect", message)
