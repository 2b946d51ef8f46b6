"""What is kept of a service's log, wherever that is: its end, without what it must not show."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from mline_airflow.failures import MLineError
from mline_airflow.runners.lines import Masker

KEPT = 64 << 20
"""Bytes that are kept of a log; it goes through the memory of whoever keeps it."""
_PIECE = 1 << 20

Secret = Callable[[str], str]
"""Looks up `variable.KEY` or `connection.ID.FIELD`; raises MLineError when there is none."""


def values_of(references: Iterable[str], secret: Secret | None) -> list[str]:
    """Return the values of secrets; raises MLineError when one cannot be looked up."""
    values = []
    for reference in references:
        if secret is None:
            raise MLineError(f"there is nothing to look '{reference}' up in", code="no-secret")
        values.append(secret(reference))
    return values


def end_of(pieces: Iterable[bytes]) -> bytes:
    """Return a log, or its last lines with one before them that says so."""
    kept = bytearray()
    whole = 0
    for piece in pieces:
        kept += piece
        whole += len(piece)
        if len(kept) > KEPT + _PIECE:
            del kept[:-KEPT]
    if whole <= KEPT:
        return bytes(kept)
    # Half a line may hold half a secret, which nobody would know.
    del kept[: kept.find(b"\n", len(kept) - KEPT) + 1 or len(kept)]
    return b"mline: the first %d bytes of this log are not kept\n" % (whole - len(kept)) + kept


def without_secrets(text: bytes, values: Iterable[str]) -> bytes:
    """Return a log with `***` for each value."""
    masker = Masker(values)
    hidden = bytearray()
    begin = 0
    # In pieces of whole lines: as a text, a log takes several times its room.
    while begin < len(text):
        end = text.find(b"\n", begin + _PIECE) + 1 or len(text)
        piece = text[begin:end].decode("utf-8", "surrogateescape")
        hidden += masker(piece).encode("utf-8", "surrogateescape")
        begin = end
    return bytes(hidden)
