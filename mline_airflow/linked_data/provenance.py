"""A run as a graph of PROV-O and ML-Schema, from the records of its tasks alone.

https://www.w3.org/TR/prov-o/ and https://www.w3.org/TR/ml-schema/ (its draft names `mls:`). A
stage's try is a `prov:Activity`; an artifact is a `prov:Entity` named by its digest; the user and
MLine are agents. A stage that gives a model is an `mls:Run`: its params are hyper-parameter
settings, its data sets and models inputs and outputs, and each metric an `mls:ModelEvaluation`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from ..dag_factory.plan import Plan
from ..records import GOOD, Record, Records
from .rdf import RDF_TYPE, Iri, Triple, literal, term, time_literal, to_json_ld, to_turtle

__all__ = ["run_graph", "run_of_store", "to_json_ld", "to_turtle"]

_MODEL, _METRIC, _DATASET = "core.Model", "core.Metric", "core.Dataset"
_CLASSES = {_MODEL: "mls:Model", _METRIC: "mls:ModelEvaluation", _DATASET: "mls:Dataset"}
_A = Iri(RDF_TYPE)
_SOFTWARE = Iri("urn:mline:agent:mline")


def run_of_store(records: Records, experiment: str, run: str) -> list[Triple]:
    """Return the graph of a run, read from the store."""
    found = records.run(experiment, run)
    digests = dict.fromkeys(str(record["plan"]) for record in found)
    plans = {digest: plan for digest in digests if (plan := records.plan(digest)) is not None}
    return run_graph(found, plans)


def run_graph(records: Iterable[Record], plans: Mapping[str, Plan]) -> list[Triple]:
    """Return the graph of the records of one run; `plans` are by digest, and may be missing.

    Without a plan, entities are known by their own types only, not by what those descend from.
    """
    triples: dict[Triple, None] = {}
    for record in records:
        if record["status"] in ("skipped", "running"):
            continue
        writer = _RecordWriter(record, plans.get(record["plan"]))
        triples.update(dict.fromkeys(writer.triples()))
    return list(triples)


class _RecordWriter:
    """Writes what one record says."""

    def __init__(self, record: Record, plan: Plan | None) -> None:
        self.record = record
        self.plan = plan
        parts = [record["experiment"], record["run"], record["task"]]
        if record["index"] is not None:
            parts.append(str(record["index"]))
        self.experiment = _urn("experiment", record["experiment"])
        self.run = _urn("run", record["experiment"], record["run"])
        self.activity = _urn("activity", *parts, str(record.get("attempt", 1)))

    def triples(self) -> Iterator[Triple]:
        """Yield everything."""
        yield from self._run()
        yield from self._activity()
        for port, used in self.record["inputs"].items():
            yield from self._used(port, used)
        for port, made in self.record["outputs"].items():
            yield from self._made(port, made)
        if self._trains():
            yield from self._learning()

    def _run(self) -> Iterator[Triple]:
        record = self.record
        plan = Iri(f"urn:mline:plan:{record['plan']}")
        yield Triple(self.experiment, _A, term("mls:Experiment"))
        yield Triple(self.experiment, term("rdfs:label"), literal(record["experiment"]))
        yield Triple(self.experiment, term("mls:hasPart"), self.run)
        yield Triple(self.run, _A, term("prov:Activity"))
        yield Triple(self.run, term("rdfs:label"), literal(record["run"]))
        yield Triple(plan, _A, term("prov:Plan"))
        yield Triple(plan, _A, term("prov:Entity"))
        yield Triple(self.run, term("prov:used"), plan)
        yield Triple(_SOFTWARE, _A, term("prov:SoftwareAgent"))
        yield Triple(_SOFTWARE, term("rdfs:label"), literal("MLine"))
        if record.get("release"):
            yield Triple(self.run, term("mline:release"), literal(record["release"]))
        if record.get("commit"):
            yield Triple(self.run, term("mline:commit"), literal(record["commit"]))

    def _activity(self) -> Iterator[Triple]:
        record, activity = self.record, self.activity
        yield Triple(activity, _A, term("prov:Activity"))
        yield Triple(activity, term("rdfs:label"), literal(self._label()))
        yield Triple(activity, term("dcterms:isPartOf"), self.run)
        yield Triple(activity, term("prov:startedAtTime"), time_literal(record["started"]))
        if record.get("ended"):
            yield Triple(activity, term("prov:endedAtTime"), time_literal(record["ended"]))
        yield Triple(activity, term("prov:wasAssociatedWith"), _SOFTWARE)
        if record.get("user"):
            user = _urn("user", record["user"])
            yield Triple(user, _A, term("prov:Person"))
            yield Triple(user, term("rdfs:label"), literal(record["user"]))
            yield Triple(_SOFTWARE, term("prov:actedOnBehalfOf"), user)
            yield Triple(activity, term("prov:wasAssociatedWith"), user)
        for key in ("status", "runner", "image", "image_digest", "host", "pod", "cached"):
            if record.get(key):
                yield Triple(activity, term(f"mline:{key}"), literal(record[key]))
        if record.get("code"):
            code = _artifact(record["code"])
            yield Triple(code, _A, term("prov:Entity"))
            yield Triple(code, _A, term("mls:Software"))
            yield Triple(activity, term("prov:used"), code)

    def _used(self, port: str, used: Mapping[str, Any]) -> Iterator[Triple]:
        entity = _artifact(used["digest"])
        yield from self._entity(entity, used)
        yield Triple(self.activity, term("prov:used"), entity)
        usage = Iri(f"{self.activity}:in:{port}")
        yield Triple(self.activity, term("prov:qualifiedUsage"), usage)
        yield Triple(usage, _A, term("prov:Usage"))
        yield Triple(usage, term("prov:entity"), entity)
        yield Triple(usage, term("prov:hadRole"), self._role(port))

    def _made(self, port: str, made: Mapping[str, Any]) -> Iterator[Triple]:
        entity = _artifact(made["digest"])
        yield from self._entity(entity, made)
        if self.record.get("picked"):
            yield Triple(self.activity, term("prov:used"), entity)
            return  # a pick passes on what others made
        if not self.record.get("cached"):
            yield Triple(entity, term("prov:wasGeneratedBy"), self.activity)
        generation = Iri(f"{self.activity}:out:{port}")
        yield Triple(entity, term("prov:qualifiedGeneration"), generation)
        yield Triple(generation, _A, term("prov:Generation"))
        yield Triple(generation, term("prov:activity"), self.activity)
        yield Triple(generation, term("prov:hadRole"), self._role(port))
        for used in self.record["inputs"].values():
            if used["digest"] != made["digest"]:
                source = _artifact(used["digest"])
                yield Triple(entity, term("prov:wasDerivedFrom"), source)

    def _entity(self, entity: Iri, told: Mapping[str, Any]) -> Iterator[Triple]:
        yield Triple(entity, _A, term("prov:Entity"))
        lineage = self._lineage(told["type"])
        for name in lineage:
            if name in _CLASSES:
                yield Triple(entity, _A, term(_CLASSES[name]))
        if told.get("type"):
            yield Triple(entity, _A, Iri(f"urn:mline:type:{told['type']}"))
        yield Triple(entity, term("rdfs:label"), literal(told["entity"]))
        yield Triple(entity, term("mline:digest"), literal(told["digest"]))
        yield Triple(entity, term("mline:size"), literal(told["size"]))
        if told.get("media"):
            yield Triple(entity, term("dcterms:format"), literal(told["media"]))
        if told.get("value") is not None:
            measure = Iri(f"urn:mline:type:{told['type']}")
            yield Triple(entity, term("mls:hasValue"), literal(told["value"]))
            yield Triple(entity, term("mls:specifiedBy"), measure)
            yield Triple(measure, _A, term("mls:EvaluationMeasure"))

    def _trains(self) -> bool:
        if self.record["status"] != GOOD or self.record.get("picked"):
            return False
        outputs = self.record["outputs"].values()
        return any(_MODEL in self._lineage(one["type"]) for one in outputs)

    def _learning(self) -> Iterator[Triple]:
        """Say of a stage that gives a model what ML-Schema says of a run."""
        activity, record = self.activity, self.record
        yield Triple(activity, _A, term("mls:Run"))
        for used in record["inputs"].values():
            yield Triple(activity, term("mls:hasInput"), _artifact(used["digest"]))
        for made in record["outputs"].values():
            yield Triple(activity, term("mls:hasOutput"), _artifact(made["digest"]))
        if record.get("code"):
            implementation = _artifact(record["code"])
            yield Triple(implementation, _A, term("mls:Implementation"))
            yield Triple(activity, term("mls:executes"), implementation)
        for name, value in record["params"].items():
            setting = Iri(f"{activity}:with:{quote(name, safe='')}")
            parameter = _urn("parameter", record["experiment"], record["task"], name)
            yield Triple(parameter, _A, term("mls:HyperParameter"))
            yield Triple(parameter, term("rdfs:label"), literal(name))
            yield Triple(setting, _A, term("mls:HyperParameterSetting"))
            yield Triple(setting, term("mls:specifiedBy"), parameter)
            yield Triple(setting, term("mls:hasValue"), literal(value))
            yield Triple(activity, term("mls:hasInput"), setting)

    def _lineage(self, name: str) -> list[str]:
        if self.plan is None or name not in self.plan["types"]:
            return [name]
        return self.plan["types"][name]["lineage"]

    def _label(self) -> str:
        name = self.record.get("stage") or self.record["task"]
        return f"{name}[{self.record['instance']}]" if self.record.get("instance") else str(name)

    def _role(self, port: str) -> Iri:
        return _urn("port", self.record["experiment"], self.record["task"], port)


def _artifact(digest: str) -> Iri:
    return Iri(f"urn:mline:artifact:{digest}")


def _urn(kind: str, *names: str) -> Iri:
    return Iri(":".join(["urn:mline", kind, *(quote(name, safe="@+=,~") for name in names)]))
