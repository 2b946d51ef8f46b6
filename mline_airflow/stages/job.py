"""A job: all that a stage needs to run anywhere, as one value.

A runner turns it into a folder on this machine, an archive for a container, or the work of an
init container. Artifacts are named by digest; paths start with a root that the runner chooses.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..artifacts import Artifact
from ..dag_factory.plan import Input, Need, Plan, Task, TypeInfo
from .injection import SHIM, Injected
from .inputs import Found
from .references import ROOT, Scope, text_of

SHELL = "/bin/sh"
PYTHON = "python3"
SCRIPT = "run.sh"


@dataclass(frozen=True)
class Job:
    """One try of one stage (or adapter), before it runs."""

    plan: Plan
    task: Task
    run: str
    scope: Scope
    inputs: Mapping[str, Found]
    code: Injected
    shim: Artifact | None
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Variable -> value; never written anywhere but into the stage's environment."""
    masked: tuple[str, ...] = field(default=(), repr=False)
    """Every secret value that the stage gets, to be hidden in its log."""
    index: int | None = None
    instance: str | None = None
    attempt: int = 1

    @property
    def name(self) -> str:
        """The stage as a person names it: `fit`, or `fit[depth=4]`."""
        stage = self.task.get("stage") or self.task["id"]
        return f"{stage}[{self.instance}]" if self.instance else stage

    @property
    def timeout(self) -> float | None:
        """Seconds that it may run."""
        return self.task.get("timeout")

    def type_of(self, name: str) -> TypeInfo:
        """Return what is known of a type."""
        return self.plan["types"][name]

    def argv(self, root: str = ROOT, python: str = PYTHON) -> list[str]:
        """Return the program and its arguments, with the entrypoint that the stage names."""
        if self.shim is not None:
            return [python, f"{root}/{SHIM}"]
        return [*self.task.get("entrypoint", []), *self.action_argv(root)]

    def action_argv(self, root: str = ROOT) -> list[str]:
        """Return the arguments of `run` or `command`."""
        action = self.task.get("action", {})
        if "run" in action:
            return script_argv(action["run"], f"{root}/{SCRIPT}")
        return [text_of(item) for item in self.scope.resolve(action.get("command", []), root)]

    def environment(self, root: str = ROOT) -> dict[str, str]:
        """Return the stage's variables; those of the contract win over `env`."""
        task, scope = self.task, self.scope
        variables = {k: text_of(v) for k, v in scope.resolve(task.get("env", {}), root).items()}
        variables.update(self.secrets)
        for service in task.get("uses", []):
            variables.update(service_variables(service, scope))
        for need, found in task.get("needs", {}).items():
            variables.update(need_variables(need, found, scope))
        for port in self.inputs:
            variables[f"IN_{port.upper()}"] = scope.path("in", port, root)
        for port in task.get("outputs", {}):
            variables[f"OUT_{port.upper()}"] = scope.path("out", port, root)
        for name, value in self.params(root).items():
            variables[f"PARAM_{name.upper()}"] = text_of(value)
        variables["PYTHONPATH"] = _joined(f"{root}/code", variables.get("PYTHONPATH"))
        variables["MLINE_ROOT"] = root
        variables["MLINE_RUN_ID"] = self.run
        variables["MLINE_STAGE"] = self.name
        # What a stage prints is to be seen when it prints it.
        variables.setdefault("PYTHONUNBUFFERED", "1")
        variables.setdefault("PYTHONDONTWRITEBYTECODE", "1")
        return variables

    def params(self, root: str = ROOT) -> dict[str, Any]:
        """Return the values of `with`."""
        resolved: dict[str, Any] = self.scope.resolve(self.task.get("params", {}), root)
        return resolved

    def documents(self, root: str = ROOT) -> dict[str, bytes]:
        """Return the small files of the stage's root: what runs, why, with which types."""
        texts = {
            "params.json": json.dumps(self.params(root), ensure_ascii=False, indent=1),
            "stage.json": json.dumps(self._stage(root), ensure_ascii=False, indent=1),
        }
        action = self.task.get("action", {})
        if "run" in action:
            texts[SCRIPT] = action["run"]
        return {name: text.encode("utf-8") for name, text in texts.items()}

    def _stage(self, root: str) -> dict[str, Any]:
        action = self.task.get("action", {})
        return {
            "stage": self.name,
            "task": self.task["id"],
            "experiment": self.plan["experiment"],
            "run": self.run,
            "instance": self.instance,
            "index": self.index,
            "call": action.get("call"),
            # With `adapt`, the shim converts what goes in and out of a command.
            "argv": None if "call" in action or self.shim is None else self._wrapped(root),
            "inputs": {port: self._input(port, found) for port, found in self.inputs.items()},
            "outputs": {port: self._output(port) for port in self.task.get("outputs", {})},
            "origins": dict(self.code.origins),
        }

    def _wrapped(self, root: str) -> list[str]:
        return [*self.task.get("entrypoint", []), *self.action_argv(root)]

    def _input(self, port: str, found: Found) -> dict[str, Any]:
        declared = self.task["inputs"][port]
        return {
            **self._loading(declared, found),
            "type": declared["type"],
            "adapt": declared.get("adapt"),
            "save": codec(self.type_of(declared["type"]), "save"),
        }

    def _loading(self, declared: Input, found: Found) -> dict[str, Any]:
        given = self.type_of(declared["given"])
        items = zip(declared.get("items", ()), found.items or (), strict=True)
        return {
            "given": declared["given"],
            "lineage": given["lineage"],
            "entity": declared["entity"],
            "load": codec(given, "load"),
            "each": list(found.each) if found.each is not None else None,
            "items": [self._loading(*item) for item in items] if "items" in declared else None,
        }

    def _output(self, port: str) -> dict[str, Any]:
        declared = self.task["outputs"][port]
        info = self.type_of(declared["type"])
        return {
            "type": declared["type"],
            "lineage": info["lineage"],
            "entity": declared["entity"],
            "adapt": declared.get("adapt"),
            "save": codec(info, "save"),
            "folder": info["folder"],
        }


