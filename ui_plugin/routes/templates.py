"""What a new experiment can begin with."""

from __future__ import annotations

from fastapi import APIRouter

from .. import messages
from ..beginnings import all_of_them
from ..rights import Who
from ..threads import work

router = APIRouter(tags=["files"])


@router.get("/templates")
async def templates(who: Who) -> list[messages.TemplateInfo]:
    """List the templates, and the examples where MLine's checkout is at hand."""

    def find() -> list[messages.TemplateInfo]:
        who.need_any("GET")
        return [
            messages.TemplateInfo(id=one.id, title=one.title, doc=one.doc, kind=one.kind)
            for one in all_of_them()
        ]

    return await work(find)
