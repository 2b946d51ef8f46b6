"""Read and write corpora, tokens and vocabularies, with the standard library alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterable

if TYPE_CHECKING:
    from pathlib import Path

Document = Dict[str, Any]


def load_corpus(path: Path) -> list[Document]:
    """Return the documents: dicts with `text`."""
    return _load(path, _check_text)


def save_corpus(value: Iterable[Any], path: Path) -> None:
    """Write documents; a plain text becomes a document with `text`."""
    _save(value, path, _check_text)


def load_labelled(path: Path) -> list[Document]:
    """Return the documents: dicts with `text` and `label`."""
    return _load(path, _check_labelled)


def save_labelled(value: Iterable[Any], path: Path) -> None:
    """Write documents with labels; a pair (text, label) becomes a document."""
    pairs = (
        {"text": one[0], "label": one[1]}
        if isinstance(one, (tuple, list)) and len(one) == 2
        else one
        for one in _rows(value)
    )
    _save(pairs, path, _check_labelled)


def load_tokens(path: Path) -> list[Document]:
    """Return the documents: dicts with `tokens`."""
    return _load(path, _check_tokens)


def save_tokens(value: Iterable[Any], path: Path) -> None:
    """Write documents; a list of texts becomes a document with `tokens`."""
    documents = (
        {"tokens": list(one)} if isinstance(one, (list, tuple)) else one for one in _rows(value)
    )
    _save(documents, path, _check_tokens)


def load_vocabulary(path: Path) -> dict[str, int]:
    """Return the numbers of the tokens."""
    return _check_vocabulary(json.loads(path.read_text("utf-8")))


def save_vocabulary(value: Any, path: Path) -> None:
    """Write a dict from token to number, or a list of tokens in the order of their numbers."""
    if isinstance(value, (list, tuple)):
        value = {token: number for number, token in enumerate(value)}
    text = json.dumps(_check_vocabulary(dict(value)), ensure_ascii=False)
    path.write_text(f"{text}\n", "utf-8")


def _rows(value: Any) -> Iterable[Any]:
    rows: Iterable[Any] = value.to_dict("records") if hasattr(value, "to_dict") else value
    return rows


def _load(path: Path, check: Callable[[int, Any], None]) -> list[Document]:
    documents = []
    with path.open(encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                document = json.loads(line)
                check(number, document)
                documents.append(document)
    return documents


def _save(value: Iterable[Any], path: Path, check: Callable[[int, Any], None]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for number, one in enumerate(_rows(value), 1):
            document = {"text": one} if isinstance(one, str) else one
            check(number, document)
            file.write(f"{json.dumps(document, ensure_ascii=False, allow_nan=False)}\n")


def _check_text(number: int, document: Any) -> None:
    if not isinstance(document, dict) or not isinstance(document.get("text"), str):
        raise ValueError(f"document {number} has no text")  # noqa: TRY004 - the content of a file


def _check_labelled(number: int, document: Any) -> None:
    _check_text(number, document)
    if document.get("label") is None:
        raise ValueError(f"document {number} has no label")


def _check_tokens(number: int, document: Any) -> None:
    tokens = document.get("tokens") if isinstance(document, dict) else None
    if not isinstance(tokens, list) or not all(isinstance(token, str) for token in tokens):
        raise ValueError(f"document {number} has no list of tokens")


def _check_vocabulary(value: Any) -> dict[str, int]:
    if not isinstance(value, dict) or sorted(value.values()) != list(range(len(value))):
        raise ValueError("a vocabulary numbers its tokens from 0 without a gap")
    return value
