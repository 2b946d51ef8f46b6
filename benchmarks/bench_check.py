"""`mline check` beside `check-jsonschema` on the same files, and beside a bare interpreter."""

from __future__ import annotations

from pathlib import Path

import corpus
from measure import (
    ROOT,
    Report,
    check_jsonschema,
    cpu_seconds,
    environment,
    interleaved,
    this_python,
)

SCHEMA = ROOT / "schemas" / "experiment.schema.json"


def run(report: Report, folder: Path, count: int, rounds: int) -> None:
    """Measure the check of many files."""
    files = corpus.write(folder, count, "mline")
    settings = environment(folder / "home")
    peer = environment(folder / "home", check_jsonschema())
    python = str(this_python())
    names = [str(path) for path in sorted(files.iterdir())]
    found = interleaved(
        rounds,
        {
            "mline": lambda: cpu_seconds(
                [python, "-m", "mline_airflow.cli", "check", str(files)], settings
            ),
            "check-jsonschema": lambda: cpu_seconds(
                [python, "-m", "check_jsonschema", "--schemafile", str(SCHEMA), *names], peer
            ),
        },
    )
    for name, samples in found.items():
        report.value(
            f"check/{name}", samples.median, "s", f"{count} files, noise ±{samples.noise:.0%}"
        )
    report.ratio(
        "check/check-jsonschema",
        found["mline"] / found["check-jsonschema"],
        note="names, types, rules beside shape alone",
    )


def run_start(report: Report, folder: Path, rounds: int) -> None:
    """Measure how long a person or an editor waits for one file."""
    files = corpus.write(folder, 1, "mline")
    settings = environment(folder / "home")
    python = str(this_python())
    found = interleaved(
        rounds,
        {
            "mline": lambda: cpu_seconds(
                [python, "-m", "mline_airflow.cli", "check", str(files)], settings
            ),
            "python": lambda: cpu_seconds([python, "-c", "pass"], settings),
        },
    )
    for name, samples in found.items():
        report.value(f"start/{name}", samples.median * 1e3, "ms", f"noise ±{samples.noise:.0%}")
    report.ratio(
        "start/python",
        found["mline"] / found["python"],
        note="check of one file beside `python -c pass`",
    )
