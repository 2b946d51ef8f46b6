"""Tree to model: the keys that stages share with `defaults`, stage types, adapters and services."""

from __future__ import annotations

import re
from typing import Any

from yaml import MappingNode, Node, ScalarNode, SequenceNode

from .model import Action, CodeItem, Setting
from .nodes import kind_of, span_of
from .reader import Read, Reader
from .scalars import BOOL, STR
from .text import Span

RUNNERS = ("process", "docker", "kubernetes")
ACTIONS = ("call", "run", "command")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
_CALL = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
_SECRET = re.compile(r"(?:variable\.[\w.\-]+|connection\.[\w\-]+(?:\.[\w.\-]+)?)")


class SettingsReader:
    """Reads settings and actions; one for a file."""

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
            "retry_delay": lambda n: self._wrap(n, r.pause(n)),
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

    def _wrap(self, node: Node, value: Any) -> Setting | None:
        return None if value is None else Setting(value, span_of(node))

    # -- actions ---------------------------------------------------------------------------------

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
            hint = "; leave the parentheses out" if "(" in word.text else ""
            if "/" in word.text or ".py" in word.text:
                hint = "; write folders with dots and leave '.py' out; 'code' says where they are"
            message = f"'{word.text}' is not 'module:function'{hint}"
            self.found.add("invalid-call", word.span, message)
            return None
        return Action("call", word.text, word.span)

    def script(self, node: Node) -> Action | None:
        """Read a shell script."""
        if isinstance(node, SequenceNode):
            message = "expected a script (text), found a list; an argument list is 'command'"
            self.found.add("wrong-type", span_of(node), message)
            return None
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
        if (
            path
            and not path.startswith("/")
            and ".." not in parts
            and "\\" not in path
            and "\0" not in path
        ):
            return True
        message = f"'{path}' is not a relative path below the code folder"
        self.found.add("path-outside", span, message)
        return False

    def named_values(self, node: Node) -> Setting:
        """Read `env`: names and values that may be references."""
        result: dict[str, Setting] = {}
        for key, value in self.reader.pairs(node, "a map of names and values"):
            if not _NAME.fullmatch(key.value):
                message = (
                    f"'{key.value}' cannot be an environment variable: letters, digits and '_'"
                )
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
                message = (
                    f"'{key.value}' cannot be an environment variable: letters, digits and '_'"
                )
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
        hint = ""
        if isinstance(node, ScalarNode) and node.value.lower() in {"yes", "no", "on", "off"}:
            hint = f"; in YAML 1.2 '{node.value}' is text"
        message = f"expected true, false or refresh, found {kind_of(node)}{hint}"
        self.found.add("wrong-type", span_of(node), message)
        return None

    def labels(self, node: Node) -> Setting:
        """Read `labels`: names and texts."""
        return Setting(read_labels(self.reader, node), span_of(node))


def read_labels(reader: Reader, node: Node) -> dict[str, str]:
    """Read labels of containers and pods; those that say what is whose are ours."""
    result = {}
    for key, value in reader.pairs(node, "a map of labels"):
        text = reader.text(value)
        if key.value.startswith("mline."):
            message = f"labels that begin with 'mline.' are MLine's own, as '{key.value}'"
            reader.found.add("reserved-key", span_of(key), message)
        elif text is not None:
            result[key.value] = text
    return result
