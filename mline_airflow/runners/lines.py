"""Turn what a process prints into lines: whatever it prints, and as soon as it does."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable
from json import dumps
from urllib.parse import quote

LONGEST = 16_384
LAST = 20
HIDDEN = "***"
# Control characters but tab and escape (colours); what a terminal might take for a command.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f]")


class Masker:
    """Replaces secret values by `***`, also as JSON or a URL writes them."""

    def __init__(self, values: Iterable[str]) -> None:
        forms = set()
        for value in values:
            for part in {value, *value.splitlines()}:
                forms |= {part, part.strip(), quote(part, safe=""), dumps(part)[1:-1]}
        known = sorted((form for form in forms if len(form) > 2), key=len, reverse=True)
        self.longest = max(map(len, known), default=0)
        self._pattern = re.compile("|".join(map(re.escape, known))) if known else None

    def __call__(self, text: str) -> str:
        """Return a text without the secrets."""
        return self._pattern.sub(HIDDEN, text) if self._pattern else text


class LineReader:
    """Takes chunks of bytes and calls `log` with each line: decoded, masked, of bounded length.

    A progress bar that returns to the start of its line counts as one line, in its last state. A
    line longer than `LONGEST` comes in pieces; a secret across a seam is masked still.
    """

    def __init__(self, log: Callable[[str], None], masker: Masker | None = None) -> None:
        self._log = log
        self._masker = masker or Masker(())
        self._rest = b""
        self.last: deque[str] = deque(maxlen=LAST)

    def feed(self, data: bytes) -> None:
        """Take what came; whole lines go on at once."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._tell(line)
        # A secret or a character that has not come whole is at the end, which waits for the rest.
        kept = max(self._masker.longest, 3)
        while len(self._rest) > LONGEST + 4 * kept:
            text = self._masker(self._rest.decode("utf-8", "surrogateescape"))
            cut = min(LONGEST, len(text) - kept)
            self._rest = text[cut:].encode("utf-8", "surrogateescape")
            self._emit(text[:cut])

    def end(self) -> None:
        """Take the end; a last line without its break goes on, too."""
        if self._rest:
            self._tell(self._rest)
            self._rest = b""

    def _tell(self, line: bytes) -> None:
        text = self._masker(line.decode("utf-8", "surrogateescape")).rstrip("\r")
        text = text.rpartition("\r")[2]
        for start in range(0, max(len(text), 1), LONGEST):
            self._emit(text[start : start + LONGEST])

    def _emit(self, text: str) -> None:
        decoded = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        shown = _UNPRINTABLE.sub("\ufffd", decoded)
        if shown.strip():
            self.last.append(shown)
        self._log(shown)
