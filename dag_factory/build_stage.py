"""Tree to model: stages, services, and the settings that they share with `defaults`."""

from __future__ import annotations

import re
from typing import Any

from yaml import MappingNode, Node, ScalarNode, SequenceNode

from .model import Action, CodeItem, Give, Range, Service, Setting, Stage, Sweep, Take, Word
from .reader import Read, Reader
from .scalars import BOOL, INT, STR
from .suggest import listing
from .text import Span
from .tree import span_of

RUNNERS = ("process", "docker", "kubernetes")
ACTIONS = ("call", "run", "command")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
_CALL = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
_SECRET = re.compile(r"(?:variable\.[\w.\-]+|connection\.[\w\-]+(?:\.[\w.\-]+)?)")
_SCHEMES = {"http": "http", "https": "https", "grpc": "grpc", "sql": "postgresql"}
_MAX_PORT = 65535


def is_type_name(text: str) -> bool:
    """Tell a type (`CsvTable`, `core.Table`) from an id: types are CamelCase."""
    return text.rpartition(".")[2][:1].isupper()


class StageReader:
    """Reads stages and services; one for a file."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.found = reader.found
        r = reader
        self.settings_table: dict[str, Read] = {
            "image": lambda n: self._wrap(n, r.text(n)),
            "entrypoint": lambda n: self._wrap(n, r.texts(n)),
            "code": self.code,
            "env": self.named_values,
            "secrets": self.secrets,
            "runner": lambda n: self._wrap(n, r.one_of(n, RUNNERS)),
            "resources": self.resources,
            "retries": lambda n: self._wrap(n, r.integer(n, 0, 1000)),
            "retry_delay": lambda n: self._wrap(n, r.duration(n)),
            "timeout": lambda n: self._wrap(n, r.duration(n)),
            "cache": self.cache,
            "pool": lambda n: self._wrap(n, r.text(n)),
            "queue": lambda n: self._wrap(n, r.text(n)),
            "priority": lambda n: self._wrap(n, r.integer(n, -(2**31))),
            "labels": self.labels,
        }
        self.action_table: dict[str, Read] = {
            "call": self.call,
            "run": self.script,
            "command": self.command,
        }
        self.stage_table: dict[str, Read] = {
            "is": r.word,
            "doc": r.text,
            **self.action_table,
            "with": lambda n: n,
            "takes": self.takes,
            "gives": self.gives,
            "uses": r.words,
            "after": r.words,
            "when": r.word,
            "sweep": self.sweep,
            "adapt": self.adapt,
            **self.settings_table,
        }
        self.service_table: dict[str, Read] = {
            "is": r.word,
            "doc": r.text,
            "command": self.command,
            "files": self.code,
            "offers": self.offers,
            "ready": self.ready,
            "scope": lambda n: r.one_of(n, ("run", "experiment")),
            **{k: self.settings_table[k] for k in _SERVICE_SETTINGS},
        }

    def _wrap(self, node: Node, value: Any) -> Setting | None:  # noqa: ANN401 - JSON
        return None if value is None else Setting(value, span_of(node))

    # -- stages ----------------------------------------------------------------------------------

    def stage(self, key: ScalarNode, node: Node) -> Stage | None:
        """Read one entry of `stages`."""
        name = self.reader.identifier(key, "a stage")
        got = self.reader.table(node, self.stage_table, "a stage")
        if name is None:
            return None
        with_, with_keys = self.with_map(got["with"]) if "with" in got else ({}, {})
        adapt = got.get("adapt", {})
        return Stage(
            id=name,
            is_=got.get("is"),
            doc=got.get("doc", ""),
            action=self.one_action(got),
            with_=with_,
            with_keys=with_keys,
            takes=got.get("takes", {}),
            gives=got.get("gives", {}),
            uses=got.get("uses", ()),
            after=got.get("after", ()),
            when=got.get("when"),
            sweep=got.get("sweep"),
            adapt_takes=adapt.get("takes", {}),
            adapt_gives=adapt.get("gives", {}),
            settings={k: got[k] for k in self.settings_table if k in got},
            broken_action=isinstance(node, MappingNode)
            and any(k.value in ACTIONS and k.value not in got for k, _ in node.value),
        )

    def one_action(self, got: dict[str, Any]) -> Action | None:
        """Return the one of `call`, `run`, `command`; two are an error."""
        actions: list[Action] = [got[k] for k in ACTIONS if k in got]
        if len(actions) > 1:
            message = (
                f"'{actions[1].kind}' and '{actions[0].kind}' exclude each other: "
                "one of call, run, command"
            )
            self.found.add("several-actions", actions[1].span, message)
        return actions[0] if actions else None

    def call(self, node: Node) -> Action | None:
        """Read `module:function`."""
        word = self.reader.word(node)
        if word is None:
            return None
        if not _CALL.fullmatch(word.text):
            message = f"'{word.text}' is not 'module:function'"
            self.found.add("invalid-call", word.span, message)
            return None
        return Action("call", word.text, word.span)

    def script(self, node: Node) -> Action | None:
        """Read a shell script."""
        word = self.reader.word(node)
        return None if word is None else Action("run", word.text, word.span)

    def command(self, node: Node) -> Action | None:
        """Read an argument list."""
        if not isinstance(node, SequenceNode):
            hint = "; a shell script is 'run'" if node.tag == STR else ""
            self.found.add("wrong-type", span_of(node), f"expected a list of arguments{hint}")
            return None
        before = len(self.reader.refs)
        values = []
        for child in node.value:
            if not isinstance(child, ScalarNode):
                self.reader.wrong(child, "an argument (text)")
                continue
            values.append(self.reader.value(child) if child.tag == STR else str(child.value))
        refs = tuple(self.reader.refs[before:])
        del self.reader.refs[before:]
        if not values:
            self.found.add("empty-value", span_of(node), "expected at least one argument")
            return None
        return Action("command", values, span_of(node), refs)

    def with_map(self, node: Node) -> tuple[dict[str, Setting], dict[str, Span]]:
        """Read the values of `with`."""
        values: dict[str, Setting] = {}
        keys: dict[str, Span] = {}
        for key, value in self.reader.pairs(node, "a map of values"):
            if not _NAME.fullmatch(key.value):
                message = f"'{key.value}' cannot be a name: letters, digits and '_'"
                self.found.add("invalid-id", span_of(key), message)
                continue
            values[key.value] = self.reader.setting(value)
            keys[key.value] = span_of(key)
        return values, keys

    def takes(self, node: Node) -> dict[str, Take]:
        """Read `port: reference` and `port: [reference, …]`."""
        result = {}
        for key, value in self.reader.pairs(node, "a map of ports"):
            port = self.reader.identifier(key, "a port")
            refs = self.reader.words(value)
            if port is not None and refs:
                result[port.text] = Take(port, refs, isinstance(value, SequenceNode))
        return result

    def gives(self, node: Node) -> dict[str, Give]:
        """Read `port: Type`, `port: entity`, `port: {is: Type, relation: port}`."""
        result = {}
        for key, value in self.reader.pairs(node, "a map of ports"):
            port = self.reader.identifier(key, "a port")
            give = self._give(port, value) if port is not None else None
            if give is not None:
                result[give.port.text] = give
        return result

    def _give(self, port: Word, node: Node) -> Give | None:
        if not isinstance(node, MappingNode):
            word = self.reader.word(node)
            if word is None:
                return None
            typed = is_type_name(word.text)
            return Give(port, word if typed else None, None if typed else word, {})
        is_: Word | None = None
        doc = ""
        relations: dict[str, tuple[Word, ...]] = {}
        for key, value in self.reader.pairs(node):
            if key.value == "is":
                is_ = self.reader.word(value)
            elif key.value == "doc":
                doc = self.reader.text(value) or ""
            else:
                relations[key.value] = self.reader.words(value) or ()
        if is_ is None:
            if all(k.value != "is" for k, _ in node.value):
                start = node.start_mark.index
                message = f"the output '{port.text}' needs the key 'is'"
                self.found.add("missing-key", Span(start, start), message)
            return None
        typed = is_type_name(is_.text)
        return Give(port, is_ if typed else None, None if typed else is_, relations, doc)

    def adapt(self, node: Node) -> dict[str, dict[str, Word]]:
        """Read `adapt: {takes: {port: module:function}, gives: {…}}`."""

        def functions(child: Node) -> dict[str, Word]:
            result = {}
            for key, value in self.reader.pairs(child, "a map of ports"):
                action = self.call(value)
                if action is not None:
                    result[key.value] = Word(action.value, action.span)
            return result

        return self.reader.table(node, {"takes": functions, "gives": functions}, "'adapt'")

    # -- sweeps ----------------------------------------------------------------------------------

    def sweep(self, node: Node) -> Sweep | None:
        """Read `sweep`."""
        r = self.reader
        table: dict[str, Read] = {
            "over": self._over,
            "search": lambda n: r.one_of(n, ("grid", "random", "optuna")),
            "trials": r.natural,
            "parallel": r.natural,
            "seed": r.integer,
            "pick": r.word,
        }
        got = r.table(node, table, "'sweep'")
        if not r.require(got, node, ["over"], "a sweep"):
            return None
        return Sweep(span=span_of(node), **got)

    def _over(self, node: Node) -> dict[Word, Any] | None:
        result: dict[Word, Any] = {}
        for key, value in self.reader.pairs(node, "a map of names and values"):
            if isinstance(value, SequenceNode):
                values: Any = tuple(self.reader.plain(child) for child in value.value)
                if not values:
                    self.found.add("empty-value", span_of(value), "expected at least one value")
                    continue
            else:
                values = self._range(value)
            if values is not None:
                result[Word(key.value, span_of(key))] = values
        if not result and isinstance(node, MappingNode) and not node.value:
            self.found.add("empty-value", span_of(node), "a sweep needs a name to go over")
        return result or None

    def _range(self, node: Node) -> Range | None:
        r = self.reader
        if not isinstance(node, MappingNode):
            r.wrong(node, "a list of values, or {from, to, steps}")
            return None
        table: dict[str, Read] = {
            "from": r.number,
            "to": r.number,
            "steps": lambda n: r.integer(n, 1, 10_000),
            "scale": lambda n: r.one_of(n, ("linear", "log")),
        }
        got = r.table(node, table, "a range")
        if not r.require(got, node, ["from", "to"], "a range"):
            return None
        low, high = got["from"], got["to"]
        scale = got.get("scale", "linear")
        if low >= high:
            self.found.add("out-of-range", span_of(node), f"'from' ({low}) must be below 'to' ({high})")
            return None
        if scale == "log" and low <= 0:
            self.found.add("out-of-range", span_of(node), "a log scale starts above zero")
            return None
        whole = isinstance(low, int) and isinstance(high, int)
        return Range(low, high, got.get("steps"), scale, whole, span_of(node))

    # -- settings --------------------------------------------------------------------------------

    def code(self, node: Node) -> Setting | None:
        """Read `code`: a path, an inline map, or a list of these."""
        nodes = node.value if isinstance(node, SequenceNode) else [node]
        items: list[CodeItem] = []
        for child in nodes:
            if isinstance(child, MappingNode):
                for key, value in self.reader.pairs(child):
                    text = self.reader.text(value)
                    if text is not None and self._inside(key.value, span_of(key)):
                        items.append(CodeItem(span_of(key), to=key.value, text=text))
            else:
                word = self.reader.word(child)
                if word is not None:
                    items.append(CodeItem(word.span, path=word.text))
        return Setting(tuple(items), span_of(node)) if items else None

    def _inside(self, path: str, span: Span) -> bool:
        parts = path.split("/")
        if path and not path.startswith("/") and ".." not in parts and "\\" not in path and "\0" not in path:
            return True
        message = f"'{path}' is not a relative path below the code folder"
        self.found.add("path-outside", span, message)
        return False

    def named_values(self, node: Node) -> Setting:
        """Read `env`: names and values that may be references."""
        result: dict[str, Setting] = {}
        for key, value in self.reader.pairs(node, "a map of names and values"):
            if not _NAME.fullmatch(key.value):
                message = f"'{key.value}' cannot be an environment variable"
                self.found.add("invalid-id", span_of(key), message)
            elif not isinstance(value, ScalarNode):
                self.reader.wrong(value, "text or a number")
            elif value.tag == STR:
                result[key.value] = self.reader.setting(value)
            else:
                result[key.value] = Setting(value.value, span_of(value))
        return Setting(result, span_of(node))

    def secrets(self, node: Node) -> Setting:
        """Read `secrets`: names and where Airflow keeps the value."""
        result: dict[str, str] = {}
        for key, value in self.reader.pairs(node, "a map of names"):
            word = self.reader.word(value)
            if word is None:
                continue
            if not _NAME.fullmatch(key.value):
                message = f"'{key.value}' cannot be an environment variable"
                self.found.add("invalid-id", span_of(key), message)
            elif not _SECRET.fullmatch(word.text):
                message = (
                    "a secret is named, never written: variable.KEY, or connection.ID.password "
                    "(or .login, .host, .port, .schema, .uri, .extra.KEY)"
                )
                self.found.add("invalid-secret", word.span, message)
            else:
                result[key.value] = word.text
        return Setting(result, span_of(node))

    def resources(self, node: Node) -> Setting:
        """Read `resources {cpu, memory, gpu}`."""
        r = self.reader
        table: dict[str, Read] = {"cpu": r.cpu, "memory": r.memory, "gpu": r.integer}
        return Setting(r.table(node, table, "'resources'"), span_of(node))

    def cache(self, node: Node) -> Setting | None:
        """Read `true`, `false` or `refresh`."""
        if node.tag == BOOL:
            return self._wrap(node, self.reader.boolean(node))
        if isinstance(node, ScalarNode) and node.value == "refresh":
            return Setting("refresh", span_of(node))
        self.reader.wrong(node, "true, false or refresh")
        return None

    def labels(self, node: Node) -> Setting:
        """Read `labels`: names and texts."""
        result = {}
        for key, value in self.reader.pairs(node, "a map of labels"):
            text = self.reader.text(value)
            if text is not None:
                result[key.value] = text
        return Setting(result, span_of(node))

    # -- services --------------------------------------------------------------------------------

    def service(self, key: ScalarNode, node: Node) -> Service | None:
        """Read one entry of `services`."""
        name = self.reader.identifier(key, "a service")
        got = self.reader.table(node, self.service_table, "a service")
        if name is None:
            return None
        files: Setting | None = got.get("files")
        action: Action | None = got.get("command")
        offers = got.get("offers", {})
        for check in got.get("ready", ()):
            end = check.get("endpoint")
            if end is not None and end not in offers:
                message = f"'{end}' is not offered by '{name.text}' (it offers {listing(offers)})"
                self.found.add("unknown-endpoint", check["span"], message)
        return Service(
            id=name,
            is_=got.get("is"),
            doc=got.get("doc", ""),
            command=None if action is None else Setting(action.value, action.span, action.refs),
            files=() if files is None else files.value,
            offers=offers,
            ready=got.get("ready", ()),
            scope=got.get("scope", "run"),
            settings={k: got[k] for k in _SERVICE_SETTINGS if k in got},
        )

    def offers(self, node: Node) -> dict[str, tuple[int, str]]:
        """Read `offers: {endpoint: port}` or `{endpoint: {port, scheme}}`."""
        r = self.reader
        result = {}
        for key, value in r.pairs(node, "a map of endpoints"):
            name = r.identifier(key, "an endpoint")
            scheme = _SCHEMES.get(key.value, "tcp")
            if isinstance(value, MappingNode):
                table: dict[str, Read] = {"port": self._port, "scheme": r.text}
                got = r.table(value, table, "an endpoint")
                if not r.require(got, value, ["port"], "an endpoint"):
                    continue
                port, scheme = got["port"], got.get("scheme", scheme)
            else:
                port = self._port(value)
            if name is not None and port is not None:
                result[name.text] = (port, scheme)
        return result

    def _port(self, node: Node) -> int | None:
        return self.reader.integer(node, 1, _MAX_PORT)

    def ready(self, node: Node) -> tuple[dict[str, Any], ...]:
        """Read one readiness check or a list of them."""
        nodes = node.value if isinstance(node, SequenceNode) else [node]
        checks = (self._ready(child) for child in nodes)
        return tuple(check for check in checks if check is not None)

    def _ready(self, node: Node) -> dict[str, Any] | None:
        r = self.reader
        table: dict[str, Read] = {
            "endpoint": r.text,
            "tcp": lambda n: r.boolean(n) if n.tag in (BOOL, INT) else r.text(n),
            "http": r.text,
            "command": r.texts,
            "log": r.text,
            "within": r.duration,
        }
        got = r.table(node, table, "'ready'")
        ways = [k for k in ("tcp", "http", "command", "log") if k in got]
        if len(ways) > 1:
            message = f"'{ways[0]}' and '{ways[1]}' are two checks; write a list of two"
            self.found.add("several-actions", span_of(node), message)
        if isinstance(got.get("tcp"), str):
            got["endpoint"] = got["tcp"]
            got["tcp"] = True
        if "log" in got:
            try:
                re.compile(got["log"])
            except (re.error, OverflowError, RecursionError) as error:
                message = f"'{got['log']}' is not a regular expression: {error}"
                self.found.add("invalid-pattern", span_of(node), message)
                return None
        got["span"] = span_of(node)
        return got if isinstance(node, MappingNode) else None


_SERVICE_SETTINGS = ("image", "entrypoint", "env", "secrets", "runner", "resources", "labels")
