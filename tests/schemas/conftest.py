"""Every built-in library as one network, and the functions that their types name."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mline_airflow.dag_factory.builtin import LIBRARIES, builtin
from mline_airflow.dag_factory.join import build_types
from mline_airflow.dag_factory.library import TypeNetwork

TYPES = Path(__file__).resolve().parents[2] / "schemas" / "types"


@pytest.fixture(scope="session")
def types() -> TypeNetwork:
    found = [builtin(name) for name in LIBRARIES]
    return build_types([built[0] for built in found if built is not None], LIBRARIES)


@pytest.fixture(scope="session")
def function_of() -> Callable[[str, str], Callable[..., Any]]:
    """Return a way to get `module:function` of a library's folder, as a stage would."""

    def get(library: str, reference: str) -> Callable[..., Any]:
        module, _, name = reference.partition(":")
        path = TYPES / library / f"{module}.py"
        # One name a library: modules import each other by bare names, as in a stage.
        key = module if library in ("sklearn", "torch") else f"{library}_{module}"
        if key not in sys.modules:
            spec = importlib.util.spec_from_file_location(key, path)
            assert spec is not None
            assert spec.loader is not None
            sys.modules[key] = importlib.util.module_from_spec(spec)
            sys.path.append(str(path.parent))
            spec.loader.exec_module(sys.modules[key])
        return getattr(sys.modules[key], name)

    return get


@pytest.fixture(scope="session")
def adapt() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return a way to run an adapter as its command does: two paths, in the folder of its code."""

    def run(
        library: str, name: str, source: Path, target: Path
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-B", f"{library}_adapters.py", name, source, target],
            cwd=TYPES / library,
            capture_output=True,
            text=True,
            check=False,
        )

    return run
