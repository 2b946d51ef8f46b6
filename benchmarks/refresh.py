"""Bring a bundle's folder in step with a project, from nothing; run in a process of its own.

python refresh.py FOLDER
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

from mline_airflow.bundles.folder import DagFolder

with tempfile.TemporaryDirectory() as target:
    start = time.process_time()
    DagFolder(Path(sys.argv[1]), Path(target, "dags")).update()
    print(json.dumps({"seconds": time.process_time() - start}))
