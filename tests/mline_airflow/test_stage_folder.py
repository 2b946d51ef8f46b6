"""Folders of stages in a place that several machines share."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from mline_airflow.runners import stage_folder
from mline_airflow.runners.stage_folder import StageFolder, sweep_leftovers

if TYPE_CHECKING:
    import pytest

HOUR, DAYS = 3600, 86400


def _of_machine(name: str, place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a stage on a machine whose lock is not seen here."""
    with monkeypatch.context() as there:
        there.setattr(stage_folder, "_machine", lambda: name)
        made = StageFolder(place)
    os.close(made._lock)
    return made.path


def _aged(folder: Path, seconds: float) -> Path:
    os.utime(folder, (time.time() - seconds,) * 2)
    return folder


def test_a_sweep_leaves_the_stages_of_other_machines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = _aged(_of_machine("far", tmp_path, monkeypatch), 10 * DAYS)
    old = _aged(_of_machine("far", tmp_path, monkeypatch), 15 * DAYS)
    own = _aged(_of_machine(stage_folder._machine(), tmp_path, monkeypatch), HOUR)
    assert sweep_leftovers(tmp_path) == 2
    assert (live.exists(), old.exists(), own.exists()) == (True, False, False)


def test_a_sweep_leaves_a_stage_of_this_machine_until_it_ends(tmp_path: Path) -> None:
    made = StageFolder(tmp_path)
    _aged(made.path, HOUR)
    assert sweep_leftovers(tmp_path) == 0
    made.remove()
    assert not made.path.exists()
