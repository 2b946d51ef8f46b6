"""Tree to model: `mline.yaml`."""

from __future__ import annotations

from typing import Any

from yaml import MappingNode, Node

from .build_docker import docker_settings
from .build_experiment import check_version
from .build_settings import RUNNERS, read_labels
from .diagnostic import Collector
from .model import Profile, ProjectFile
from .nodes import span_of
from .reader import ID, Read, Reader
from .text import Span
from .tree import Tree


def build_project(tree: Tree, found: Collector) -> ProjectFile:
    """Read a project file; an empty one is a project of defaults."""
    reader = Reader(found)
    if tree.root is None:
        return ProjectFile(found.source)
    places: dict[str, Span] = {}
    table: dict[str, Read] = {
        "mline": lambda n: check_version(reader, n),
        "project": reader.text,
        "doc": reader.text,
        "types": reader.words,
        "profiles": lambda n: _profiles(reader, n),
        "environments": reader.texts,
        "rules": lambda n: _rules(reader, n, places),
    }
    got = reader.table(tree.root, table, "a project")
    return ProjectFile(
        source=found.source,
        name=got.get("project", ""),
        types=got.get("types", ()),
        profiles=got.get("profiles", {}),
        environments=got.get("environments", ()),
        rules=got.get("rules", {}),
        rule_places=places,
    )


def _profiles(reader: Reader, node: Node) -> dict[str, Profile]:
    result = {}
    for key, value in reader.pairs(node, "a map of profiles"):
        if not ID.fullmatch(key.value):
            message = f"'{key.value}' cannot be the id of a profile"
            reader.found.add("invalid-id", span_of(key), message)
            continue
        table: dict[str, Read] = {
            "doc": reader.text,
            "runner": lambda n: reader.one_of(n, RUNNERS),
            "store": reader.text,
            "image": reader.text,
            "image_prefix": reader.text,
            "namespace": reader.text,
            "pool": reader.text,
            "queue": reader.text,
            "retries": reader.integer,
            "retry_delay": reader.duration,
            "timeout": reader.duration,
            "resources": lambda n: _resources(reader, n),
            "labels": lambda n: read_labels(reader, n),
            "env": lambda n: _texts(reader, n),
            "docker": lambda n: docker_settings(reader, n),
            "kubernetes": reader.plain,
            "shared_folder": reader.text,
        }
        result[key.value] = Profile(key.value, reader.table(value, table, "a profile"))
    if isinstance(node, MappingNode) and not node.value:
        start = node.start_mark.index
        reader.found.add("empty-value", Span(start, start + 1), "expected at least one profile")
    return result


def _resources(reader: Reader, node: Node) -> dict[str, Any]:
    table: dict[str, Read] = {"cpu": reader.cpu, "memory": reader.memory, "gpu": reader.integer}
    return reader.table(node, table, "'resources'")


def _texts(reader: Reader, node: Node) -> dict[str, str]:
    pairs = ((k.value, reader.text(v)) for k, v in reader.pairs(node))
    return {key: text for key, text in pairs if text is not None}


def _rules(reader: Reader, node: Node, places: dict[str, Span]) -> dict[str, str]:
    result = {}
    for key, value in reader.pairs(node, "a map of rules and levels"):
        level = reader.one_of(value, ("off", "info", "warning", "error"))
        places[key.value] = span_of(key)
        if level is not None:
            result[key.value] = level
    return result
