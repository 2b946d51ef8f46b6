"""Composers of YAML 1.2: libyaml's, and PyYAML's own where there is no libyaml.

Both give the same nodes. What they read as YAML 1.1 does is put right here or in `tree_walk`.
"""

from __future__ import annotations

import operator
from typing import Any

from yaml import Node, ScalarNode
from yaml.composer import Composer
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner

from .scalars import NOT_TEXT, STR, plain_tag
from .tree_walk import KINDS

try:
    from yaml.cyaml import CParser as _CParser  # type: ignore[attr-defined]
except ImportError:  # no libyaml, as in a WebAssembly build
    _CParser = None  # type: ignore[assignment,misc]

_BLANK = "\0 \t\r\n\x85\u2028\u2029"


def _resolve(_self: object, kind: type[Node], value: str, implicit: tuple[bool, bool]) -> str:
    if kind is not ScalarNode:
        return KINDS[kind]
    # Most words are text by their first letter; asking `plain_tag` costs as much as the answer.
    if not implicit[0] or (value and value[0] not in NOT_TEXT):
        return STR
    return plain_tag(value)


class PythonComposer(Reader, Scanner, Parser, Composer):
    """PyYAML's own composer: slower, and it needs no library."""

    def __init__(self, stream: str) -> None:
        Reader.__init__(self, stream)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)
        self._in_plain = False

    resolve = _resolve

    def descend_resolver(self, *_args: object) -> None:
        """Do nothing: path resolvers are a feature of PyYAML that nothing here uses."""

    def ascend_resolver(self) -> None:
        """Do nothing, as well."""

    # In YAML 1.1 a '?' in a flow collection is a key or an end; in YAML 1.2 it is one before a
    # space, and else a letter like any other: `[?m measures ?model]` is a list of one text.

    def check_key(self) -> bool:
        """Tell whether the '?' here begins a complex key."""
        return self.peek(1) in _BLANK

    def check_plain(self) -> bool:
        """Tell whether a plain scalar begins here."""
        if self.flow_level and self.peek() == "?":
            return self.peek(1) not in _BLANK + ",[]{}"
        return bool(super().check_plain())

    def scan_plain(self) -> Any:
        """Read a plain scalar."""
        self._in_plain = True
        try:
            return super().scan_plain()
        finally:
            self._in_plain = False

    def peek(self, index: int = 0) -> str:
        """Return a character ahead; inside a plain scalar a '?' looks like a letter.

        The scalar's text is not made of what this returns.
        """
        character: str = super().peek(index)
        return "x" if character == "?" and self._in_plain else character


if _CParser is None:
    new_composer: Any = PythonComposer
else:

    class LibyamlComposer(_CParser):
        """libyaml's composer."""

        resolve = _resolve
        # Called twice a node with two arguments and with none; builtins are the cheapest to call.
        descend_resolver = operator.is_
        ascend_resolver = bool

    new_composer = LibyamlComposer
