"""Import once, in the process that Airflow forks, what every parse of an experiment needs."""

from __future__ import annotations

import importlib
import os

from mline_airflow.dag_factory.builtin import builtin
from mline_airflow.dag_factory.names import LIBRARIES
from mline_airflow.dag_factory.plan_cache import compiler

_MODULES = (
    "mline_airflow.dag_file",
    "mline_airflow.dag_factory.emit",
    "mline_airflow.operators.tasks",
    "mline_airflow.runners.docker",
)


def up() -> None:
    """Import the compiler and the operators, in a long-running process of Airflow only.

    The DAG processor forks a child for each file and pre-imports the `airflow.*` modules that a
    DAG file names; ours it does not know. Without this every parse costs the imports again. The
    Kubernetes operator is left out: its import takes seconds that only its users should pay.
    """
    if os.environ.get("_AIRFLOW_PROCESS_CONTEXT") != "server":
        return
    for name in _MODULES:
        try:
            importlib.import_module(name)
        except ImportError:  # a provider that is not installed
            continue
    # Reading the built-in libraries costs twenty times as much as an experiment.
    for name in LIBRARIES:
        builtin(name)
    compiler()
