"""What a run looks like while it goes: lines in a log, or a table that moves at a terminal."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Final, Protocol, Self, TextIO

from ..ansi import Paint
from .edge import colour_wanted

if TYPE_CHECKING:
    from types import TracebackType

    from rich.console import ConsoleRenderable

    from ..local.run import Event

_MARKS: Final = {
    "started": ("info", "▶"),
    "ended": ("good", "✓"),
    "cached": ("good", "≡"),
    "skipped": ("faint", "○"),
    "failed": ("error", "✗"),
    "not_run": ("faint", "·"),
    "note": ("warning", "!"),
}
_ENDS: Final = frozenset({"ended", "cached", "skipped", "failed", "not_run"})


class Screen(Protocol):
    """Shows the events of a run; a context manager around it."""

    def __enter__(self) -> Self:
        """Begin to show."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the terminal as it was found."""

    def __call__(self, event: Event) -> None:
        """Show an event; one call at a time, from any thread."""


def screen(*, quiet: bool, stream: TextIO | None = None) -> Screen:
    """Return the screen for a stream: standard output unless it is needed for something else."""
    out = stream or sys.stdout
    if out.isatty() and not quiet:
        return LiveScreen(out)
    return LineScreen(out, quiet=quiet)


class _Lines:
    """Turns events into lines; keeps when each task began."""

    def __init__(self, *, colour: bool) -> None:
        self.paint = Paint(colour=colour)
        self.began: dict[tuple[str, int | None], float] = {}

    def line(self, event: Event) -> str:
        if event.kind == "log":
            return f"{self.paint('faint', f'{event.name} │')} {event.text}"
        kind, mark = _MARKS[event.kind]
        key = (event.task, event.index)
        if event.kind == "started":
            self.began[key] = time.monotonic()
        text = {
            "started": "started",
            "ended": f"done in {self._took(key)}",
            "cached": "cached: nothing that it depends on has changed",
            "skipped": f"skipped: {event.text}",
            "failed": f"failed after {self._took(key)}: {event.text}",
            "not_run": "not run: something before it failed",
            "note": event.text,
        }[event.kind]
        name = f"{self.paint('strong', event.name)} " if event.name else ""
        return f"{self.paint(kind, mark)} {name}{text}"

    def _took(self, key: tuple[str, int | None]) -> str:
        return seconds(time.monotonic() - self.began.get(key, time.monotonic()))


class LineScreen:
    """One line an event, for logs and pipes; quiet leaves only failures."""

    def __init__(self, out: TextIO, *, quiet: bool) -> None:
        self.out = out
        self.quiet = quiet
        self.lines = _Lines(colour=colour_wanted(out))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.out.flush()

    def __call__(self, event: Event) -> None:
        """Write a line."""
        line = self.lines.line(event)
        if not self.quiet or event.kind == "failed":
            self.out.write(line + "\n")
            self.out.flush()


class LiveScreen:
    """The log scrolls, and below it stands what is running now."""

    def __init__(self, out: TextIO) -> None:
        from rich.console import Console
        from rich.live import Live

        colour = colour_wanted(out)
        self.lines = _Lines(colour=colour)
        self.console = Console(file=out, highlight=False, no_color=not colour)
        self.running: dict[tuple[str, int | None], tuple[str, str]] = {}
        self.live = Live(
            get_renderable=self._now, console=self.console, refresh_per_second=8, transient=True
        )

    def __enter__(self) -> Self:
        self.live.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self.live.__exit__(None, None, None)
        del error

    def __call__(self, event: Event) -> None:
        """Print what is over above what is running."""
        from rich.text import Text

        key = (event.task, event.index)
        line = self.lines.line(event)
        if event.kind == "started":
            self.running[key] = (event.name, "")
            return
        if event.kind == "log" and key in self.running:
            self.running[key] = (event.name, event.text)
        if event.kind in _ENDS:
            self.running.pop(key, None)
        self.console.print(Text.from_ansi(line), soft_wrap=True)

    def _now(self) -> ConsoleRenderable:
        from rich.console import Group
        from rich.spinner import Spinner
        from rich.text import Text

        rows = []
        for key, (name, last) in list(self.running.items()):
            took = seconds(time.monotonic() - self.lines.began[key])
            text = Text.assemble((name, "bold"), f" {took} ", (last[:100], "dim"))
            rows.append(Spinner("dots", text=text, style="cyan"))
        return Group(*rows)


def seconds(value: float) -> str:
    """Return `0.4 s`, `12 s`, `3 min 05 s`."""
    if value < 10:
        return f"{value:.1f} s"
    if value < 60:
        return f"{value:.0f} s"
    return f"{int(value // 60)} min {int(value % 60):02d} s"
