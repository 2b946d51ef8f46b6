"""Runs a plain function as a stage: loads what it takes, calls it, saves what it gives.

This file is put into the stage's container and run there by whatever Python 3.8 or newer the image
has, with nothing installed. It reads `stage.json` and `params.json` of the folder `MLINE_ROOT`.
Exit status 1: the user's code failed, and its traceback was printed. 2: the function and
the stage do not fit together, and a line said how.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import json
import math
import os
import shutil
import subprocess
import sys
import traceback
import types
from pathlib import Path
from typing import Any, Callable, Iterable

ROOT = Path(os.environ.get("MLINE_ROOT", "/mline"))
HERE = os.path.abspath(__file__)  # noqa: PTH100 - as tracebacks spell it


class Misfit(Exception):  # noqa: N818 - not an error of this program
    """The function and the stage do not fit together."""


class Stage:
    """What `stage.json` says, and the values that go in and out."""

    def __init__(self, description: dict[str, Any], params: dict[str, Any]) -> None:
        self.name = description["stage"]
        self.call = description["call"]
        self.argv = description["argv"]
        self.inputs = description["inputs"]
        self.outputs = description["outputs"]
        self.origins = description["origins"]
        self.params = params

    def run(self) -> int:
        """Run the function, or the command between the conversions of its ports."""
        if self.call is None:
            return self.run_command()
        function = user_function(self.call)
        arguments = Arguments(self, function)
        value = function(*arguments.positional, **arguments.named)
        for port, given in returned(self, value, arguments.paths).items():
            self.save_output(port, given)
        return 0

    def run_command(self) -> int:
        """Convert inputs, run the command, convert outputs."""
        for port, spec in self.inputs.items():
            if spec["adapt"]:
                path = ROOT / "adapted" / "in" / port
                path.parent.mkdir(parents=True, exist_ok=True)
                write(self.load(port), path, spec["save"])
        (ROOT / "adapted" / "out").mkdir(parents=True, exist_ok=True)
        status = subprocess.call(self.argv)
        if status:
            return status if status > 0 else 128 - status
        for port, spec in self.outputs.items():
            path = ROOT / "adapted" / "out" / port
            if spec["adapt"] and path.exists():
                self.save_output(port, path)
        return 0

    def load(self, port: str) -> Any:
        """Return the value of an input: by the codec of its type, else its path; then adapted."""
        spec = self.inputs[port]
        value = load_input(ROOT / "in" / port, spec)
        return user_function(spec["adapt"])(value) if spec["adapt"] else value

    def save_output(self, port: str, value: Any) -> None:
        """Write an output; None stands for one that the code wrote by itself, or not at all."""
        spec = self.outputs[port]
        path = ROOT / "out" / port
        if spec["adapt"] and value is not None:
            value = user_function(spec["adapt"])(value)
        if value is not None:
            try:
                write(value, path, spec["save"])
            except Unwritable as error:
                raise Misfit(
                    f"output '{port}' of stage '{self.name}' is of type {spec['type']}, which has "
                    f"no way to save {error}: return a path, text, bytes or JSON data, or name the "
                    f"parameter '{port}' to get a path"
                ) from None


class Arguments:
    """Values for the parameters of a function, found by name."""

    def __init__(self, stage: Stage, function: Callable[..., Any]) -> None:
        self.stage = stage
        self.positional: list[Any] = []
        self.named: dict[str, Any] = {}
        self.paths: set[str] = set()
        self.taken: set[str] = set()
        try:
            parameters = inspect.signature(function).parameters.values()
        except (TypeError, ValueError):
            raise Misfit(f"{stage.call} has no signature that Python can tell") from None
        takes_all = any(p.kind is p.VAR_KEYWORD for p in parameters)
        for parameter in parameters:
            self.bind(parameter)
        unused = [name for name in stage.params if name not in self.taken]
        if takes_all:
            known = [*stage.inputs, *stage.params]
            self.named.update({n: self.value(n) for n in known if n not in self.taken})
        elif unused:
            print(
                f"mline: {stage.call} has no parameter for {listed(unused)} of `with`",
                file=sys.stderr,
            )

    def bind(self, parameter: inspect.Parameter) -> None:
        """Give a parameter its value; raise Misfit when there is none."""
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            return
        name, stage = parameter.name, self.stage
        if name not in stage.inputs and name not in stage.params and name not in stage.outputs:
            if parameter.default is not parameter.empty:
                if parameter.kind is parameter.POSITIONAL_ONLY:
                    self.positional.append(parameter.default)
                return
            if self.stands_for_from():
                name = "from"
            else:
                raise self.misfit(name)
        value = self.value(name)
        self.taken.add(name)
        if parameter.kind is parameter.POSITIONAL_ONLY:
            self.positional.append(value)
        else:
            self.named[parameter.name] = value

    def stands_for_from(self) -> bool:
        """Tell whether a name of its own is an adapter's input: Python has no name `from`."""
        return "from" in self.stage.inputs and "from" not in self.taken

    def misfit(self, name: str) -> Misfit:
        """Return why a parameter gets no value."""
        stage = self.stage
        return Misfit(
            f"parameter '{name}' of {stage.call} is neither a port of stage '{stage.name}' nor "
            f"a value of `with`; inputs: {listed(stage.inputs)}; with: {listed(stage.params)}; "
            f"outputs: {listed(stage.outputs)}"
        )

    def value(self, name: str) -> Any:
        """Return an input, a value of `with`, or the path of an output."""
        if name in self.stage.inputs:
            return self.stage.load(name)
        if name in self.stage.params:
            return self.stage.params[name]
        self.paths.add(name)
        return ROOT / "out" / name


