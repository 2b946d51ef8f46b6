"""The nearest known word: "did you mean"."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from .diagnostic import Edit, Fix
from .text import Span

_CLOSE = 0.7


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that `word` most likely stands for, or None."""
    words = list(known)
    folded = {w.lower().replace("-", "_"): w for w in words}
    same = folded.get(word.lower().replace("-", "_"))
    if same is not None:
        return same
    close = get_close_matches(word[:80], words, n=1, cutoff=_CLOSE)
    return close[0] if close else None


# What other systems call it, with what it may be called here.
_ELSEWHERE = {
    "args": ("with", "command"),
    "arguments": ("with", "command"),
    "cmd": ("command",),
    "concurrency": ("parallel", "max_runs"),
    "condition": ("when",),
    "dag_id": ("experiment",),
    "depends_on": ("after",),
    "description": ("doc",),
    "environment": ("env",),
    "extends": ("is",),
    "file": ("at",),
    "healthcheck": ("ready",),
    "id": ("experiment", "library"),
    "if": ("when",),
    "inputs": ("takes",),
    "jobs": ("stages",),
    "kind": ("is",),
    "matrix": ("sweep",),
    "name": ("experiment", "library", "project", "title"),
    "needs": ("after",),
    "outputs": ("gives",),
    "parameters": ("params", "with"),
    "params": ("with",),
    "path": ("at",),
    "ports": ("offers",),
    "script": ("run",),
    "steps": ("stages",),
    "tasks": ("stages",),
    "type": ("is",),
    "url": ("at",),
    "variables": ("env", "params"),
    "version": ("mline",),
}


def same_elsewhere(word: str, known: Iterable[str]) -> str:
    """Return the known word for what another system calls `word`, or ""."""
    have = set(known)
    return next((here for here in _ELSEWHERE.get(word, ()) if here in have), "")


def did_you_mean(word: str, known: Iterable[str], span: Span) -> tuple[str, Fix | None]:
    """Return the end of a message and the fix, both empty when nothing is near."""
    near = nearest(word, known)
    if near is None:
        return "", None
    # `@daily` is no plain text to YAML: whoever wrote something near it wrote quotes.
    text = f"'{near}'" if near[:1] == "@" else near
    fix = Fix(f"change '{word}' to '{near}'", (Edit(span, text),))
    return f"; did you mean '{near}'?", fix


def one(name: str) -> str:
    """Return a type as one of its things: a 'Model', an 'Evaluate'."""
    return f"an '{name}'" if name[:1] in "AEIOUaeiou" else f"a '{name}'"


def listing(words: Iterable[str], limit: int = 8) -> str:
    """Return the words quoted and joined, the first `limit` of them."""
    shown = list(words)
    text = ", ".join(f"'{w}'" for w in shown[:limit])
    more = len(shown) - limit
    return f"{text} and {more} more" if more > 0 else text or "none"
