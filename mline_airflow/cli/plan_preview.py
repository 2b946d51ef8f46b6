"""What one stage will really be when it runs: the published image, and all that is put beside it.

The same code makes it that makes a run: the job, its program, its environment, the files put in.
What only a run knows (services' addresses, secrets, a parameter without a default) is shown as a
reference.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..ansi import Paint
from ..artifacts import Artifact, ArtifactStore
from ..dag_factory.plan import Input, Plan, Point, Task
from ..dag_factory.quantities import shown_duration
from ..stages.injection import Injected, collect_code, shim_bytes
from ..stages.inputs import Found
from ..stages.job import Job, adapted_ports, needs_shim
from ..stages.manifest import manifest_of
from ..stages.references import ROOT, Scope, ServiceAddress
from .edge import MisuseError
from .published import image_config

RUN = "<run id>"
_NOTHING = Artifact("sha256:" + "0" * 64, 0, "file", 1)


@dataclass(frozen=True)
class Preview:
    """One stage, as it will run. `manifest` has `path`, `sha256`, `size` and `from`."""

    task: Task
    name: str
    argv: list[str]
    environment: dict[str, str]
    manifest: list[dict[str, Any]]
    documents: dict[str, str]
    image_config: dict[str, Any] | None = None
    """`published` and `as_run`, when a Docker Engine that has the image could be asked."""


def preview(plan: Plan, task: Task, root: Path, *, instance: int | None = None) -> Preview:
    """Return what a task will be; `instance` is that of a sweep, by default the first.

    Raises MisuseError when there is no such instance.
    """
    index = instance or 0
    point = _point(plan, task, index)
    if instance is not None and point is None:
        raise MisuseError(f"'{task['id']}' is in no sweep and has no instances to choose from")
    if "action" not in task:
        return Preview(task, task["id"], [], {}, [], {})
    with tempfile.TemporaryDirectory(prefix="mline-plan-") as folder:
        store = ArtifactStore(folder)
        shim = store.put_bytes(shim_bytes()) if needs_shim(task) else None
        types = _types_of(task) if shim else []
        codecs = [plan["types"][name] for name in dict.fromkeys(types)]
        code = collect_code(plan, task.get("code", []), codecs, store, root)
        job = _job(plan, task, code, shim, point, index)
        return Preview(
            task,
            job.name,
            job.argv(),
            dict(sorted(job.environment().items())),
            manifest_of(job),
            {name: data.decode("utf-8") for name, data in job.documents().items()},
            image_config(plan, job),
        )


def _point(plan: Plan, task: Task, index: int) -> Point | None:
    for group in plan["groups"]:
        if group["id"] == task.get("group"):
            if not 0 <= index < len(group["points"]):
                last = len(group["points"]) - 1
                raise MisuseError(f"the sweep '{group['id']}' has the instances 0 to {last}")
            return group["points"][index]
    return None


def _types_of(task: Task) -> list[str]:
    names = [output["type"] for output in task.get("outputs", {}).values()]
    for declared in task.get("inputs", {}).values():
        for one in (declared, *declared.get("items", [])):
            names += [one["type"], one["given"]]
    return names


def _job(
    plan: Plan, task: Task, code: Injected, shim: Artifact | None, point: Point | None, index: int
) -> Job:
    params = {
        name: schema.get("default", f"$params.{name}") for name, schema in plan["params"].items()
    }
    services = {service["id"]: service for service in plan["services"]}

    def address(name: str) -> ServiceAddress:
        return {
            endpoint: {
                part: f"$services.{name}.{endpoint}.{part}" for part in ("url", "host", "port")
            }
            for endpoint in services[name]["offers"]
        }

    secrets = task.get("secrets", {})
    scope = Scope(
        run=RUN,
        params=params,
        point=point["values"] if point else {},
        services=address,
        secret=lambda reference: f"(secret {reference})",
        secrets=secrets,
        adapted=adapted_ports(task),
    )
    return Job(
        plan=plan,
        task=task,
        run=RUN,
        scope=scope,
        inputs={port: _found(declared) for port, declared in task.get("inputs", {}).items()},
        code=code,
        shim=shim,
        secrets={name: f"(secret {reference})" for name, reference in secrets.items()},
        index=index if point else None,
        instance=point["name"] if point else None,
    )


def _found(declared: Input) -> Found:
    """Return an input that has not been made yet; only its shape matters here."""
    if "items" in declared:
        return Found(_NOTHING, items=tuple(_found(item) for item in declared["items"]))
    return Found(_NOTHING)


def as_data(shown: Preview) -> dict[str, Any]:
    """Return a preview as plain data."""
    return {
        "stage": shown.name,
        "task": dict(shown.task),
        "argv": shown.argv,
        "environment": shown.environment,
        "files": shown.manifest,
        "documents": shown.documents,
        "image_config": shown.image_config,
    }


def as_text(shown: Preview, *, colour: bool = False) -> str:
    """Return a preview for people."""
    paint = Paint(colour=colour)
    task = shown.task
    head = f"{paint('strong', shown.name)} {paint('type', task.get('type', task['kind']))}"
    lines = [head, *_doc(task), ""]
    lines += _table(_before_and_after(shown), paint)
    lines += _settings(task, paint)
    lines += _ports(task, paint)
    script = task.get("action", {}).get("run")
    if script:
        lines += ["", paint("strong", "script"), *(f"  {line}" for line in script.splitlines())]
    lines += _files(shown, paint)
    if shown.environment:
        wide = max(map(len, shown.environment))
        lines += ["", paint("strong", "environment")]
        lines += [f"  {name.ljust(wide)}  {value}" for name, value in shown.environment.items()]
    return "\n".join(lines) + "\n"


def _before_and_after(shown: Preview) -> list[tuple[str, str, str]]:
    image = shown.task.get("image")
    own = "the image's own" if image else "none"
    files = len({file["path"] for file in shown.manifest} | shown.documents.keys())
    rows = [
        ("", "as published", "as run"),
        ("image", image or "none", "the same, unmodified" if image else "none: a process"),
    ]
    if shown.image_config is not None:
        rows += _asked(shown.image_config)
    else:
        entrypoint, command = _program(shown)
        rows += [
            ("entrypoint", own, entrypoint or own),
            ("command", own, " ".join(command) or "nothing"),
            ("working dir", own, f"{ROOT}/code"),
            ("variables", own, f"+ {len(shown.environment)}"),
        ]
    return [*rows, ("files", own, f"+ {files} below {ROOT}")]


def _asked(config: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, str, str]]:
    before, after = config["published"], config["as_run"]

    def words(key: str) -> tuple[str, str]:
        one, other = before[key], after[key]
        return " ".join(one) or "none", "the same" if one == other else " ".join(other) or "none"

    user = before["user"] or "root"
    added = len(set(after["variables"]) - set(before["variables"]))
    return [
        ("entrypoint", *words("entrypoint")),
        ("command", *words("command")),
        ("user", user, "the same" if before["user"] == after["user"] else after["user"]),
        ("working dir", before["working_dir"] or "/", after["working_dir"]),
        ("variables", " ".join(before["variables"]) or "none", f"+ {added}"),
    ]


def _program(shown: Preview) -> tuple[str, list[str]]:
    """Return entry point and arguments: a `command` alone leaves the image's own entry point."""
    task, argv = shown.task, shown.argv
    own = "command" in task.get("action", {}) and not needs_shim(task) and "entrypoint" not in task
    return ("", argv) if own or "image" not in task or not argv else (argv[0], argv[1:])


