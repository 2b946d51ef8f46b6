"""Build the DAGs of a folder in one of the ways that are compared; run in a process of its own.

    python build.py WAY FOLDER [--keep] [--warm] [--slice FROM TO]

prints one line of JSON; `seconds` are of the processor, which a busy machine changes less than it
changes the wall clock. Imports come before the clock starts: Airflow makes them once in the
process that it forks for each file. From then on everything counts: reading the file, what a
first use loads, all checks, `dag.validate()`. Each DAG is dropped before the next one is built,
as in Airflow, where a process builds one file; `--keep` keeps them all and tells the memory.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import io
import json
import marshal
import sys
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

from corpus import case, expected_shape, shape

Build = Callable[[Path], Any]


def by_hand() -> Build:
    """Read a Python file, compile it and execute it as a module."""
    _airflow()

    def build(path: Path) -> Any:
        code = compile(path.read_bytes(), str(path), "exec")
        return _executed(code, path)

    return build


def by_hand_precompiled() -> Build:
    """Execute a Python file whose bytecode is on disk, as `__pycache__` has it."""
    _airflow()

    def build(path: Path) -> Any:
        code = marshal.loads(path.with_suffix(".bytecode").read_bytes())
        return _executed(code, path)

    return build


def _executed(code: types.CodeType, path: Path) -> Any:
    module = types.ModuleType(path.stem)
    module.__file__ = str(path)
    exec(code, module.__dict__)
    dag = module.dag
    dag.validate()
    return dag


def by_mline() -> Build:
    """Do what an experiment's DAG file does: open its project, check, plan, emit."""
    _airflow()
    from mline_airflow.dag_file import experiment_dag

    return lambda path: experiment_dag(path, fileloc=str(path))


def by_mline_importer() -> Build:
    """Do what Airflow 3.4 does with an experiment, through its importer interface."""
    _airflow()
    from mline_airflow.importer import MLineDagImporter

    return _imported(MLineDagImporter())


def by_airflow() -> Build:
    """Import a YAML DAG of Airflow 3.4's own notation."""
    _airflow()
    from airflow.sdk.importers.yaml_importer import YamlDagImporter

    return _imported(YamlDagImporter())


def _imported(importer: Any) -> Build:
    from airflow.dag_processing.bundles.local import LocalDagBundle
    from airflow.sdk.importers import FilesystemDagDefinition

    bundle = LocalDagBundle(name="benchmark", path=sys.argv[2])

    def build(path: Path) -> Any:
        result = importer.import_definition(FilesystemDagDefinition(path=path), bundle)
        if result.errors:
            raise RuntimeError(result.errors[0].message)
        (dag,) = result.dags
        dag.validate()
        return dag

    return build


def by_dag_factory() -> Build:
    """Load one YAML file with dag-factory."""
    _airflow()
    from dagfactory import load_yaml_dags

    def build(path: Path) -> Any:
        found: dict[str, Any] = {}
        load_yaml_dags(found, config_filepath=str(path))
        dag = found[path.stem]
        dag.validate()
        return dag

    return build


WAYS: dict[str, Callable[[], Build]] = {
    "hand": by_hand,
    "hand-precompiled": by_hand_precompiled,
    "mline": by_mline,
    "mline-importer": by_mline_importer,
    "airflow": by_airflow,
    "dag-factory": by_dag_factory,
}


def _airflow() -> None:
    """Import what every way needs."""
    import airflow.providers.docker.operators.docker
    import airflow.providers.standard.operators.empty
    import airflow.sdk  # noqa: F401


def _memory() -> int:
    """Return the resident memory in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def _files(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if p.suffix in {".py", ".yaml"})


def main() -> None:
    """Build and print what it cost."""
    parser = argparse.ArgumentParser()
    parser.add_argument("way", choices=WAYS)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--keep", action="store_true", help="keep the DAGs, and tell the memory")
    parser.add_argument(
        "--warm", action="store_true", help="build the first file before the clock starts"
    )
    parser.add_argument(
        "--slice", type=int, nargs=2, default=(0, None), help="build these files only"
    )
    chosen = parser.parse_args()
    build = WAYS[chosen.way]()
    files = _files(chosen.folder)[slice(*chosen.slice)]
    if chosen.way == "hand-precompiled":
        for path in files:
            code = compile(path.read_bytes(), str(path), "exec")
            path.with_suffix(".bytecode").write_bytes(marshal.dumps(code))
    if chosen.warm:
        build(files[0])
    kept: list[Any] = []
    gc.collect()
    before = _memory()
    start, wall = time.process_time(), time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        for path in files:
            dag = build(path)
            if chosen.keep:
                kept.append(dag)
    seconds, wall = time.process_time() - start, time.perf_counter() - wall
    gc.collect()
    same = not dag.dag_id.startswith("price_model") or shape(dag) == expected_shape(
        case(chosen.slice[0] + len(files) - 1)
    )
    result = {"seconds": seconds, "wall": wall, "bytes": _memory() - before, "same": same}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