def returned(stage: Stage, value: Any, paths: set[str]) -> dict[str, Any]:
    """Return output port -> value for what a function returned."""
    open_ports = [port for port in stage.outputs if port not in paths]
    if not open_ports or value is None:
        return {}
    as_dict = getattr(value, "_asdict", None) if isinstance(value, tuple) else None
    by_name = as_dict() if as_dict is not None else value
    if isinstance(by_name, dict) and set(by_name) == set(open_ports):
        return by_name
    if len(open_ports) == 1:
        return {open_ports[0]: value}
    gives = f"stage '{stage.name}' gives {listed(open_ports)}"
    if isinstance(by_name, dict):
        raise Misfit(f"{stage.call} returned a dict with {listed(by_name)}; {gives}")
    if isinstance(value, (tuple, list)) and len(value) == len(open_ports):
        return dict(zip(open_ports, value))
    kind = type(value).__name__
    is_many = isinstance(value, (tuple, list))
    what = f"{kind} of {len(value)}" if is_many else f"value of type {kind}"
    raise Misfit(
        f"{stage.call} returned a {what}; {gives}: return a dict by port, or a tuple in this order"
    )


class Unwritable(Exception):  # noqa: N818 - told in the words of the stage by who catches it
    """A value that no codec and no plain form can hold."""


def load_input(path: Path, spec: dict[str, Any]) -> Any:
    """Return an input: one value, a dict of all instances of a sweep, or a list of values."""
    if spec["items"] is not None:
        return [load_input(path / str(i), item) for i, item in enumerate(spec["items"])]
    if spec["each"] is not None:
        return {name: read(path / name, spec["load"]) for name in spec["each"]}
    return read(path, spec["load"])


def read(path: Path, codec: dict[str, str] | None) -> Any:
    """Return the value in a file or folder."""
    return path if codec is None else codec_function(codec)(path)


def write(value: Any, path: Path, codec: dict[str, str] | None) -> None:
    """Write a value: a path is copied; else the type's codec; else text, bytes or JSON data."""
    if isinstance(value, Path):
        copy(value, path)
    elif codec is not None:
        codec_function(codec)(value, path)
    elif isinstance(value, str):
        path.write_text(value, encoding="utf-8")
    elif isinstance(value, (bytes, bytearray, memoryview)):
        path.write_bytes(value)
    else:
        try:
            text = json.dumps(value, default=plain_number, ensure_ascii=False)
        except (TypeError, ValueError):
            raise Unwritable("a value of type " + type(value).__name__) from None
        if "NaN" in text or "Infinity" in text:
            text = json.dumps(finite(json.loads(text)), ensure_ascii=False)
        path.write_text(text + "\n", encoding="utf-8")


def copy(source: Path, target: Path) -> None:
    """Copy a file or folder, unless it is there already."""
    if not source.exists():
        raise Misfit(f"the function returned the path '{source}', where there is nothing")
    if target.exists() and target.resolve() == source.resolve():
        return
    if source.is_dir():
        shutil.copytree(str(source), str(target), symlinks=True)
    else:
        shutil.copyfile(str(source), str(target))


