"""A network as linked data, read back by a library that is not ours."""

from __future__ import annotations

from pathlib import Path

import pytest
import rdflib
from rdflib.compare import isomorphic

from mline_airflow.cli.loading import Loaded, load
from mline_airflow.linked_data.network import export_network, write
from mline_airflow.linked_data.rdf import Triple

EXAMPLES = Path(__file__).parents[2] / "examples"
PROV = rdflib.Namespace("http://www.w3.org/ns/prov#")
MLS = rdflib.Namespace("http://www.w3.org/ns/mls#")
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")


def exported(loaded: Loaded) -> list[Triple]:
    assert loaded.analysis.types is not None
    return export_network(loaded.experiment, loaded.network, loaded.analysis.types)


def graph(loaded: Loaded) -> rdflib.Graph:
    return rdflib.Graph().parse(data=write(exported(loaded), "turtle"), format="turtle")


@pytest.mark.parametrize("name", ["iris", "churn", "digits", "text"])
def test_both_forms_say_the_same(name: str) -> None:
    loaded = load(str(EXAMPLES / name / f"{name}.mline.yaml"))
    json_ld = write(exported(loaded), "jsonld")
    assert isomorphic(graph(loaded), rdflib.Graph().parse(data=json_ld, format="json-ld"))


def test_terms_are_those_of_the_standards() -> None:
    found = graph(load(str(EXAMPLES / "iris/iris.mline.yaml")))
    node = "urn:mline:node:iris:"
    fit, train = rdflib.URIRef(node + "fit"), rdflib.URIRef(node + "split.train")
    model = rdflib.URIRef(node + "fit.model")
    assert (fit, PROV.used, train) in found
    assert (fit, PROV.generated, model) in found
    assert (model, rdflib.RDF.type, MLS.Model) in found
    trained_on = rdflib.URIRef("urn:mline:ns:trained_on")
    assert (model, trained_on, train) in found


def test_every_class_and_relation_that_is_used_is_described() -> None:
    found = graph(load(str(EXAMPLES / "churn/churn.mline.yaml")))
    own = {c for c in found.objects(None, rdflib.RDF.type) if str(c).startswith("urn:mline:type:")}
    assert len(own) > 5
    for one in own:
        assert (one, rdflib.RDF.type, rdflib.OWL.Class) in found
        assert list(found.objects(one, rdflib.RDFS.label))
    for relation in set(found.predicates(None, None)):
        if str(relation).startswith("urn:mline:relation:"):
            assert (relation, rdflib.RDF.type, rdflib.OWL.ObjectProperty) in found


def test_odd_text_survives(tmp_path: Path) -> None:
    title = 'quote " backslash \\ tab \t and 用户'
    text = (
        f"mline: 1\nexperiment: odd\ntitle: {title!r}\n".replace("\\\\", "\\").replace("\\t", " ")
        + "tags: [a, b]\nentities: {t: {is: CsvTable, at: ./x, columns: [a b, c]}}\n"
        "stages: {s: {takes: {t: t}, command: [x]}}\n"
    )
    (tmp_path / "odd.mline.yaml").write_text(text, "utf-8")
    found = graph(load(str(tmp_path / "odd.mline.yaml")))
    (read,) = found.objects(None, rdflib.DCTERMS.title)
    assert '" backslash \\ tab' in str(read)
    assert "用户" in str(read)
    columns = found.objects(None, rdflib.URIRef("urn:mline:ns:columns"))
    assert {str(c) for c in columns} == {"a b", "c"}
