"""The result of checking some files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from mline_airflow.dag_factory.diagnostic import Diagnostic, Severity


class Report(NamedTuple):
    """The findings of some files, in order of file and place."""

    files: tuple[str, ...]
    """Display paths of every file that was checked."""
    diagnostics: tuple[Diagnostic, ...]

    @classmethod
    def of(cls, files: Iterable[str], diagnostics: Iterable[Diagnostic]) -> Report:
        """Sort the findings and drop repeated ones: two files may report a shared library."""
        found: dict[tuple[object, ...], Diagnostic] = {}
        for one in diagnostics:
            found.setdefault((*one.sort_key, one.severity), one)
        return cls(tuple(files), tuple(sorted(found.values(), key=lambda d: d.sort_key)))

    def count(self, severity: Severity) -> int:
        """Return how many findings have this severity."""
        return sum(d.severity == severity for d in self.diagnostics)

    @property
    def failed(self) -> bool:
        """Tell whether any finding is an error."""
        return self.count("error") > 0

    @property
    def summary(self) -> str:
        """Return `2 errors and 1 warning in 3 files`."""
        words: tuple[tuple[Severity, str], ...] = (
            ("error", "error"),
            ("warning", "warning"),
            ("info", "hint"),
        )
        counts = [counted(self.count(kind), word) for kind, word in words if self.count(kind)]
        where = counted(len(self.files), "file")
        if not counts:
            return f"no problems in {where}"
        listed = ", ".join(counts[:-1]) + " and " + counts[-1] if len(counts) > 1 else counts[0]
        return f"{listed} in {where}"


def counted(number: int, noun: str) -> str:
    """Return `1 file`, `2 files`, `1,000 files`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