def plain_number(value: Any) -> Any:
    """Turn the numbers and arrays of numerical libraries into plain ones."""
    for method in ("tolist", "item"):
        if hasattr(value, method):
            return getattr(value, method)()
    raise TypeError(type(value).__name__)


def finite(value: Any) -> Any:
    """Replace NaN and infinities, which JSON has not, by null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [finite(item) for item in value]
    return value


def user_function(reference: str) -> Callable[..., Any]:
    """Return `module:function` of the code in the stage's working directory."""
    module_name, _, path = reference.partition(":")
    try:
        found = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is None or not (module_name + ".").startswith(error.name + "."):
            raise
        names = sorted(p.name for p in (ROOT / "code").iterdir())
        raise Misfit(
            f"there is no module '{error.name}' in the stage's code; it has {listed(names)}"
        ) from None
    for part in path.split("."):
        if not hasattr(found, part):
            raise Misfit(f"module '{module_name}' has no function '{path}'")
        found = getattr(found, part)
    if not callable(found):
        raise Misfit(f"'{path}' of module '{module_name}' is not a function")
    function: Callable[..., Any] = found
    return function


def codec_function(codec: dict[str, str]) -> Callable[..., Any]:
    """Return a codec's function; each library is a package, so that none is in another's way."""
    library, reference = codec["library"], codec["function"]
    module_name, _, name = reference.partition(":")
    package = "mline_lib_" + library
    if package not in sys.modules:
        folder = str(ROOT / "lib" / library)
        holder = types.ModuleType(package)
        holder.__path__ = [folder]
        sys.modules[package] = holder
        sys.path.append(folder)  # last: for absolute imports between the library's modules
    module = importlib.import_module(package + "." + module_name)
    function: Callable[..., Any] = getattr(module, name)
    return function


def listed(names: Iterable[str]) -> str:
    """Return names as a sentence holds them."""
    return ", ".join(f"'{name}'" for name in names) or "none"


def print_error(error: BaseException, origins: dict[str, str]) -> None:
    """Print a traceback without the frames of this file, with the paths that the user wrote."""
    told = traceback.TracebackException(type(error), error, error.__traceback__)
    clean(told, origins, set())
    for line in told.format():
        print(line, end="", file=sys.stderr)


def clean(told: Any, origins: dict[str, str], seen: set[int]) -> None:
    """Clean a traceback, its causes and its parts."""
    if told is None or id(told) in seen:
        return
    seen.add(id(told))
    frames = list(told.stack)
    while frames and is_ours(frames[0].filename):
        del frames[0]
    for frame in frames:
        frame.line  # noqa: B018 - reads the source while the frame still names it
        frame.filename = shown_path(frame.filename, origins)
    told.stack[:] = frames
    if getattr(told, "filename", None):  # of a syntax error
        told.filename = shown_path(told.filename, origins)
    clean(told.__cause__, origins, seen)
    clean(told.__context__, origins, seen)
    for part in getattr(told, "exceptions", None) or ():
        clean(part, origins, seen)


def is_ours(filename: str) -> bool:
    """Tell whether a frame is of this file, or of an import that it began."""
    return (
        os.path.abspath(filename) == HERE  # noqa: PTH100
        or filename.startswith("<frozen importlib")
        or filename == importlib.__file__
    )


def shown_path(filename: str, origins: dict[str, str]) -> str:
    """Return the path of a code file in the user's project."""
    try:
        inside = Path(filename).resolve().relative_to(ROOT.resolve()).as_posix()
    except (ValueError, OSError):
        return filename
    return origins.get(inside, filename)


def main() -> int:
    """Run the stage and return its exit status."""
    # Two streams would lose the order of what is printed to them.
    os.dup2(1, 2)
    description = json.loads((ROOT / "stage.json").read_text(encoding="utf-8"))
    params = json.loads((ROOT / "params.json").read_text(encoding="utf-8"))
    # Python put this file's own folder first; the stage's code stands there instead.
    sys.path[0] = str(ROOT / "code")
    stage = Stage(description, params)
    try:
        return stage.run()
    except Misfit as error:
        print(f"mline: {error}", file=sys.stderr)
        return 2
    except Exception as error:  # noqa: BLE001 - whatever the user's code raised
        print_error(error, stage.origins)
        return 1
    finally:
        sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
