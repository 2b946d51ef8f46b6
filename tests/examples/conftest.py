"""The examples: their folder, their plain functions, and runs of them in one store."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"

Load = Callable[..., ModuleType]


@pytest.fixture
def load() -> Iterator[Load]:
    """Import a module of an example as plain Python; `load("iris/src", "train")`."""
    paths, modules = list(sys.path), set(sys.modules)

    def load(folder: str, module: str) -> ModuleType:
        sys.path.insert(0, str(EXAMPLES / folder))
        return importlib.import_module(module)

    yield load
    sys.path[:] = paths
    for name, module in list(sys.modules.items()):
        # Two examples may have modules of one name.
        if name not in modules and EXAMPLES.as_posix() in str(getattr(module, "__file__", "")):
            del sys.modules[name]
