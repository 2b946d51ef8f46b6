"""Requests and answers of the routes that ask the compiler about a text."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field, StringConstraints

from .messages import EXAMPLE, Answer, Path, Strict, Text


class Document(Strict):
    """A text in the place of a file, saved or not."""

    path: Path
    text: Text
    model_config = ConfigDict(
        json_schema_extra={"example": {"path": "hello.mline.yaml", "text": EXAMPLE}},
        extra="forbid",
    )


class PlanDocument(Document):
    """A text and the profile to compile it under."""

    profile: Annotated[str, StringConstraints(max_length=100)] | None = None
    model_config = ConfigDict(
        json_schema_extra={
            "example": {"path": "hello.mline.yaml", "text": EXAMPLE, "profile": None}
        },
        extra="forbid",
    )


class Plan(Answer):
    """A plan, or null with the findings that stand in its way."""

    plan: dict[str, Any] | None
    diagnostics: list[dict[str, Any]]


class LspDocument(Strict):
    """An open text: its `uri` is `mline:/PATH`."""

    uri: Annotated[str, StringConstraints(max_length=600)]
    text: Text
    version: int


class Lsp(Strict):
    """Messages for the language server, and the texts that are open."""

    documents: list[LspDocument] = Field(max_length=50)
    messages: list[dict[str, Any]] = Field(max_length=100)
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "documents": [{"uri": "mline:/hello.mline.yaml", "text": EXAMPLE, "version": 1}],
                "messages": [
                    {
                        "jsonrpc": "2.0",
                        "id": 1,
                        "method": "textDocument/hover",
                        "params": {
                            "textDocument": {"uri": "mline:/hello.mline.yaml"},
                            "position": {"line": 1, "character": 2},
                        },
                    }
                ],
            }
        },
        extra="forbid",
    )


class LspAnswer(Answer):
    """The language server's messages."""

    messages: list[dict[str, Any]]
