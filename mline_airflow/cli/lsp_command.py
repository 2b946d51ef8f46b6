"""`mline lsp`."""

from __future__ import annotations

import sys

import click


@click.command(
    name="lsp", short_help="Serve editors: the language server, over standard input and output."
)
def command() -> int:
    """Serve editors: the language server, over standard input and output.

    An editor starts it; it speaks the Language Server Protocol 3.17. What it says of a file is
    what `mline check` says. See docs/language-server.md.
    """
    from ..language_server.stdio import serve

    return serve(sys.stdin.buffer, sys.stdout.buffer)
