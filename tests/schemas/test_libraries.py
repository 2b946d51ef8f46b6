"""The built-in type libraries: sound, documented, and true to the code beside them."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from mline_airflow.dag_factory.builtin import LIBRARIES, builtin
from mline_airflow.dag_factory.library import ROOTS

TYPES = Path(__file__).resolve().parents[2] / "schemas" / "types"
LOADED = {name: builtin(name)[0] for name in LIBRARIES}
DECLARED = [(name, decl) for name, lib in LOADED.items() for decl in lib.types.values()]
MODULES = sorted(TYPES.glob("*/*.py"))


def test_every_library_loads_without_a_finding(types):
    assert set(LOADED) == set(LIBRARIES)
    assert [str(d) for name in LIBRARIES for d in builtin(name)[1]] == []
    assert [str(d) for d in types.diagnostics] == []


def test_every_type_descends_from_one_of_the_three_roots(types):
    for name, type_ in types.types.items():
        assert type_.lineage[0] == name
        assert type_.lineage[-1] in ROOTS, name
        assert len(set(type_.lineage)) == len(type_.lineage)
        assert type_.kind == ROOTS[type_.lineage[-1]]


def test_every_type_and_relation_has_an_iri_of_its_own():
    seen: dict[str, str] = {}
    for library, decl in [
        *DECLARED,
        *((n, r) for n, lib in LOADED.items() for r in lib.relations.values()),
    ]:
        name = f"{library}.{decl.name.text}"
        prefix, _, local = decl.iri.partition(":")
        assert local, f"{name} has no IRI"
        iri = LOADED[library].prefixes[prefix] + local
        assert re.fullmatch(r"(https?://|urn:)\S+", iri), iri
        assert seen.setdefault(iri, name) == name, f"{name} and {seen[iri]} are one term"


def test_libraries_agree_on_their_prefixes():
    together: dict[str, str] = {}
    for library in LOADED.values():
        for prefix, iri in library.prefixes.items():
            assert together.setdefault(prefix, iri) == iri


@pytest.mark.parametrize(("library", "decl"), DECLARED, ids=lambda x: getattr(x, "name", x))
def test_a_type_is_documented(library, decl, types):
    assert decl.doc, decl.name.text
    assert decl.doc.endswith("."), decl.doc
    type_ = types.types[f"{library}.{decl.name.text}"]
    for name, schema in type_.fields.items():
        assert schema.get("description"), name
    for name, schema in type_.with_.items():
        assert schema.get("description"), name


def test_relations_rules_and_adapters_are_documented():
    for library in LOADED.values():
        for decl in [
            *library.relations.values(),
            *library.adapters.values(),
            *library.rules.values(),
        ]:
            assert decl.doc, decl.name.text


def test_an_artifact_that_can_be_made_has_a_format_a_codec_and_a_sample(types):
    opaque = {"core.Dataset", "core.Model"}
    for name, type_ in types.types.items():
        if type_.kind != "entity" or type_.abstract or name in opaque:
            continue
        assert type_.format, name
        assert type_.load, name
        assert type_.save, name
        assert type_.sample, name
        assert bool(type_.format.get("folder")) != bool(type_.format.get("file")), name


def test_codecs_and_samples_name_functions_that_are_there(types, function_of):
    for name, type_ in types.types.items():
        references = [(type_.codec_library, type_.load), (type_.codec_library, type_.save)]
        for library, reference in [*references, (type_.sample_library, type_.sample)]:
            if reference:
                assert callable(function_of(library, reference)), f"{name}: {reference}"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_a_module_runs_on_python_3_8_and_imports_heavy_things_lazily(path):
    tree = ast.parse(path.read_text("utf-8"), feature_version=(3, 8))
    own = {p.stem for p in path.parent.glob("*.py")}
    for node in tree.body:
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        names += [node.module] if isinstance(node, ast.ImportFrom) else []
        for name in names:
            top = name.partition(".")[0]
            assert top in sys.stdlib_module_names or top in own, f"{path.name} imports {name}"


def test_a_module_hides_no_module_of_the_standard_library_or_of_another_library():
    names = [path.stem for path in MODULES]
    assert len(set(names)) == len(names)
    assert not {*names} & sys.stdlib_module_names


def test_a_component_has_the_parameters_that_its_type_declares(types, function_of):
    checked = 0
    for name, type_ in types.types.items():
        owner = type_.action_type
        if owner is None or owner.decl.action.kind != "call":
            continue
        checked += 1
        library = owner.name.partition(".")[0]
        parameters = inspect.signature(function_of(library, owner.decl.action.value)).parameters
        assert set(type_.with_) <= set(parameters), name
        inputs = {port for port, decl in type_.takes.items() if not decl.optional}
        assert inputs <= set(parameters), name
        assert set(parameters) <= {*type_.takes, *type_.gives, *type_.with_}, name
        for value, schema in type_.with_.items():
            if "default" in schema:
                given = parameters[value].default
                assert given == schema["default"] or not (given or schema["default"]), (name, value)
    assert checked >= 9


def test_a_default_of_a_component_fits_its_schema(types):
    for type_ in types.types.values():
        for schema in type_.with_.values():
            Draft202012Validator.check_schema(schema)
            values = [schema["default"]] if "default" in schema else []
            for value in [*values, *schema.get("examples", [])]:
                Draft202012Validator(schema).validate(value)


def test_the_code_of_components_and_adapters_lies_beside_the_library():
    for name, library in LOADED.items():
        settings = [d.settings for d in (*library.types.values(), *library.adapters.values())]
        for item in (i for s in settings if "code" in s for i in s["code"].value):
            assert (TYPES / name / item.path).is_file(), item.path


def test_an_adapter_calls_a_function_of_its_module(function_of):
    checked = 0
    for name, library in LOADED.items():
        for adapter in library.adapters.values():
            _python, file, function, source, target = adapter.action.value
            known = function_of(name, f"{file.removesuffix('.py')}:ADAPTERS")
            assert function == adapter.name.text
            assert callable(known[function])
            assert (source, target) == ({"$ref": "in.from"}, {"$ref": "out.to"})
            checked += 1
    assert checked == 10


def test_metrics_say_which_direction_is_better(types):
    for name, type_ in types.types.items():
        if "core.Metric" in type_.lineage and name != "core.Metric":
            assert type_.better in ("higher", "lower"), name


def test_no_type_of_another_library_hides_a_word_that_core_relies_on(types):
    clashes = {n for n, full in types.names.items() if len(full) > 1}
    assert all(types.find(name).name == f"core.{name}" for name in clashes)
