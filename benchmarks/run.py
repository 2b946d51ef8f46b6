"""Print the ratios that matter, measured in one run: `make bench`.

    python benchmarks/run.py [--only NAME…] [--quick] [--write]

Each line is `ratio WHAT/BESIDE NUMBER`; smaller is better, below 1 is faster than the peer. The
exit status is 1 when a bar is missed. `--write` keeps the lines in benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib.metadata
import os
import platform
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import bench_build
import bench_check
import bench_docker
import bench_docker_files
import bench_editor
import bench_rest
from measure import HERE, Report, this_python, work_folder

Part = Callable[[Report, Path, bool], None]


def _artifacts(report: Report, folder: Path, quick: bool) -> None:  # noqa: FBT001
    """Run the program of the artifact store and keep its lines."""
    program = str(HERE / "bench_artifacts.py")
    size = "64" if quick else "1024"
    command = [str(this_python()), program, "--size", size, "--folder", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{program} failed:\n{done.stdout}{done.stderr}")
    for line in done.stdout.splitlines():
        report.line(line)


PARTS: dict[str, Part] = {
    "build": lambda r, f, quick: bench_build.run(r, f, 100 if quick else 1000, 1 if quick else 5),
    "3.4": lambda r, f, quick: bench_build.run_3_4(r, f, 50 if quick else 500, 1 if quick else 3),
    "memory": lambda r, f, quick: bench_build.run_memory(r, f, 100 if quick else 1000),
    "growth": lambda r, f, quick: bench_build.run_growth(
        r, f, [50, 500] if quick else [100, 1000, 10000]
    ),
    "large": lambda r, f, quick: bench_build.run_large(r, f, 200 if quick else 2000),
    "check": lambda r, f, quick: bench_check.run(r, f, 100 if quick else 1000, 1 if quick else 3),
    "start": lambda r, f, quick: bench_check.run_start(r, f, 3 if quick else 9),
    "rest": lambda r, f, quick: bench_rest.run(r, f, 12 if quick else 60, 1 if quick else 3),
    "artifacts": _artifacts,
    "docker": lambda r, f, quick: bench_docker.run_stage(r, f, 3 if quick else 40),
    "service": lambda r, f, quick: bench_docker.run_service(r, f, 2 if quick else 9),
    "docker-files": lambda r, f, quick: bench_docker_files.run(
        r, f, 64 if quick else 1024, 1 if quick else 9
    ),
    "editor": lambda r, f, quick: bench_editor.run(r, f, 1 if quick else 5),
}
_HEADED = re.compile(r"(?ms)^### ([\w.-]+)\n(?:.*?)(?=^### |\Z)")
BEGIN, END = "<!-- numbers -->", "<!-- end of numbers -->"


def main() -> int:
    """Measure the chosen parts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), metavar="NAME")
    parser.add_argument("--quick", action="store_true", help="few files and rounds: does it run?")
    parser.add_argument("--write", action="store_true", help="keep the numbers in README.md")
    chosen = parser.parse_args()
    report = Report()
    for name in chosen.only:
        before = len(report.lines)
        with work_folder() as folder:
            PARTS[name](report, folder, chosen.quick)
        if chosen.write:
            _keep(name, report.lines[before:])
    return 1 if report.missed else 0


def _keep(name: str, lines: list[str]) -> None:
    """Write the numbers of one part into README.md, in the place of its last ones."""
    path = HERE / "README.md"
    before, _, rest = path.read_text("utf-8").partition(BEGIN)
    kept, _, after = rest.partition(END)
    blocks = {found[1]: found[0] for found in _HEADED.finditer(kept)}
    blocks[name] = f"### {name}\n\n{_circumstances()}\n\n```text\n" + "\n".join(lines) + "\n```\n"
    body = "\n".join(blocks[part].strip() + "\n" for part in PARTS if part in blocks)
    path.write_text(f"{before}{BEGIN}\n\n{body}\n{END}{after}", "utf-8")


def _circumstances() -> str:
    versions = ", ".join(
        f"{p} {importlib.metadata.version(p)}" for p in ("apache-airflow", "mline-airflow")
    )
    today = dt.datetime.now(tz=dt.UTC).date()
    load = f"{os.getloadavg()[2]:.1f}"
    machine = f"{os.cpu_count()} cores ({platform.machine()}) at a load of {load}"
    return f"{today}, Python {platform.python_version()}, {versions}, {machine}"


if __name__ == "__main__":
    sys.exit(main())
