"""The built editor, and the page that says how to build it when it is not there."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from urllib.parse import quote

from airflow.api_fastapi.app import get_auth_manager
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from .errors import Refusal
from .rights import Who, user_of

FOLDER = Path(__file__).parent / "static"
_ICONS = Path(__file__).parent / "icons"
_FOREVER = "private, max-age=31536000, immutable"
_NOT_BUILT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>MLine</title>
<p>The editor is not built: run <code>make web</code> in MLine's checkout, which needs Node.js 20 or
newer, and load this page again. A wheel of MLine has it inside.</p></html>
"""
mimetypes.add_type("application/manifest+json", ".webmanifest")
mimetypes.add_type("text/javascript", ".js")

router = APIRouter(include_in_schema=False)


@router.get("/")
async def page(request: Request) -> Response:
    """Return the editor's page; who is not logged in is sent to Airflow's login first."""
    try:
        await user_of(request)
    except HTTPException as error:
        if error.status_code not in {401, 403}:
            raise
        login = get_auth_manager().get_url_login()
        mark = "&" if "?" in login else "?"
        return RedirectResponse(f"{login}{mark}next={quote(str(request.url), safe='')}", 302)
    index = FOLDER / "index.html"
    if not index.is_file():
        return HTMLResponse(_NOT_BUILT, 503)
    return FileResponse(index, headers={"cache-control": "no-cache"})


@router.get("/{path:path}")
async def file(path: str, who: Who) -> Response:  # noqa: ARG001 - whoever is logged in
    """Return a file of the built editor."""
    for folder in (FOLDER, _ICONS):
        found = (folder / path).resolve() if "\0" not in path else folder
        if found.is_relative_to(folder.resolve()) and found.is_file():
            # The names below assets/ have a digest of what is inside.
            kept = _FOREVER if path.startswith("assets/") else "no-cache"
            return FileResponse(found, headers={"cache-control": kept})
    raise Refusal(404, "not-found", "there is no such page")
