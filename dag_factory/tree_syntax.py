"""Syntax errors of libyaml in the words of people."""

from __future__ import annotations

import yaml

from .diagnostic import Collector, Related
from .text import Span

_WORDS = {
    "could not find expected ':'": "expected ':' after the key",
    "mapping values are not allowed in this context": (
        "a second ':' in one line; quote the text if the colon belongs to it"
    ),
    "did not find expected ',' or ']'": "expected ',' or ']' in this list",
    "did not find expected ',' or '}'": "expected ',' or '}' in this map",
    "did not find expected key": "expected a key here; look at the indentation",
    "did not find expected '-' indicator": "expected '-' here; look at the indentation",
    "found unexpected end of stream": "a quote that is opened is never closed",
    "but found another document": "a file holds one document; '---' starts a second one",
    "found undefined alias": "an alias to an anchor that is not there",
    "found unknown escape character": (
        "an unknown escape; write '\\\\' for a backslash, or put the text into single quotes"
    ),
    "found a tab character that violates indentation": "a tab cannot indent; use spaces",
    "found a tab character where an indentation space is expected": (
        "a tab cannot indent; use spaces"
    ),
    "found incompatible YAML document": "this version of YAML is not known; YAML 1.2 is read",
    "did not find expected <document start>": "a file holds one document; '...' ends it",
}


_SEVERAL = ("but found another document", "did not find expected <document start>")


def report_syntax(error: yaml.YAMLError, text: str, found: Collector) -> int:
    """Add the finding for a YAML error and return where it is."""
    if isinstance(error, yaml.reader.ReaderError):
        character = error.character
        shown = chr(character) if isinstance(character, int) else str(character)
        at = max(text.find(shown), 0)
        found.add(
            "invalid-character",
            Span(at, at + 1),
            f"the control character U+{ord(shown[:1] or ' '):04X} is not allowed in YAML",
        )
        return at
    problem = str(getattr(error, "problem", "") or error)
    words = _WORDS.get(problem, problem)
    mark = getattr(error, "problem_mark", None)
    at = min(mark.index, len(text)) if mark else len(text)
    context = getattr(error, "context_mark", None)
    related: tuple[Related, ...] = ()
    code = "several-documents" if problem in _SEVERAL else "yaml-syntax"
    if (
        context is not None
        and context.index != at
        and problem in _WORDS
        and code != "several-documents"
    ):
        place = Span(context.index, min(context.index + 1, len(text)))
        related = (Related(found.source, place, "it starts here"),)
    end = at + 1 if at < len(text) and text[at] not in "\r\n" else at
    if problem == "found character that cannot start any token" and at < len(text):
        words = (
            "a tab cannot indent; use spaces"
            if text[at] == "\t"
            else f"'{text[at]}' cannot begin a value; put the text into quotes"
        )
    found.add(code, Span(at, end), words, related=related)
    return at
