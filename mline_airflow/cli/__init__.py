"""The command line, `mline`.

`mline check FILE…` without options is what editors and hooks call most, so it starts without
click; every other line goes through `commands`. Airflow is imported by `quickstart` only.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit status: 0, 1 for errors, 2 for misuse."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    plain = words[:1] == ["check"] and len(words) > 1 and not any(w.startswith("-") for w in words)
    if plain and "_MLINE_COMPLETE" not in os.environ:
        from .edge import guarded

        return guarded(lambda: _check(words[1:]))
    from .commands import run

    return run(words)


def _check(paths: Sequence[str]) -> int:
    from .checking import check_and_print

    return check_and_print(paths)
