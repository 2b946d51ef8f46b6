"""The tables of docs/types.md are those of the libraries, and its examples are right.

`python tests/schemas/test_docs.py` writes the tables anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from mline_airflow.dag_factory.builtin import LIBRARIES, builtin
from mline_airflow.dag_factory.diagnostic import catalogue
from mline_airflow.dag_factory.join import build_types
from mline_airflow.dag_factory.library import Port, Type, TypeNetwork
from mline_airflow.dag_factory.project import Project

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
GENERATED = re.compile(r"<!-- generated: (\w+) -->\n(.*?)<!-- end -->\n", re.DOTALL)
FENCE = re.compile(r"^```yaml\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def network() -> TypeNetwork:
    return build_types([builtin(name)[0] for name in LIBRARIES], LIBRARIES)


def tables(types: TypeNetwork) -> dict[str, str]:
    makers = {
        "types": type_tables,
        "relations": relation_table,
        "adapters": adapter_table,
        "rules": rule_table,
    }
    return {name: "\n".join(make(types)) + "\n" for name, make in makers.items()}


def type_tables(types: TypeNetwork) -> Iterator[str]:
    for library in LIBRARIES:
        yield f"### {library}"
        yield ""
        yield str(builtin(library)[0].doc)
        own = [types.types[f"{library}.{name}"] for name in builtin(library)[0].types]
        things = [type_ for type_ in own if type_.kind != "stage"]
        if things:
            yield from ["", "| type | is | what | file | IRI |", "|---|---|---|---|---|"]
            yield from map(thing_row, things)
        stages = [type_ for type_ in own if type_.kind == "stage"]
        if stages:
            yield from [
                "",
                "| stage type | is | what | takes | gives | with |",
                "|---|---|---|---|---|---|",
            ]
            yield from map(stage_row, stages)
        yield ""


def short(name: str, beside: str) -> str:
    library, _, bare = name.partition(".")
    return (
        bare
        if library in ("core", beside)
        and not (library == "core" != beside and bare in builtin(beside)[0].types)
        else name
    )


def parent_of(type_: Type) -> str:
    library = type_.name.partition(".")[0]
    return f"`{short(type_.lineage[1], library)}`" if len(type_.lineage) > 1 else ""


def thing_row(type_: Type) -> str:
    name = type_.name.partition(".")[2]
    notes = [type_.decl.doc]
    if type_.abstract:
        notes.append("Abstract.")
    if "core.Metric" in type_.lineage and type_.better:
        notes.append(f"{type_.better.title()} is better.")
    file = (
        "a folder"
        if type_.format.get("folder")
        else f"`{type_.format['file']}`"
        if type_.format
        else ""
    )
    return f"| `{name}` | {parent_of(type_)} | {' '.join(notes)} | {file} | `{type_.decl.iri}` |"


def stage_row(type_: Type) -> str:
    library, _, name = type_.name.partition(".")
    notes = [type_.decl.doc, "Ready." if type_.action_type else "", "Open." if type_.open else ""]
    takes = ", ".join(port(p, library) for p in type_.takes.values())
    gives = ", ".join(port(p, library) for p in type_.gives.values())
    with_ = ", ".join(f"`{value}`" for value in type_.with_)
    what = " ".join(filter(None, notes))
    return f"| `{name}` | {parent_of(type_)} | {what} | {takes} | {gives} | {with_} |"


def port(one: Port, library: str) -> str:
    mark = "?" if one.optional else "*" if one.many else ""
    return f"`{one.name}{mark}: {short(one.type, library)}`"


def relation_table(types: TypeNetwork) -> Iterator[str]:
    yield from ["| relation | from | to | inverse | what | IRI |", "|---|---|---|---|---|---|"]
    for relation in types.relations.values():
        decl = relation.decl
        ends = [f"`{short(end, 'core')}`" for end in (relation.from_, relation.to)]
        notes = [decl.doc]
        if decl.is_ is not None:
            notes.append(f"A kind of `{decl.is_.text}`.")
        if decl.transitive:
            notes.append("Transitive.")
        inverse = f"`{decl.inverse}`" if decl.inverse else ""
        cells = [f"`{relation.name}`", *ends, inverse, " ".join(notes), f"`{decl.iri}`"]
        yield f"| {' | '.join(cells)} |"


def adapter_table(types: TypeNetwork) -> Iterator[str]:
    yield from ["| adapter | from | to | lossless | what | image |", "|---|---|---|---|---|---|"]
    for adapter in types.adapters:
        image = adapter.decl.settings.get("image")
        cells = [
            f"`{adapter.library}.{adapter.name}`",
            f"`{short(adapter.from_, 'core')}`",
            f"`{short(adapter.to, 'core')}`",
            "yes" if adapter.lossless else "no",
            adapter.decl.doc,
            f"`{image.value}`" if image is not None else "",
        ]
        yield f"| {' | '.join(cells)} |"


def rule_table(types: TypeNetwork) -> Iterator[str]:
    yield from ["| finding | level | why, and what to do |", "|---|---|---|"]
    for rule in types.rules:
        yield f"| `{rule.name.text.replace('_', '-')}` | {rule.level} | {rule.doc.strip()} |"


def rewritten(text: str) -> str:
    made = tables(network())
    return GENERATED.sub(
        lambda m: f"<!-- generated: {m[1]} -->\n\n{made[m[1]].rstrip()}\n\n<!-- end -->\n", text
    )


def test_the_tables_are_those_of_the_libraries():
    text = (DOCS / "types.md").read_text("utf-8")
    assert {match[1] for match in GENERATED.finditer(text)} == set(tables(network()))
    assert rewritten(text) == text, "run python tests/schemas/test_docs.py"


def examples() -> list[tuple[str, str]]:
    return [
        (f"{path.name}-{number}", example)
        for path in (DOCS / "types.md", DOCS / "glossary.md")
        for number, example in enumerate(FENCE.findall(path.read_text("utf-8")))
    ]


@pytest.mark.parametrize(("name", "text"), examples(), ids=lambda x: x.split("\n")[0][:30])
def test_an_example_is_right(name, text, tmp_path):
    kind = "types.mline.yaml" if "\nlibrary:" in text else "mline.yaml"
    analysis = Project.open(tmp_path).analyze(tmp_path / f"example.{kind}", text)
    assert [str(d) for d in analysis.diagnostics] == [], name


def test_a_link_leads_to_a_place():
    for path in (DOCS / "types.md", DOCS / "glossary.md"):
        text = path.read_text("utf-8")
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            file, _, anchor = target.partition("#")
            if "://" in target:
                continue
            there = path if not file else (path.parent / file)
            assert there.is_file(), target
            if anchor and there.suffix == ".md":
                assert anchor in anchors(there.read_text("utf-8")), target


def anchors(text: str) -> set[str]:
    """Return the anchors that GitHub makes of headings; a second one of a name gets `-1`."""
    found: set[str] = set()
    for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE):
        anchor = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        number = 0
        while (unique := f"{anchor}-{number}" if number else anchor) in found:
            number += 1
        found.add(unique)
    return found


def test_the_words_of_the_glossary_are_in_order_and_explained():
    text = (DOCS / "glossary.md").read_text("utf-8")
    rows = re.findall(r"^\| \*\*(.+?)\*\* \| (.+?) \|$", text, re.MULTILINE)
    words = [word for word, _ in rows]
    assert len(words) > 30
    assert words == sorted(words, key=str.lower)
    assert all(meaning.endswith(".") for _, meaning in rows)


def test_every_rule_is_in_the_catalogue_with_its_level(types):
    levels = {rule.name.text.replace("_", "-"): rule.level for rule in types.rules}
    assert len(levels) == len(types.rules)
    assert {code: catalogue()[code].severity for code in levels} == levels


if __name__ == "__main__":
    target = DOCS / "types.md"
    target.write_text(rewritten(target.read_text("utf-8")), "utf-8")
