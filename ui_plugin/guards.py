"""What stands before every route: headers of safety, limits, and no request of a foreign page."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from airflow.sdk.configuration import conf
from starlette.datastructures import Headers, MutableHeaders

from .errors import Refusal, defect
from .workspace.git import GitError

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_log = logging.getLogger(__name__)
MARK = "x-mline"
_SAFE = {"GET", "HEAD", "OPTIONS"}
POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
"""Inline styles are those of the source editor, which makes a style sheet of its theme."""
_HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


class SafeHeaders:
    """Puts the headers of safety on every answer; answers of the API are never kept."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                headers.setdefault("cache-control", "no-store")
            await send(message)

        await self.app(scope, receive, with_headers)


class Boundary:
    """Turns what no route expected into an answer: the only place where all exceptions end."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def noted(message: MutableMapping[str, Any]) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, noted)
        except Exception as error:
            if begun:
                raise
            refusal = error if isinstance(error, Refusal) else _expected(error)
            answer = refusal or defect(error, f"{scope['method']} {scope['path']}")
            await answer.answer()(scope, receive, send)


def _expected(error: Exception) -> Refusal | None:
    if isinstance(error, RecursionError):
        return Refusal(422, "too-deep", "the request is nested too deeply")
    if isinstance(error, GitError):
        _log.error("%s", error)
        said = error.said.splitlines()[0] if error.said else f"status {error.status}"
        return Refusal(503, "workspace", f"Git did not do it: {said[:300]}")
    return None


class SameOrigin:
    """Refuses writes that a page of another origin could have made with the user's cookie.

    Every write carries the header `X-MLine: 1`, which a foreign page cannot send without asking
    first, and nobody here answers such a question. What browsers say of the origin must agree.
    """

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "http" and scope["method"] not in _SAFE:
            problem = _foreign(Headers(scope=scope))
            if problem:
                answer = Refusal(403, "foreign-request", problem).answer()
                await answer(scope, receive, send)
                return
        await self.app(scope, receive, send)


def _foreign(headers: Headers) -> str:
    if headers.get(MARK) != "1":
        return "send the header 'X-MLine: 1' with every request that is not a GET"
    if headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return "this request comes from a page of another origin"
    origin = headers.get("origin")
    if origin is not None:
        hosts = {headers.get("host", ""), urlsplit(conf.get("api", "base_url", fallback="")).netloc}
        if urlsplit(origin).netloc not in hosts - {""}:
            return (
                f"this request comes from {origin[:100]}, which is not where this Airflow is; "
                "behind a proxy [api] base_url says so"
            )
    return ""


class BodyLimit:
    """Refuses a body that is too large, before or while it comes."""

    def __init__(self, app: App, most: int) -> None:
        self.app = app
        self.most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        refusal = Refusal(413, "too-large", f"a request has at most {self.most:,} bytes")
        length = Headers(scope=scope).get("content-length", "0")
        if not length.isdecimal() or int(length) > self.most:
            await self._drain(receive)
            await refusal.answer()(scope, receive, send)
            return
        came = 0

        async def limited() -> MutableMapping[str, Any]:
            nonlocal came
            message = await receive()
            if message["type"] == "http.request":
                came += len(message.get("body", b""))
                if came > self.most:
                    raise refusal
            return message

        await self.app(scope, limited, send)

    async def _drain(self, receive: Receive) -> None:
        """Take what is a little too large, so that the client is there for the answer."""
        came = 0
        while came < 4 * self.most:
            message = await receive()
            came += len(message.get("body", b""))
            if message["type"] != "http.request" or not message.get("more_body"):
                return
