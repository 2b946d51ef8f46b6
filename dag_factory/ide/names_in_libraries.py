"""The names in a type library, from its model."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ..analysis import Analysis
from ..library import TypeNetwork
from ..model import Library, PortDecl, ProjectFile, TypeDecl, Word
from .occurrences import Kind, Occurrence, Symbol, named, spot

_PART = re.compile(r"\S+")


class LibraryNames:
    """Finds the names of one library."""

    def __init__(self, analysis: Analysis, library: Library) -> None:
        self.source = analysis.source
        self.library = library
        self.types: TypeNetwork | None = analysis.types

    def found(self) -> Iterator[Occurrence]:
        """Yield every occurrence."""
        library = self.library
        yield self._named("library", library.id, declares=True)
        for word in library.use:
            yield self._named("library", word)
        for decl in library.types.values():
            yield from self._type(decl)
        yield from self._relations()
        for adapter in library.adapters.values():
            name = f"{library.id.text}.{adapter.name.text}"
            yield named(Symbol("adapter", name), self.source, adapter.name, declares=True)
            for type_ in (adapter.from_, adapter.to):
                yield from self._type_name(type_)
        for rule in library.rules.values():
            yield self._named("rule", rule.name, declares=True)
            for pattern in (*rule.match, *rule.unless):
                for word in pattern:
                    yield from self._pattern(word)

    def _relations(self) -> Iterator[Occurrence]:
        for relation in self.library.relations.values():
            yield self._named("relation", relation.name, declares=True)
            for type_ in (relation.from_, relation.to):
                yield from self._type_name(type_)
            if relation.is_ is not None:
                yield self._named("relation", relation.is_)

    def _named(
        self, kind: Kind, word: Word, owner: str = "", *, declares: bool = False
    ) -> Occurrence:
        return named(Symbol(kind, word.text, owner), self.source, word, declares=declares)

    def _type_name(self, word: Word | None) -> Iterator[Occurrence]:
        if word is None:
            return
        name = self._qualified(word.text)
        home, _, bare = word.text.rpartition(".")
        place = spot(self.source, word)
        exact = place.start is not None
        if home and exact:
            yield Occurrence(Symbol("library", home), place.part(0, len(home)))
        if name:
            span = place.part(len(word.text) - len(bare), len(word.text))
            yield Occurrence(Symbol("type", name), span, exact=exact)

    def _qualified(self, text: str) -> str:
        """Return the qualified name of a type: the library's own first, then the others'."""
        own = f"{self.library.id.text}.{text}"
        if "." not in text and text in self.library.types:
            return own
        found = self.types.find(text) if self.types is not None else None
        return found.name if found is not None else ""

    def _type(self, decl: TypeDecl) -> Iterator[Occurrence]:
        name = f"{self.library.id.text}.{decl.name.text}"
        yield named(Symbol("type", name), self.source, decl.name, declares=True)
        yield from self._type_name(decl.is_)
        yield from self._ports(name, decl.takes, "input")
        yield from self._ports(name, decl.gives, "output")
        for field, span in decl.places.items():
            kind: Kind = "value" if field in decl.with_ else "field"
            yield self._named(kind, Word(field, span), name, declares=True)
        for words in decl.relations.values():
            for word in words:
                yield self._named("input", word, name)
        for call in (decl.load_word, decl.save_word, decl.sample_word):
            if call is not None:
                yield self._named("function", call, name)
        if decl.action is not None and decl.action.kind == "call":
            yield self._named("function", Word(decl.action.value, decl.action.span), name)

    def _ports(self, type_: str, ports: Mapping[str, PortDecl], kind: Kind) -> Iterator[Occurrence]:
        for port in ports.values():
            yield self._named(kind, port.name, type_, declares=True)
            yield from self._type_name(port.type)
            for relation, span in port.keys.items():
                yield self._named("relation", Word(relation, span))
            for words in port.relations.values():
                for word in words:
                    yield self._named("input", word, type_)

    def _pattern(self, word: Word) -> Iterator[Occurrence]:
        """Yield the relation of `?a relation* ?b` and the type of `?a is Type`."""
        place = spot(self.source, word)
        if place.start is None:
            return
        parts = list(_PART.finditer(word.text))
        if len(parts) != 3:
            return
        relation, target = parts[1], parts[2]
        if relation[0] == "is":
            name = self._qualified(target[0])
            bare = target[0].rpartition(".")[2]
            if name:
                span = place.part(target.end() - len(bare), target.end())
                yield Occurrence(Symbol("type", name), span)
        elif relation[0][:1].isalpha():
            text = relation[0].rstrip("*")
            span = place.part(relation.start(), relation.start() + len(text))
            yield Occurrence(Symbol("relation", text), span)


def project_names(analysis: Analysis, project: ProjectFile) -> Iterator[Occurrence]:
    """Yield the names in a `mline.yaml`: the libraries for all."""
    for word in project.types:
        yield named(Symbol("library", word.text), analysis.source, word)
