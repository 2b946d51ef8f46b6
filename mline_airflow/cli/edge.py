"""The edge of the program: what a failure looks like to the person at the terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable

MISUSE = 2
INTERRUPTED = 130


class MisuseError(Exception):
    """The command line asks for something that is not there. One helpful line, status 2."""


class StopError(Exception):
    """The work is done and has failed; what there is to say has been said."""

    def __init__(self, status: int = 1) -> None:
        super().__init__(status)
        self.status = status


def guarded(work: Callable[[], int]) -> int:
    """Do the work and return its exit status; a user's mistake becomes one line, no traceback."""
    try:
        status = work()
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader of a pipe has seen enough; leave nothing to be flushed at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except StopError as error:
        return error.status
    except (Exception, KeyboardInterrupt) as error:
        told = _told(error)
        if told is None:
            raise
        status, message = told
        say(message)
    return status


def _told(error: BaseException) -> tuple[int, str] | None:
    """Return the exit status and the line for an error that a user can act on; None for a bug."""
    from mline_airflow.failures import MLineError

    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED, "interrupted"
    if isinstance(error, MisuseError):
        return MISUSE, str(error)
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        return MISUSE, f"{place}{error.strerror or error}"
    return (1, str(error)) if isinstance(error, MLineError) else None


def say(text: str) -> None:
    """Write one line about the command itself to standard error."""
    sys.stdout.flush()  # both may go to one place, in the order in which they were said
    sys.stderr.write(f"mline: {text}\n")


def colour_wanted(stream: object = None) -> bool:
    """Tell whether to colour: NO_COLOR forbids it, FORCE_COLOR asks for it, else a terminal."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    if os.environ.get("TERM") == "dumb":
        return False
    out = sys.stdout if stream is None else stream
    return bool(getattr(out, "isatty", bool)())


def no_such(kind: str, name: str, known: Iterable[str], *, plural: str = "") -> MisuseError:
    """Return `no such stage 'fitt' (stages: split, fit; did you mean 'fit'?)`."""
    from mline_airflow.dag_factory.suggest import nearest

    words = list(known)
    near = nearest(name, words)
    parts = [f"{plural or kind + 's'}: {', '.join(words[:12])}{', …' if len(words) > 12 else ''}"]
    if not words:
        parts = [f"there are no {plural or kind + 's'}"]
    if near is not None:
        parts.append(f"did you mean '{near}'?")
    return MisuseError(f"no such {kind} '{name}' ({'; '.join(parts)})")
