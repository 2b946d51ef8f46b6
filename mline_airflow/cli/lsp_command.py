"""`mline lsp`."""

from __future__ import annotations

import click


@click.command(name="lsp", short_help="Serve editors: the language server.")
@click.option(
    "--stdio", is_flag=True, help="Speak over standard input and output; what it always does."
)
def command(*, stdio: bool) -> int:
    """Serve an editor by the Language Server Protocol; editors start it, people need not.

    \b
    Examples:
      mline lsp --stdio
    """
    del stdio
    from ..language_server import main

    return main()
