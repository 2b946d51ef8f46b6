"""Arguments and options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from . import completing

Command = TypeVar("Command", bound=Callable[..., Any])


def experiment(function: Command) -> Command:
    """Take `EXPERIMENT`: a file, an id, a folder with one; this folder when it is left out."""
    argument = click.argument("experiment", required=False, shell_complete=completing.experiments)
    return argument(function)


def profile(function: Command) -> Command:
    """Take `--profile`."""
    return _profile("MLINE_PROFILE, else the first")(function)


def local_profile(function: Command) -> Command:
    """Take `--profile` of a run without Airflow."""
    return _profile("MLINE_PROFILE, else the first with `runner: process`")(function)


def _profile(default: str) -> Callable[[Command], Command]:
    return click.option(
        "--profile",
        metavar="NAME",
        shell_complete=completing.profiles,
        help=f"The profile of mline.yaml to run under. Default: {default}.",
    )


def store(function: Command) -> Command:
    """Take `--store`."""
    option = click.option(
        "--store",
        metavar="URL",
        help="The artifact store: a folder or an fsspec URL. Default: .mline/store of the project.",
    )
    return option(function)


def params(function: Command) -> Command:
    """Take `-p name=value`."""
    option = click.option(
        "--param",
        "-p",
        "params",
        multiple=True,
        metavar="NAME=VALUE",
        shell_complete=completing.parameters,
        help="Set a parameter; the value is JSON, or plain text. May be given more than once.",
    )
    return option(function)


def local(function: Command) -> Command:
    """Take what `run` and `test` share: `--store`, `--parallel`, `--processes`."""
    processes = click.option(
        "--processes",
        is_flag=True,
        help="Run every stage as a process of this machine, whatever the file says.",
    )
    parallel = click.option(
        "--parallel",
        metavar="NUMBER",
        type=click.IntRange(1, 256),
        default=4,
        show_default=True,
        help="How many stages at once.",
    )
    return store(parallel(processes(function)))
