"""What a service's log must not show, wherever the log is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from mline_airflow.failures import MLineError
from mline_airflow.runners.lines import Masker

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


def without_secrets(text: bytes, values: Iterable[str]) -> bytes:
    """Return a log with `***` for each value."""
    masked = Masker(values)(text.decode("utf-8", "surrogateescape"))
    return masked.encode("utf-8", "surrogateescape")
