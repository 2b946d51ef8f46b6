"""Durations and Kubernetes quantities as people write them."""

from __future__ import annotations

import re

_DURATION = re.compile(
    r"(?:(\d+(?:\.\d+)?)d)?(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?"
)
_MEMORY = re.compile(r"(\d+(?:\.\d+)?)(Ki|Mi|Gi|Ti|k|M|G|T)?")
_CPU = re.compile(r"\d+m|\d+(?:\.\d+)?")
_UNITS = {
    None: 1,
    "k": 10**3,
    "M": 10**6,
    "G": 10**9,
    "T": 10**12,
    "Ki": 2**10,
    "Mi": 2**20,
    "Gi": 2**30,
    "Ti": 2**40,
}
_LONGEST = 32


def duration(text: str) -> float | None:
    """Return the seconds of `90s`, `30m`, `1h30m`, `2d`, `0s`; None when it is none of these."""
    match = _DURATION.fullmatch(text) if 0 < len(text) <= _LONGEST else None
    if match is None:
        return None
    days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return days * 86400 + hours * 3600 + minutes * 60 + seconds


def shown_duration(seconds: float) -> str:
    """Return seconds as people write them: `1h30m`; `duration` reads it back."""
    parts = []
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count:.0f}{unit}")
    if seconds or not parts:
        parts.append(f"{seconds:.10g}s")
    return "".join(parts)


def memory(text: str) -> int | None:
    """Return the bytes of a Kubernetes memory quantity such as `512Mi`; None when it is none."""
    match = _MEMORY.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None:
        return None
    return int(float(match[1]) * _UNITS[match[2]]) or None


def cpu(text: str) -> float | None:
    """Return the cores of a Kubernetes CPU quantity such as `0.5` or `250m`; None when none."""
    if len(text) > _LONGEST or not _CPU.fullmatch(text):
        return None
    cores = float(text[:-1]) / 1000 if text.endswith("m") else float(text)
    return cores or None
