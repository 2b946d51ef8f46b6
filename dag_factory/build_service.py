"""Tree to model: services."""

from __future__ import annotations

import re
import warnings
from typing import Any

from yaml import MappingNode, Node, ScalarNode, SequenceNode

from .build_settings import SettingsReader
from .model import Action, Service, Setting, Word
from .nodes import span_of
from .protocols import PROTOCOLS, Endpoint, guess
from .reader import Read
from .scalars import BOOL, INT
from .suggest import did_you_mean, listing

_MAX_PORT = 65535
_SETTINGS = ("image", "entrypoint", "env", "secrets", "runner", "resources", "labels")


class ServiceReader:
    """Reads services; one for a file."""

    def __init__(self, settings: SettingsReader) -> None:
        self.reader = r = settings.reader
        self.found = settings.found
        self.table: dict[str, Read] = {
            "is": r.word,
            "doc": r.text,
            "command": settings.command,
            "files": settings.code,
            "offers": self.offers,
            "ready": self.ready,
            "scope": lambda n: r.one_of(n, ("run", "experiment")),
            **{k: settings.settings_table[k] for k in _SETTINGS},
        }

    def service(self, key: ScalarNode, node: Node) -> Service | None:
        """Read one entry of `services`."""
        name = self.reader.identifier(key, "a service")
        got = self.reader.table(node, self.table, "a service")
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
            elif end is None and not offers and ("http" in check or "tcp" in check):
                message = f"'{name.text}' offers no endpoint to ask; add 'offers'"
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
            settings={k: got[k] for k in _SETTINGS if k in got},
        )

    def offers(self, node: Node) -> dict[str, Endpoint]:
        """Read `offers: {endpoint: port}` or `{endpoint: {port, protocol, scheme}}`."""
        r = self.reader
        result = {}
        for key, value in r.pairs(node, "a map of endpoints"):
            name = r.identifier(key, "an endpoint")
            protocol, scheme = None, None
            if isinstance(value, MappingNode):
                table: dict[str, Read] = {
                    "port": self._port,
                    "protocol": r.word,
                    "scheme": r.text,
                }
                got = r.table(value, table, "an endpoint")
                if not r.require(got, value, ["port"], "an endpoint"):
                    continue
                port, scheme = got["port"], got.get("scheme")
                protocol = self._protocol(got.get("protocol"), scheme)
            else:
                port = self._port(value)
            if name is not None and port is not None:
                protocol = protocol or guess(name.text, scheme)
                known = PROTOCOLS.get(protocol)
                scheme = scheme or (known.scheme if known else "tcp")
                result[name.text] = Endpoint(port, scheme, protocol)
        return result

    def _protocol(self, word: Word | None, scheme: str | None) -> str | None:
        """Return a protocol that is known, or one of the user's own, which says its scheme."""
        if word is None or word.text in PROTOCOLS:
            return word.text if word else None
        if scheme is not None:
            own = self.reader.check_id(word, "a protocol")
            return own.text if own else None
        hint, fix = did_you_mean(word.text.lower(), PROTOCOLS, word.span)
        hint = hint or f"; known are {listing(PROTOCOLS, 20)}, one of your own needs a 'scheme'"
        message = f"'{word.text}' is not a protocol{hint}"
        self.found.add("unknown-protocol", word.span, message, fix=fix)
        return None

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
            "command": lambda n: list(r.texts(n) or ()) or None,
            "log": r.text,
            "within": r.duration,
        }
        got = r.table(node, table, "'ready'")
        if isinstance(node, MappingNode) and not node.value:
            self.found.add("empty-value", span_of(node), "expected one of tcp, http, command, log")
        ways = [k for k in ("tcp", "http", "command", "log") if k in got]
        if len(ways) > 1:
            message = f"'{ways[0]}' and '{ways[1]}' are two checks; write a list of two"
            self.found.add("several-actions", span_of(node), message)
        if isinstance(got.get("tcp"), str):
            got["endpoint"] = got["tcp"]
            got["tcp"] = True
        if "log" in got:
            try:
                with warnings.catch_warnings():  # what a future Python may read otherwise
                    warnings.simplefilter("ignore")
                    re.compile(got["log"])
            except (re.error, OverflowError, RecursionError) as error:
                message = f"'{got['log']}' is not a regular expression: {error}"
                self.found.add("invalid-pattern", span_of(node), message)
                return None
        got["span"] = span_of(node)
        return got if isinstance(node, MappingNode) else None
