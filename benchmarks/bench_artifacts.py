"""How long a large artifact takes in and out of the store, against `sha256sum` and `cp`.

    python benchmarks/bench_artifacts.py [--size MIB] [--folder FOLDER] [--times N]

`put` hashes and copies in one pass and syncs to disk; `get` copies and verifies. So each is held
against the two programs one after the other, with `sync` for `put`. The median of N is printed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from mline_airflow.artifacts import ArtifactStore

MIB = 1 << 20


def seconds(action: Callable[[], object]) -> float:
    """Return how long an action takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def make_file(path: Path, mib: int) -> None:
    """Write random content and read it once, so that all that follow find it in memory."""
    with path.open("wb") as file:
        for _ in range(mib):
            file.write(os.urandom(MIB))
    os.sync()
    path.read_bytes()


def by_programs(source: Path, target: Path, *, sync: bool) -> None:
    """Hash and copy as one would by hand."""
    subprocess.run(["sha256sum", source], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["cp", source, target], check=True)
    if sync:
        subprocess.run(["sync", target], check=True)


def measure_file(folder: Path, mib: int, times: int) -> None:
    """Print the medians for one large file and their ratios."""
    source, copy = folder / "source", folder / "copy"
    make_file(source, mib)
    runs: dict[str, list[float]] = {
        "sha256sum+cp+sync": [],
        "put": [],
        "sha256sum+cp": [],
        "get": [],
    }
    store = ArtifactStore(folder / "store")
    for _ in range(times):
        runs["sha256sum+cp+sync"].append(seconds(lambda: by_programs(source, copy, sync=True)))
        copy.unlink()
        runs["put"].append(seconds(lambda: store.put(source)))
        artifact = next(store.all())
        runs["sha256sum+cp"].append(seconds(lambda: by_programs(source, copy, sync=False)))
        copy.unlink()
        runs["get"].append(seconds(partial(store.get, artifact, copy)))
        copy.unlink()
        shutil.rmtree(folder / "store")
    median = {name: statistics.median(values) for name, values in runs.items()}
    for name, value in median.items():
        print(f"file of {mib} MiB: {name} {value:.2f} s, {mib / value:.0f} MiB/s")
    print(f"ratio put/sha256sum+cp {median['put'] / median['sha256sum+cp+sync']:.2f}")
    print(f"ratio get/sha256sum+cp {median['get'] / median['sha256sum+cp']:.2f}")


def measure_folder(folder: Path, files: int) -> None:
    """Print what many small files cost, new and known."""
    source = folder / "many"
    source.mkdir()
    for number in range(files):
        (source / f"{number:05}.txt").write_bytes(os.urandom(1000))
    store = ArtifactStore(folder / "store")
    new = seconds(lambda: store.put(source))
    known = seconds(lambda: store.put(source, expect_known=True))
    artifact = store.put(source, expect_known=True)
    out = seconds(lambda: store.get(artifact, folder / "many-out"))
    copied = seconds(lambda: subprocess.run(["cp", "-r", source, folder / "many-cp"], check=True))
    for name, value in (("put", new), ("put again", known), ("get", out), ("cp -r", copied)):
        print(f"folder of {files} files: {name} {value:.2f} s, {value / files * 1e3:.2f} ms a file")


def main() -> None:
    """Measure in a folder of its own, which is removed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=1024, metavar="MIB")
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=None)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mline-bench-", dir=options.folder) as name:
        measure_file(Path(name), options.size, options.times)
        measure_folder(Path(name), options.files)


if __name__ == "__main__":
    main()
