"""Stages of a plan: one task each, and the adapters before it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from .diagnostic import Collector
from .library import Adapter, TypeNetwork
from .model import Action, Profile, Setting
from .plan import Action as PlanAction
from .plan import Input, Output, Source, Task
from .plan_conditions import plan_condition
from .plan_values import full_image, normal_path, plan_code, with_references
from .resolved import Given, Ref, Resolved, ResolvedStage, Taken
from .stage_values import normal_reference
from .task_names import group_id, pick_id
from .text import Span

DEFAULT_RUNNER = "docker"
PLAIN = ("retries", "retry_delay", "timeout", "cache", "pool", "queue", "priority")


class StagePlanner:
    """Writes the tasks of stages; adapters are shared by all that read the same source."""

    def __init__(
        self, resolved: Resolved, types: TypeNetwork, profile: Profile, found: Collector
    ) -> None:
        self.resolved = resolved
        self.types = types
        self.profile = profile
        self.found = found
        self.ids: dict[str, int] = {}
        self.adapted: dict[tuple[Any, ...], str] = {}
        self.offers = {n: list(s.service.offers) for n, s in resolved.services.items()}
        # Not a function of this object: it would keep all of the analysis until a collection.
        self._normal = partial(normal_reference, offers=self.offers)

    def sorted_ids(self, ids: Iterable[str]) -> list[str]:
        """Return task ids once each, in plan order."""
        return sorted(dict.fromkeys(ids), key=lambda name: self.ids.get(name, -1))

    def add(self, task: Task) -> Task:
        """Give the task its place in plan order."""
        self.ids[task["id"]] = len(self.ids)
        return task

    # -- where values come from ------------------------------------------------------------------

    def source(self, ref: Ref, reader: str) -> Source:
        """Return where stage `reader` gets a reference's value; "" reads from outside any sweep."""
        if ref.kind == "file":
            return {"file": normal_path(ref.target)}
        if ref.kind == "asset":
            return {"asset": ref.target}
        home = self.resolved.in_sweep.get(ref.stage)
        if home is None or (self.resolved.in_sweep.get(reader) == home and not ref.each):
            return {"task": ref.stage, "port": ref.port}
        if ref.each:
            return {"task": ref.stage, "port": ref.port, "each": True}
        if ref.instance:
            sweep = self.resolved.stages[home].sweep
            names = [point["name"] for point in sweep.points] if sweep else []
            return {"task": ref.stage, "port": ref.port, "instance": names.index(ref.instance)}
        return {"task": pick_id(home), "port": f"{ref.stage}.{ref.port}"}

    # -- tasks -----------------------------------------------------------------------------------

    def tasks(self, name: str) -> list[Task]:
        """Return the stage's task after the adapters that it needs."""
        stage = self.resolved.stages[name]
        before: list[Task] = []
        upstream: dict[str, None] = {}
        inputs: dict[str, Input] = {}
        for taken in stage.takes.values():
            inputs[taken.port] = self._input(name, taken, before, upstream)
        task: Task = {"id": name, "kind": "stage", "upstream": []}
        home = self.resolved.in_sweep.get(name)
        if home is not None:
            task["group"] = group_id(home)
        task["stage"] = name
        task["type"] = stage.type.name
        if stage.stage.doc:
            task["doc"] = stage.stage.doc
        self._settings(task, stage.settings, stage.origin, stage.stage.id.span)
        self._action(task, stage)
        self._params(task, stage, home == name)
        if inputs:
            task["inputs"] = inputs
        outputs = {g.port: self.output(name, g) for g in stage.gives.values()}
        if outputs:
            task["outputs"] = outputs
        if stage.uses:
            task["uses"] = list(stage.uses)
        if stage.needs:
            task["needs"] = {
                need: {"service": service, "endpoint": endpoint}
                for need, (service, endpoint) in stage.needs.items()
            }
        if stage.when is not None:
            task["when"] = plan_condition(stage.when, self, name)
            self._wait_for(task["when"]["metrics"].values(), upstream)
        for other in stage.after:
            self._wait_after(other, name, upstream)
        position = self.found.source.position(stage.stage.id.span.start)
        task["span"] = [position.line, position.column]
        task["upstream"] = self.sorted_ids(upstream)
        self.add(task)
        return [*before, task]

    def _wait_for(self, sources: Iterable[Source], upstream: dict[str, None]) -> None:
        upstream.update((source["task"], None) for source in sources if "task" in source)

    def _wait_after(self, other: str, name: str, upstream: dict[str, None]) -> None:
        home = self.resolved.in_sweep.get(other)
        sweep = self.resolved.stages[home].sweep if home else None
        if home and sweep and sweep.metric is not None and self.resolved.in_sweep.get(name) != home:
            upstream[pick_id(home)] = None
        else:
            upstream[other] = None

    def _input(
        self, name: str, taken: Taken, before: list[Task], upstream: dict[str, None]
    ) -> Input:
        inputs = [
            self._one(name, taken, ref, chain, before)
            for ref, chain in zip(taken.refs, taken.chains, strict=True)
        ]
        self._wait_for((one["source"] for one in inputs), upstream)
        result = inputs[0]
        if taken.many and not (len(inputs) == 1 and taken.refs[0].each):
            result = {
                "type": taken.type,
                "given": taken.refs[0].type,
                "source": {},
                "entity": ", ".join(ref.text for ref in taken.refs),
                "items": inputs,
            }
        if taken.adapt:
            result["adapt"] = taken.adapt
        return result

    def _one(
        self, name: str, taken: Taken, ref: Ref, chain: tuple[Adapter, ...], before: list[Task]
    ) -> Input:
        source = self.source(ref, name)
        given = ref.type
        for adapter in chain:
            source = self._adapter(name, ref, source, given, adapter, before)
            given = adapter.to
        return {"type": taken.type, "given": given, "source": source, "entity": ref.text}

    # -- adapters --------------------------------------------------------------------------------

    def _adapter(
        self,
        reader: str,
        ref: Ref,
        source: Source,
        given: str,
        adapter: Adapter,
        before: list[Task],
    ) -> Source:
        """Return the source that the adapter makes, adding its task when nobody has."""
        key = (*sorted(source.items()), adapter.library, adapter.name)
        if key not in self.adapted:
            self.adapted[key] = self._free_id(ref.node, adapter)
            before.append(
                self._adapter_task(reader, ref, source, given, adapter, self.adapted[key])
            )
        return {"task": self.adapted[key], "port": "to"}

    def _free_id(self, node: str, adapter: Adapter) -> str:
        base = f"{node.replace('.', '_')}__{adapter.name}"
        name, count = base, 2
        taken = {*self.ids, *self.resolved.stages, *self.adapted.values()}
        while name in taken:
            name, count = f"{base}_{count}", count + 1
        return name

    def _adapter_task(
        self, reader: str, ref: Ref, source: Source, given: str, adapter: Adapter, name: str
    ) -> Task:
        decl = adapter.decl
        task: Task = {"id": name, "kind": "adapter", "upstream": []}
        home = self.resolved.in_sweep.get(reader)
        inside = home is not None and self.resolved.in_sweep.get(ref.stage) == home
        if inside and home is not None:
            task["group"] = group_id(home)
        task["type"] = "core.Stage"
        task["doc"] = decl.doc or f"Converts {ref.text} to {adapter.to}."
        settings = dict(self.resolved.experiment.defaults)
        settings.pop("code", None)
        settings.update(decl.settings)
        origin = dict.fromkeys(decl.settings, adapter.library)
        self._settings(task, settings, origin, ref.span)
        if decl.action is not None:
            task["action"] = self._plan_action(decl.action)
        if decl.with_:
            task["params"] = {k: s.value for k, s in decl.with_.items()}
        task["inputs"] = {
            "from": {"type": adapter.from_, "given": given, "source": source, "entity": ref.text}
        }
        short = adapter.to.rpartition(".")[2]
        task["outputs"] = {"to": {"type": adapter.to, "entity": f"{ref.node} as {short}"}}
        if "task" in source:
            task["upstream"] = [source["task"]]
        return self.add(task)

    # -- parts of a task -------------------------------------------------------------------------

    def _settings(
        self, task: Task, settings: dict[str, Setting], origin: dict[str, str], span: Span
    ) -> None:
        profile = self.profile.keys
        own = {key: setting.value for key, setting in settings.items()}
        task["runner"] = own.get("runner") or profile.get("runner") or DEFAULT_RUNNER
        self._image(task, own.get("image") or profile.get("image"), span)
        if "entrypoint" in own:
            task["entrypoint"] = list(own["entrypoint"])
        if "code" in own:
            task["code"] = plan_code(own["code"], origin.get("code", ""))
        env = {k: with_references(s.value, self._normal) for k, s in own.get("env", {}).items()}
        merged: dict[str, Any] = {
            "env": {**profile.get("env", {}), **env},
            "secrets": own.get("secrets", {}),
            "resources": {**profile.get("resources", {}), **own.get("resources", {})},
            "labels": {**profile.get("labels", {}), **own.get("labels", {})},
        }
        task.update({key: value for key, value in merged.items() if value})  # type: ignore[typeddict-item]
        for key in PLAIN:
            plain = own.get(key, profile.get(key))
            if plain is not None and not (key == "cache" and plain is True):
                task[key] = plain  # type: ignore[literal-required]

    def _image(self, task: Task, image: str | None, span: Span) -> None:
        if image:
            task["image"] = full_image(image, self.profile)
        elif task["runner"] != "process":
            message = (
                f"'{task['id']}' runs in {task['runner']} and has no image; set 'image' in the "
                f"stage, in 'defaults', or in the profile '{self.profile.name}'"
            )
            self.found.add("missing-image", span, message)

    def _action(self, task: Task, stage: ResolvedStage) -> None:
        action = stage.stage.action
        if action is None and stage.type.action_type is not None:
            action = stage.type.action_type.decl.action
        if action is not None:
            task["action"] = self._plan_action(action)

    def _plan_action(self, action: Action) -> PlanAction:
        if action.kind == "command":
            return {"command": with_references(action.value, self._normal)}
        return {"call": action.value} if action.kind == "call" else {"run": action.value}

    def _params(self, task: Task, stage: ResolvedStage, swept: bool) -> None:  # noqa: FBT001
        params: dict[str, Any] = {
            key: schema["default"]
            for key, schema in stage.type.with_.items()
            if "default" in schema and stage.stage.action is None
        }
        for key, setting in stage.stage.with_.items():
            params[key] = with_references(setting.value, self._normal)
        if swept and stage.sweep is not None:
            for name in stage.sweep.sweep.over:
                params[name.text] = {"$ref": f"point.{name.text}"}
        if params:
            task["params"] = params

    def output(self, stage: str, given: Given, *, pick: bool = False) -> Output:
        """Return one output; in a sweep it is the pick that others may wait for."""
        output: Output = {"type": given.type, "entity": given.node}
        if given.adapt and not pick:
            output["adapt"] = given.adapt
        if given.entity is not None and (pick or stage not in self.resolved.in_sweep):
            output["asset"] = f"{self.resolved.experiment.id.text}.{given.entity.id.text}"
            if given.entity.at is not None:
                output["external"] = given.entity.at.text
        return output
