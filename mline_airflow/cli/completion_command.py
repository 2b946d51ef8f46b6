"""`mline completion`."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command(name="completion", short_help="Print the completion script of a shell.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> int:
    """Print a script that completes commands, experiments, stages, parameters and types.

    \b
    Examples:
      bash   mline completion bash > ~/.local/share/bash-completion/completions/mline
      zsh    mline completion zsh > ~/.zfunc/_mline
      fish   mline completion fish > ~/.config/fish/completions/mline.fish
    """
    from .commands import mline

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"there is no completion for {shell}")
    click.echo(kind(mline, {}, "mline", "_MLINE_COMPLETE").source())
    return 0
