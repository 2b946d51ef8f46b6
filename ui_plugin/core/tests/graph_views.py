"""Print the graph view that Python makes of each experiment whose path is given: a JSON list."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from mline_airflow.dag_factory.ide.graph_view import graph_view
from mline_airflow.dag_factory.project import Project

views = [graph_view(Project.open(path).analyze(path)) for path in map(Path, sys.argv[1:])]
json.dump(views, sys.stdout)
