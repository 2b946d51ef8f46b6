"""References as people write them: `entity`, `stage.port`, `stage[*].port`, `stage[a=1].port`."""

from __future__ import annotations

import re
from typing import NamedTuple

_REFERENCE = re.compile(
    r"(?P<head>[a-z][a-z0-9_]*)(?:\[(?P<which>[^\[\]]*)\])?(?:\.(?P<port>[a-z][a-z0-9_]*))?"
)


class Reference(NamedTuple):
    """A parsed reference. `which` is "" (none), "*" (all instances) or an instance's name."""

    head: str
    port: str
    which: str


def parse_reference(text: str) -> Reference | None:
    """Return the parts of a reference, or None when the text is none."""
    match = _REFERENCE.fullmatch(text) if len(text) < 1000 else None
    if match is None:
        return None
    which = match["which"]
    if which is not None and (match["port"] is None or not which.strip()):
        return None
    return Reference(match["head"], match["port"] or "", (which or "").replace(" ", ""))
