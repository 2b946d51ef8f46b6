"""Cut texts into tokens and number them, with the standard library alone."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, Dict, Sequence

Document = Dict[str, Any]


def tokenize(data: list[Document], pattern: str = r"\w+", lowercase: bool = True) -> list[Document]:
    """Return the documents with `tokens` in the place of `text`."""
    # A group would make `findall` return the group and not the token.
    token = re.compile(pattern)
    result = []
    for document in data:
        text = document["text"].lower() if lowercase else document["text"]
        rest = {key: value for key, value in document.items() if key != "text"}
        result.append({**rest, "tokens": [match.group() for match in token.finditer(text)]})
    return result


def build_vocabulary(
    tokens: list[Document],
    size: int | None = None,
    least: int = 1,
    special: Sequence[str] = (),
) -> dict[str, Any]:
    """Return the output `vocabulary`: special tokens first, then by frequency, ties by name."""
    counts = Counter(token for document in tokens for token in document["tokens"])
    frequent = [
        token
        for token, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        if count >= least and token not in special
    ]
    chosen = [*special, *frequent][:size]
    return {"vocabulary": {token: number for number, token in enumerate(chosen)}}