def _doc(task: Task) -> list[str]:
    return [task["doc"].strip()] if "doc" in task else []


def _table(rows: list[tuple[str, str, str]], paint: Paint) -> list[str]:
    first = max(len(row[0]) for row in rows)
    second = max(len(row[1]) for row in rows)
    lines = [f"  {a.ljust(first)}  {b.ljust(second)}  {c}".rstrip() for a, b, c in rows]
    return [paint("faint", lines[0]), *lines[1:]]


_SETTINGS = (
    "runner",
    "resources",
    "timeout",
    "retries",
    "retry_delay",
    "cache",
    "pool",
    "queue",
    "priority",
)

_DURATIONS = frozenset({"timeout", "retry_delay"})


def _settings(task: Mapping[str, Any], paint: Paint) -> list[str]:
    shown = [
        (key, shown_duration(task[key]) if key in _DURATIONS else task[key])
        for key in _SETTINGS
        if key in task
    ]
    if "when" in task:
        shown.append(("when", task["when"]["text"]))
    if "uses" in task:
        shown.append(("uses", ", ".join(task["uses"])))
    if task.get("upstream"):
        shown.append(("after", ", ".join(task["upstream"])))
    if not shown:
        return []
    wide = max(len(key) for key, _ in shown)
    return ["", paint("strong", "settings"), *(f"  {k.ljust(wide)}  {_plain(v)}" for k, v in shown)]


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {one}" for key, one in value.items())
    return str(value).lower() if isinstance(value, bool) else str(value)


def _ports(task: Task, paint: Paint) -> list[str]:
    rows: list[tuple[str, str]] = []
    for port, declared in task.get("inputs", {}).items():
        plain = declared["type"] in (declared["given"], "core.Entity")
        change = "" if plain else f" as {declared['type']}"
        how = f", converted by {declared['adapt']}" if "adapt" in declared else ""
        rows.append(
            (f"{ROOT}/in/{port}", f"← {declared['entity']} {declared['given']}{change}{how}")
        )
    for port, output in task.get("outputs", {}).items():
        copied = f", copied to {output['external']}" if "external" in output else ""
        rows.append((f"{ROOT}/out/{port}", f"→ {output['entity']} {output['type']}{copied}"))
    if not rows:
        return []
    wide = max(len(path) for path, _ in rows)
    return ["", paint("strong", "data"), *(f"  {path.ljust(wide)}  {what}" for path, what in rows)]


def _files(shown: Preview, paint: Paint) -> list[str]:
    if not shown.argv:
        return []
    rows = [
        (
            f"{ROOT}/{file['path']}",
            f"{file['size']:,}",
            file["sha256"].removeprefix("sha256:")[:12],
            file["from"],
        )
        for file in shown.manifest
    ]
    known = {file["path"] for file in shown.manifest}
    rows += [
        (f"{ROOT}/{name}", f"{len(text.encode()):,}", "", "mline: what runs, and why")
        for name, text in shown.documents.items()
        if name not in known
    ]
    wide = [max(len(row[n]) for row in rows) for n in range(3)]
    title = f"{paint('strong', 'files put in')} {paint('faint', '(path, bytes, sha256, from)')}"
    lines = [
        "  ".join(("", path.ljust(wide[0]), size.rjust(wide[1]), sha.ljust(wide[2]), origin))
        for path, size, sha, origin in rows
    ]
    return ["", title, *(line.rstrip() for line in lines)]
