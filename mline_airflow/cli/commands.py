"""The group of commands; the module of a command is imported when the command is used."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any, Final

import click

from mline_airflow import __version__
from mline_airflow.dag_factory.suggest import nearest

from .edge import INTERRUPTED, MISUSE, guarded, say

_SECTIONS: Final = {
    "Write": ("init", "check", "format", "schema", "types"),
    "Look": ("show", "plan"),
    "Run": ("run", "test", "quickstart"),
    "Results": ("artifacts", "export"),
    "Tools": ("lsp", "reap", "completion"),
}
_MODULES: Final = {name: f".{name}_command" for names in _SECTIONS.values() for name in names}


class _Commands(click.Group):
    """Commands by name; a wrong name is answered with the nearest one."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_MODULES)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        cmd_name: str,
    ) -> click.Command | None:
        module = _MODULES.get(cmd_name)
        if module is None:
            return None
        command: click.Command = import_module(module, __package__).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in _MODULES and not args[0].startswith("-"):
            near = nearest(args[0], _MODULES)
            hint = f"; did you mean '{near}'?" if near else f"; commands: {', '.join(_MODULES)}"
            raise click.UsageError(f"no such command '{args[0]}'{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for section, names in _SECTIONS.items():
            rows = []
            for name in names:
                command = self.get_command(ctx, name)
                if command is not None:
                    rows.append((name, command.get_short_help_str(70)))
            with formatter.section(section):
                formatter.write_dl(rows)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="mline", message="%(prog)s %(version)s")
def mline() -> None:
    """Machine-learning experiments as semantic networks in YAML, run by Apache Airflow.

    \b
    Start here:
      mline init my-project       write a small project that works
      cd my-project
      mline check                 say what is wrong, and where
      mline run                   run the experiment here, without Airflow
      mline show --format svg     draw it

    EXPERIMENT in the commands is a file NAME.mline.yaml, the id of an experiment, or a folder
    that has only one; left out, it is the one of this folder. The exit status is 0, 1 for errors
    in a file or a run that failed, 2 for a wrong command line, 130 after Ctrl-C.
    """


def run(words: Sequence[str]) -> int:
    """Run a command line through click and return its exit status."""
    return guarded(lambda: _run(list(words)))


def _run(words: list[str]) -> int:
    try:
        result: Any = mline.main(words, prog_name="mline", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return MISUSE
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "mline"
        message = _in_our_voice(error.format_message())
        say(f"{message}; see '{path} --help'")
        return MISUSE
    except click.ClickException as error:
        say(_in_our_voice(error.format_message()))
        return MISUSE
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.Abort:
        say("interrupted")
        return INTERRUPTED
    return result if isinstance(result, int) else 0


def _in_our_voice(message: str) -> str:
    """Return a message of click as one line, lower case, without a full stop."""
    line = " ".join(message.split()).rstrip(".")
    for theirs, ours in (
        ("a valid integer range", "a whole number"),
        ("a valid integer", "a whole number"),
        ("a valid float range", "a number"),
    ):
        line = line.replace(f"is not {theirs}", f"is not {ours}")
    return line[:1].lower() + line[1:]
