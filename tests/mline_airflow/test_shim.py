"""The shim as a program: alone, with the standard library, on any Python from 3.8 on."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from interpreters import VERSIONS, interpreter

SHIM = Path(__file__).parents[2] / "mline_airflow/shim/mline_shim.py"


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(params=VERSIONS)
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Run:
    """Return what runs a source as the function of a stage, by each Python."""
    python = interpreter(request.param)
    return lambda source, **stage: _run(python, tmp_path, source, **stage)


def _run(python: Path, root: Path, source: str, **stage: Any) -> subprocess.CompletedProcess[str]:
    for name in ("in", "out", "code"):
        (root / name).mkdir(exist_ok=True)
    (root / "code/work.py").write_text(source)
    output = {
        "type": "core.File",
        "lineage": [],
        "entity": "o",
        "adapt": None,
        "save": None,
        "folder": False,
    }
    description = {
        "stage": "s",
        "call": "work:f",
        "argv": None,
        "inputs": {},
        "outputs": {"out": output},
        "origins": {"code/work.py": "src/work.py"},
        **stage,
    }
    (root / "stage.json").write_text(json.dumps(description))
    (root / "params.json").write_text("{}")
    return subprocess.run(
        [python, "-S", "-E", SHIM],
        env={"MLINE_ROOT": str(root), "PATH": os.environ["PATH"]},
        cwd=root / "code",
        capture_output=True,
        text=True,
        check=False,
    )


def test_its_syntax_is_that_of_python_3_8() -> None:
    ast.parse(SHIM.read_text(), feature_version=(3, 8))


def test_it_imports_the_standard_library_only() -> None:
    tree = ast.parse(SHIM.read_text())
    names = {
        name.name.partition(".")[0] if isinstance(node, ast.Import) else str(node.module)
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    }
    assert names <= sys.stdlib_module_names


def test_it_runs_without_any_installed_package(run: Run, tmp_path: Path) -> None:
    done = run(
        "import sys\ndef f():\n"
        "    return sorted(m for m in sys.modules if 'site-packages' in str(sys.modules[m]))",
    )
    assert done.stderr == ""
    assert (tmp_path / "out/out").read_text() == "[]\n"


def test_its_own_folder_is_not_on_the_path_of_the_users_code(run: Run, tmp_path: Path) -> None:
    run("import sys\ndef f(): return sys.path")
    paths = json.loads((tmp_path / "out/out").read_text())
    assert paths[0] == str(tmp_path / "code")
    assert str(SHIM.parent) not in paths


def test_exit_of_the_users_code_is_the_stages(run: Run, tmp_path: Path) -> None:
    assert run("import sys\ndef f(): sys.exit(9)").returncode == 9
    done = run("import sys\ndef f(): sys.exit('no luck')")
    assert (done.returncode, done.stdout) == (1, "no luck\n")


@pytest.mark.parametrize("run", VERSIONS[VERSIONS.index("3.11") :], indirect=True)
def test_groups_of_errors_are_shown_clean(run: Run, tmp_path: Path) -> None:
    source = (
        "def g(): raise KeyError('k')\ndef f():\n    try: g()\n"
        "    except KeyError as e: raise ExceptionGroup('both', [e, ValueError('v')])"
    )
    done = run(source)
    assert "mline_shim" not in done.stdout
    assert 'File "src/work.py", line 1, in g' in done.stdout
    assert "ValueError: v" in done.stdout


def test_a_syntax_error_is_shown_with_the_users_path(run: Run, tmp_path: Path) -> None:
    done = run("def f(:\n")
    assert done.returncode == 1
    assert "mline_shim" not in done.stdout
    assert "SyntaxError" in done.stdout
    assert 'File "src/work.py", line 1' in done.stdout


def test_a_positional_only_parameter_is_bound_too(run: Run, tmp_path: Path) -> None:
    run("def f(out, /, more=3): out.write_text(str(more))")
    assert (tmp_path / "out/out").read_text() == "3"


def test_two_libraries_with_modules_of_one_name_are_not_in_each_others_way(
    run: Run, tmp_path: Path
) -> None:
    inputs = {}
    for library in ("one", "two"):
        (tmp_path / "lib" / library).mkdir(parents=True)
        (tmp_path / f"lib/{library}/codecs_.py").write_text(f"def load(path): return {library!r}\n")
        (tmp_path / "in").mkdir(exist_ok=True)
        (tmp_path / "in" / library).write_text("")
        codec = {"library": library, "function": "codecs_:load"}
        inputs[library] = {"load": codec, "adapt": None, "each": None, "items": None, "save": None}
    run("def f(one, two): return [one, two]", inputs=inputs)
    assert json.loads((tmp_path / "out/out").read_text()) == ["one", "two"]


def test_numbers_of_numerical_libraries_are_written_as_json(run: Run, tmp_path: Path) -> None:
    source = (
        "class N:\n    def item(self): return 1.5\n"
        "def f(): return {'a': N(), 'b': [float('nan')], 'c': 'NaN'}"
    )
    run(source)
    assert json.loads((tmp_path / "out/out").read_text()) == {"a": 1.5, "b": [None], "c": "NaN"}


def test_what_runs_in_images_needs_no_more_than_python_3_8() -> None:
    # Whatever the tests above do not reach: vermin knows since when each part of the library is.
    folders = ("mline_airflow/shim", "schemas/types")
    done = subprocess.run(
        [
            Path(sys.executable).with_name("vermin"),
            "-t=3.8-",
            "--no-tips",
            "--violations",
            *folders,
        ],
        cwd=SHIM.parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "Minimum required versions: 3.8" in done.stdout