def codec(info: TypeInfo, which: str) -> dict[str, str] | None:
    """Return a codec as the shim finds it: `{"library", "function"}`."""
    function = info.get(which)
    if not function or "codec_library" not in info:
        return None
    return {"library": info["codec_library"], "function": str(function)}


def needs_shim(task: Task) -> bool:
    """Tell whether Python code of ours runs in the stage: for `call`, and for `adapt`."""
    ports = [*task.get("inputs", {}).values(), *task.get("outputs", {}).values()]
    return "call" in task.get("action", {}) or any("adapt" in port for port in ports)


def adapted_ports(task: Task) -> frozenset[str]:
    """Return the ports that a command finds converted, under another path; `call` gets values."""
    if "call" in task.get("action", {}):
        return frozenset()
    ins = {f"in.{port}" for port, one in task.get("inputs", {}).items() if "adapt" in one}
    outs = {f"out.{port}" for port, one in task.get("outputs", {}).items() if "adapt" in one}
    return frozenset(ins | outs)


def script_argv(script: str, path: str) -> list[str]:
    """Return how a script runs: by its own first line, else by a shell that stops at an error."""
    first = script.split("\n", 1)[0]
    if first.startswith("#!"):
        return [*shlex.split(first[2:]), path]
    return [SHELL, "-e", path]


def service_variables(service: str, scope: Scope) -> dict[str, str]:
    """Return `<SERVICE>_<ENDPOINT>_URL|HOST|PORT` of a running service."""
    if scope.services is None:
        return {}
    prefix = service.upper()
    return {
        f"{prefix}_{endpoint.upper()}_{part.upper()}": text_of(address[part])
        for endpoint, address in scope.services(service).items()
        for part in ("url", "host", "port")
        if part in address
    }


def need_variables(need: str, found: Need, scope: Scope) -> dict[str, str]:
    """Return `<PROTOCOL>_URL|HOST|PORT`: a component knows what it needs, not who offers it."""
    if scope.services is None:
        return {}
    address = scope.services(found["service"])[found["endpoint"]]
    return {
        f"{need.upper()}_{part.upper()}": text_of(address[part])
        for part in ("url", "host", "port")
        if part in address
    }


def _joined(first: str, rest: str | None) -> str:
    return f"{first}:{rest}" if rest else first
