"""Libraries to one network of types: names looked up, inheritance merged, all of it checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .diagnostic import Collector, Related
from .library import ROOTS, Adapter, Port, Relation, Type, TypeNetwork
from .library_check import LibraryCheck
from .model import AdapterDecl, Library, PortDecl, RelationDecl, RuleDecl, TypeDecl, Word
from .names import LIBRARIES
from .suggest import did_you_mean, nearest
from .text import Span


def build_types(libraries: Iterable[Library], visible: Iterable[str]) -> TypeNetwork:
    """Join libraries into one network; problems are in its `diagnostics`."""
    network = TypeNetwork({lib.id.text: lib for lib in libraries}, tuple(dict.fromkeys(visible)))
    _Builder(network).build()
    return network


class _Builder:
    def __init__(self, network: TypeNetwork) -> None:
        self.network = network
        self.collectors = {n: Collector(lib.source) for n, lib in network.libraries.items()}
        self.open: list[str] = []

    def build(self) -> None:
        network = self.network
        self._all_types()
        for library in network.libraries.values():
            for decl in library.relations.values():
                self._relation(decl, self.collectors[library.id.text])
        for relation in list(network.relations.values()):
            self._parents(relation)
        rules: dict[str, RuleDecl] = {}  # a rule replaces a built-in one of its name
        for library in network.libraries.values():
            found = self.collectors[library.id.text]
            for adapter in library.adapters.values():
                self._adapter(adapter, found)
            rules.update(library.rules)
            self._check_rules(library, found)
            self._check_ports(library, found)
            if library.id.text not in LIBRARIES:  # the built-in ones are tested, not checked
                LibraryCheck(network, library, found).check()
        network.rules.extend(rules.values())
        for found in self.collectors.values():
            network.diagnostics.extend(found.sorted())

    def _all_types(self) -> None:
        network = self.network
        for home, library in network.libraries.items():
            for name in library.types:
                self.type(f"{home}.{name}")
        for home in network.visible:
            if home in network.libraries:
                for bare in network.libraries[home].types:
                    network.names.setdefault(bare, []).append(f"{home}.{bare}")

    # -- names -----------------------------------------------------------------------------------

    def lookup(self, word: Word, library: Library) -> str | None:
        """Return the qualified name of the type that a library means; report when there is none."""
        text = word.text
        home, _, bare = text.rpartition(".")
        visible = [library.id.text, "core", *(u.text for u in library.use)]
        if home:
            owner = self.network.libraries.get(home)
            if owner is not None and bare in owner.types:
                return text
        else:
            for name in visible:
                owner = self.network.libraries.get(_library_name(name, self.network))
                if owner is not None and text in owner.types:
                    return f"{owner.id.text}.{text}"
        known = [t for n in visible if (o := self.network.libraries.get(n)) for t in o.types]
        found = self.collectors[library.id.text]
        hint, fix = did_you_mean(text, known, word.span)
        found.add("unknown-type", word.span, f"there is no type '{text}'{hint}", fix=fix)
        return None

    def type(self, name: str) -> Type | None:
        """Return a type by its qualified name, building it and its parents first."""
        built = self.network.types.get(name)
        if built is not None:
            return built
        home, _, bare = name.rpartition(".")
        library = self.network.libraries[home]
        decl = library.types[bare]
        found = self.collectors[home]
        if name in self.open:
            chain = " is ".join(f"'{n.rpartition('.')[2]}'" for n in [*self.open, name])
            found.add("type-cycle", decl.name.span, f"a type cannot be its own parent: {chain}")
            return None
        self.open.append(name)
        try:
            parent = self._parent(name, decl, library, found)
        finally:
            self.open.pop()
        if parent is None and name not in ROOTS:
            parent = self.network.types.get("core.Entity")
        type_ = self._type(name, decl, parent, library)
        self.network.types[name] = type_
        return type_

    def _parent(self, name: str, decl: TypeDecl, library: Library, found: Collector) -> Type | None:
        if decl.is_ is None:
            if name not in ROOTS:
                message = (
                    f"the type '{decl.name.text}' needs a parent: 'is: Dataset' or another type"
                )
                found.add("missing-key", decl.name.span, message)
            return None
        parent = self.lookup(decl.is_, library)
        return None if parent is None else self.type(parent)

    def _type(self, name: str, decl: TypeDecl, parent: Type | None, library: Library) -> Type:
        kind = ROOTS.get(name) or (parent.kind if parent else "entity")
        own_codec = bool(decl.load or decl.save)
        own_action = decl.action is not None
        takes = _inherited(parent.takes if parent else {}, decl)
        takes.update(self._ports(decl.takes, library))
        gives = _inherited(parent.gives if parent else {}, decl)
        gives.update(self._ports(decl.gives, library))
        codec = name if own_codec else ""
        type_ = Type(
            name=name,
            decl=decl,
            kind=kind,
            lineage=(name, *(parent.lineage if parent else ())),
            fields={**(parent.fields if parent else {}), **decl.fields},
            required=tuple(dict.fromkeys((*(parent.required if parent else ()), *decl.required))),
            format=decl.format or (parent.format if parent else {}),
            view=decl.view or (parent.view if parent else ""),
            load=decl.load if own_codec else (parent.load if parent else ""),
            save=decl.save if own_codec else (parent.save if parent else ""),
            codec_library=library.id.text if codec else (parent.codec_library if parent else ""),
            sample=decl.sample or (parent.sample if parent else ""),
            sample_library=library.id.text
            if decl.sample
            else (parent.sample_library if parent else ""),
            better=decl.better or (parent.better if parent else ""),
            range=decl.range or (parent.range if parent else None),
            unit=decl.unit or (parent.unit if parent else ""),
            takes=takes,
            gives=gives,
            with_={**(parent.with_ if parent else {}), **decl.with_},
            relations={
                **(parent.relations if parent else {}),
                **{k: tuple(w.text for w in words) for k, words in decl.relations.items()},
            },
            needs=(*(parent.needs if parent else ()), *decl.needs),
            random=decl.random or bool(parent and parent.random),
            open=decl.open if decl.open is not None else bool(parent and parent.open),
            action_type=parent.action_type if parent and not own_action else None,
        )
        if own_action:
            object.__setattr__(type_, "action_type", type_)
        return type_

    def _ports(self, decls: Mapping[str, PortDecl], library: Library) -> dict[str, Port]:
        result = {}
        for name, decl in decls.items():
            qualified = self.lookup(decl.type, library)
            if qualified is not None and self._is_entity(qualified, decl.type, library):
                relations = {k: tuple(w.text for w in words) for k, words in decl.relations.items()}
                result[name] = Port(
                    name,
                    qualified,
                    decl.optional,
                    decl.many,
                    relations,
                    decl.doc,
                    library.source,
                    decl.name.span,
                )
        return result

    def _is_entity(self, name: str, word: Word, library: Library) -> bool:
        """Check that what moves through a port, or is adapted, is a thing and no stage."""
        built = self.type(name) if name not in self.open else None
        if built is None or built.kind == "entity":
            return True
        message = f"'{word.text}' is the type of a {built.kind}, not of an entity"
        self.collectors[library.id.text].add("wrong-kind-of-type", word.span, message)
        return False

    # -- relations, adapters, rules --------------------------------------------------------------

    def _relation(self, decl: RelationDecl, found: Collector) -> None:
        library = self.network.libraries[decl.library]
        first = self.network.relations.get(decl.name.text)
        if first is not None:
            other = Related(first.decl.source, first.decl.name.span, "it is first here")
            message = f"the relation '{decl.name.text}' is already in '{first.decl.library}'"
            found.add("duplicate-name", decl.name.span, message, related=(other,))
            return
        from_, to = self.lookup(decl.from_, library), self.lookup(decl.to, library)
        if from_ is None or to is None:
            return
        relation = Relation(decl.name.text, decl, from_, to, ())
        self.network.relations[decl.name.text] = relation
        if decl.inverse:
            self.network.inverses[decl.inverse] = decl.name.text

    def _parents(self, relation: Relation) -> None:
        parents: list[str] = []
        decl = relation.decl
        while decl.is_ is not None:
            parent = self.network.relations.get(decl.is_.text)
            found = self.collectors[decl.library]
            if parent is None:
                near = nearest(decl.is_.text, self.network.relations)
                hint = f"; did you mean '{near}'?" if near else ""
                message = f"there is no relation '{decl.is_.text}'{hint}"
                found.add("unknown-relation", decl.is_.span, message)
                break
            if parent.name == relation.name or parent.name in parents:
                message = f"the relation '{relation.name}' is its own parent"
                found.add("type-cycle", relation.decl.name.span, message)
                break
            parents.append(parent.name)
            decl = parent.decl
        object.__setattr__(relation, "parents", tuple(parents))

    def _adapter(self, decl: AdapterDecl, found: Collector) -> None:
        library = self.network.libraries[decl.library]
        from_, to = self.lookup(decl.from_, library), self.lookup(decl.to, library)
        if from_ is None or to is None:
            return
        if not self._is_entity(from_, decl.from_, library):
            return
        if not self._is_entity(to, decl.to, library):
            return
        if to in self.network.types[from_].lineage:
            message = f"'{decl.from_.text}' is a '{decl.to.text}' already; it needs no adapter"
            found.add("needless-adapter", decl.name.span, message)
        adapter = Adapter(
            decl.name.text, decl.library, from_, to, decl.lossless, float(decl.cost), decl
        )
        self.network.adapters.append(adapter)

    def _check_rules(self, library: Library, found: Collector) -> None:
        relations = {*self.network.relations, *self.network.inverses, "is", "!=", "=="}
        for rule in library.rules.values():
            for pattern in (p for group in (*rule.match, *rule.unless) for p in group):
                _subject, relation, target = pattern.text.split()
                name = relation.rstrip("*")
                if name not in relations:
                    hint = nearest(name, relations)
                    tail = f"; did you mean '{hint}'?" if hint else ""
                    message = f"there is no relation '{name}'{tail}"
                    found.add("unknown-relation", pattern.span, message)
                elif name == "is":
                    self.lookup(Word(target, pattern.span), library)

    def _check_ports(self, library: Library, found: Collector) -> None:
        for decl in library.types.values():
            type_ = self.network.types.get(f"{library.id.text}.{decl.name.text}")
            if type_ is None:
                continue
            ports = {*type_.takes, *type_.gives}
            if ports and type_.kind != "stage":
                message = f"'{decl.name.text}' is a type of {type_.kind}; only stages have ports"
                found.add("wrong-kind-of-type", decl.name.span, message)
            self._check_narrowing(type_, found)
            for port in decl.gives.values():
                for name, words in port.relations.items():
                    span = port.keys.get(name, port.name.span)
                    self._check_port_relation(name, words, span, ports, found)
            for name, words in decl.relations.items():
                self._check_port_relation(name, words, decl.name.span, ports, found)

    def _check_port_relation(
        self, name: str, words: tuple[Word, ...], span: Span, ports: set[str], found: Collector
    ) -> None:
        if name not in self.network.relations and name not in self.network.inverses:
            hint, fix = did_you_mean(name, self.network.relations, span)
            found.add("unknown-relation", span, f"there is no relation '{name}'{hint}", fix=fix)
        for word in words:
            if word.text not in ports:
                hint, fix = did_you_mean(word.text, ports, word.span)
                message = f"there is no port '{word.text}'{hint}"
                found.add("unknown-port", word.span, message, fix=fix)

    def _check_narrowing(self, type_: Type, found: Collector) -> None:
        parent = self.network.types.get(type_.lineage[1]) if len(type_.lineage) > 1 else None
        if parent is None:
            return
        for own, inherited, decls in (
            (type_.takes, parent.takes, type_.decl.takes),
            (type_.gives, parent.gives, type_.decl.gives),
        ):
            for name in decls:
                if name in inherited and name in own:
                    wide, narrow = inherited[name].type, own[name].type
                    if not self.network.accepts(wide, narrow):
                        message = (
                            f"the port '{name}' is '{wide}' in '{parent.name}', "
                            f"and '{narrow}' is not a kind of it"
                        )
                        found.add("port-type-mismatch", decls[name].type.span, message)


def _inherited(ports: Mapping[str, Port], decl: TypeDecl) -> dict[str, Port]:
    """Return a parent's ports; of optional ones, a closed type has those that it names again."""
    return {n: port for n, port in ports.items() if decl.open is not False or not port.optional}


def _library_name(use: str, network: TypeNetwork) -> str:
    """Return the id of a library that `use` names by id or by path."""
    if "/" not in use and not use.endswith((".yaml", ".yml")):
        return use
    tail = use.rpartition("/")[2]
    for name, library in network.libraries.items():
        if library.source.path.rpartition("/")[2] == tail:
            return name
    return use
