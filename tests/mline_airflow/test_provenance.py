"""Provenance as RDF: both forms say the same, in the terms of PROV-O and ML-Schema."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
import rdflib
from rdflib.compare import isomorphic
from workbench import gives, takes

from mline_airflow.linked_data.provenance import run_graph, run_of_store, to_json_ld, to_turtle
from mline_airflow.linked_data.rdf import Iri, Triple, literal, term
from mline_airflow.records import Records

if TYPE_CHECKING:
    from workbench import Workbench

# rdflib's own JSON-LD parser uses a class that rdflib deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")

PROV = rdflib.Namespace("http://www.w3.org/ns/prov#")
MLS = rdflib.Namespace("http://www.w3.org/ns/mls#")
RDF = rdflib.RDF


def parsed(triples: list[Triple]) -> rdflib.Graph:
    """Read both forms back; they are the same graph."""
    turtle = rdflib.Graph().parse(data=to_turtle(triples), format="turtle")
    json_ld = rdflib.Graph().parse(data=json.dumps(to_json_ld(triples)), format="json-ld")
    assert isomorphic(turtle, json_ld)
    assert len(turtle) == len(set(triples))
    return turtle


@pytest.fixture
def trained(bench: Workbench) -> Workbench:
    """Return a bench on which a model was trained and measured."""
    bench.plan["types"]["core.CsvTable"] = {
        "lineage": ["core.CsvTable", "core.Table", "core.Dataset", "core.Entity"],
        "folder": False,
        "media": "text/csv",
    }
    bench.plan["types"]["core.Model"] = {"lineage": ["core.Model", "core.Entity"], "folder": False}
    bench.write("data.csv", "a\n1\n")
    bench.task(
        "fit",
        {"run": "echo model > $OUT_MODEL"},
        inputs={"data": takes("data.csv", "core.CsvTable")},
        params={"depth": 3, "name": 'a "quoted"\nname', "list": [1]},
        code=[{"to": "x.py", "text": "x = 1"}],
        outputs={"model": gives("fit.model", "core.Model")},
    )
    bench.task(
        "score",
        {"run": "echo 0.5 > $OUT_V"},
        inputs={"model": takes({"task": "fit", "port": "model"}, "core.Model")},
        outputs={"v": gives("accuracy", "core.Accuracy")},
    )
    bench.run("fit", release="r1", commit="abc")
    bench.run("score")
    return bench


def graph_of(bench: Workbench) -> rdflib.Graph:
    return parsed(run_of_store(Records(bench.store), "exp", "run-1"))


def artifact(record: Any, port: str) -> rdflib.URIRef:
    return rdflib.URIRef("urn:mline:artifact:" + record["outputs"][port]["digest"])


def test_a_model_is_generated_by_its_stage_and_derived_from_its_data(trained: Workbench) -> None:
    graph = graph_of(trained)
    fit, score = trained.records["fit", None], trained.records["score", None]
    model = artifact(fit, "model")
    data = rdflib.URIRef("urn:mline:artifact:" + fit["inputs"]["data"]["digest"])
    activity = graph.value(model, PROV.wasGeneratedBy)
    assert (activity, PROV.used, data) in graph
    assert (model, PROV.wasDerivedFrom, data) in graph
    assert (artifact(score, "v"), PROV.wasDerivedFrom, model) in graph
    started = graph.value(activity, PROV.startedAtTime)
    assert started.toPython() == datetime.fromisoformat(fit["started"])  # type: ignore[union-attr]
    agents = {str(agent) for agent in graph.objects(activity, PROV.wasAssociatedWith)}
    assert agents == {"urn:mline:agent:mline", "urn:mline:user:ada"}


def test_training_is_a_run_of_ml_schema_with_its_settings_and_outputs(trained: Workbench) -> None:
    graph = graph_of(trained)
    (run,) = graph.subjects(RDF.type, MLS.Run)
    model = artifact(trained.records["fit", None], "model")
    assert (run, MLS.hasOutput, model) in graph
    assert (model, RDF.type, MLS.Model) in graph
    settings = {
        str(graph.value(graph.value(setting, MLS.specifiedBy), rdflib.RDFS.label)): graph.value(
            setting, MLS.hasValue
        )
        for setting in graph.objects(run, MLS.hasInput)
        if (setting, RDF.type, MLS.HyperParameterSetting) in graph
    }
    assert settings["depth"].toPython() == 3
    assert settings["name"].toPython() == 'a "quoted"\nname'
    assert settings["list"].toPython() == "[1]"
    evaluation = artifact(trained.records["score", None], "v")
    assert (evaluation, RDF.type, MLS.ModelEvaluation) in graph
    assert graph.value(evaluation, MLS.hasValue).toPython() == 0.5  # type: ignore[union-attr]


def test_every_term_is_one_of_the_vocabularies(trained: Workbench) -> None:
    """Terms of https://www.w3.org/ns/prov.ttl and of the ML-Schema report, section 5."""
    known = {
        PROV: "Activity Entity Plan Person SoftwareAgent Usage Generation used wasGeneratedBy "
        "wasDerivedFrom wasAssociatedWith actedOnBehalfOf startedAtTime endedAtTime qualifiedUsage "
        "qualifiedGeneration entity activity hadRole",
        MLS: "Run Model ModelEvaluation Dataset Experiment Software Implementation HyperParameter "
        "HyperParameterSetting EvaluationMeasure hasInput hasOutput hasPart hasValue specifiedBy "
        "executes",
    }
    used = {str(term) for triple in graph_of(trained) for term in triple}
    for namespace, names in known.items():
        found = {name.removeprefix(namespace) for name in used if name.startswith(namespace)}
        assert found <= set(names.split())
        assert found


def test_a_cached_stage_did_not_generate_its_outputs_again(trained: Workbench) -> None:
    trained.run("fit", run="run-2")
    graph = parsed(run_of_store(Records(trained.store), "exp", "run-2"))
    assert not list(graph.subject_objects(PROV.wasGeneratedBy))
    assert (None, PROV.qualifiedGeneration, None) in graph


def test_a_run_is_written_without_its_plan_too(trained: Workbench) -> None:
    graph = parsed(run_graph(trained.records.values(), {}))
    assert (None, PROV.wasGeneratedBy, None) in graph


@pytest.mark.parametrize(
    "text", ['"', "\\", "a\nb\r\tc", "\x01\x1f\x7f", "ünï 🎉", "'''\"\"\"", ""]
)
def test_any_text_survives_both_forms(text: str) -> None:
    subject = Iri('urn:mline:x:a b<c>"d"{e}|f^g`h\\')
    graph = parsed([Triple(subject, term("rdfs:label"), literal(text))])
    assert [str(value) for value in graph.objects()] == [text]


@pytest.mark.parametrize("value", [True, 3, -2.5, 1e300, "text"])
def test_values_keep_their_types(value: object) -> None:
    graph = parsed([Triple(Iri("urn:x"), term("mline:v"), literal(value))])
    (found,) = graph.objects()
    assert found.toPython() == value  # type: ignore[attr-defined]
    assert type(found.toPython()) is type(value)  # type: ignore[attr-defined]
