"""The application below `/mline`: the API of the editor, and the editor itself."""

from __future__ import annotations

from fastapi import FastAPI

from mline_airflow import __version__

from . import errors, static_files
from .guards import BodyLimit, Boundary, SafeHeaders, SameOrigin
from .messages import Error
from .routes import ROUTERS
from .settings import number

_MOST_BODY = 4_000_000
_ERRORS = {
    status: {"model": Error, "description": description}
    for status, description in (
        (401, "Nobody is logged in."),
        (403, "The user may not do this, or a foreign page asked for it."),
        (404, "There is no such file, or the user may not read it."),
        (413, "The request is too large."),
        (422, "The request is not what the route takes."),
        (429, "The user asks too often."),
        (503, "The workspace is not there, or others are saving."),
    )
}


def create_app() -> FastAPI:
    """Return the application. Airflow's own login and rights are asked by every route."""
    app = FastAPI(
        title="MLine",
        version=__version__,
        description="Experiments of the workspace: read, checked, saved, run. See docs/rest.md.",
        openapi_url=None,  # a route of its own says it, to those who are logged in
        docs_url=None,
        redoc_url=None,
        responses=_ERRORS,  # type: ignore[arg-type]
    )
    errors.install(app)
    for router in ROUTERS:
        app.include_router(router, prefix="/api")
    app.include_router(static_files.router)
    # The last one added is asked first.
    app.add_middleware(BodyLimit, most=int(number("api_max_body", _MOST_BODY)))
    app.add_middleware(SameOrigin)
    app.add_middleware(Boundary)
    app.add_middleware(SafeHeaders)
    return app
