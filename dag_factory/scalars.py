"""Plain scalars of the YAML 1.2 core schema (YAML 1.2.2, section 10.3.2)."""

from __future__ import annotations

import re
from typing import Final

# The tags that the composer gives to nodes; a node with any other tag was tagged by the user.
STR: Final = "str"
INT: Final = "int"
FLOAT: Final = "float"
BOOL: Final = "bool"
NULL: Final = "null"
MAP: Final = "map"
SEQ: Final = "seq"

NOT_TEXT = frozenset("+-.0123456789tTfFnN~")
"""First letters of plain scalars that may be something else than text."""

_WORDS = {
    "": NULL,
    "~": NULL,
    "null": NULL,
    "Null": NULL,
    "NULL": NULL,
    "true": BOOL,
    "True": BOOL,
    "TRUE": BOOL,
    "false": BOOL,
    "False": BOOL,
    "FALSE": BOOL,
}
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
# Python refuses to convert longer digit strings; nobody means such a number.
_MAX_DIGITS = 1000


def plain_tag(value: str) -> str:
    """Return the kind of a plain scalar: `str`, `int`, `float`, `bool` or `null`."""
    if value and value[0] not in NOT_TEXT:
        return STR
    word = _WORDS.get(value)
    if word is not None:
        return word
    if len(value) > _MAX_DIGITS:
        return STR
    if _INT.fullmatch(value):
        return INT
    return FLOAT if _FLOAT.fullmatch(value) else STR


def convert(tag: str, value: str) -> str | int | float | bool | None:
    """Return the value of a scalar of kind `tag`."""
    if tag == STR:
        return value
    if tag == INT:
        if value.startswith("0x"):
            return int(value, 16)
        return int(value, 8) if value.startswith("0o") else int(value)
    if tag == BOOL:
        return value[0] in "tT"
    if tag == FLOAT:
        return float(
            value.replace(".inf", "inf")
            .replace(".Inf", "inf")
            .replace(".INF", "inf")
            .replace(".nan", "nan")
            .replace(".NaN", "nan")
            .replace(".NAN", "nan")
        )
    return None
