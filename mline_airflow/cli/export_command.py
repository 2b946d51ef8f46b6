"""`mline export`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from . import options
from .edge import MisuseError, no_such, say

if TYPE_CHECKING:
    from ..linked_data.rdf import Triple
    from .loading import Loaded


@click.command(name="export", short_help="Write an experiment, or one run of it, as linked data.")
@options.experiment
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonld", "turtle"]),
    help="Default: jsonld, or turtle when the output file ends in .ttl.",
)
@click.option("--run", metavar="RUN", help="Write this run's provenance; 'last' is the newest.")
@click.option("--output", "-o", type=click.Path(path_type=Path), help="Write to this file.")
@options.profile
@options.store
def command(
    experiment: str | None,
    form: str | None,
    run: str | None,
    output: Path | None,
    profile: str | None,
    store: str | None,
) -> int:
    """Write the network of EXPERIMENT in the words of ML-Schema and PROV-O (W3C).

    With --run, write what one run did: which artifacts were used and made, by what code, in
    which image, for whom, with which parameters and metrics. Nothing but the store is read.

    \b
    Examples:
      mline export -o iris.jsonld
      mline export iris --format turtle
      mline export iris --run last -o run.ttl
    """
    from ..linked_data.network import write
    from .loading import load

    loaded = load(experiment)
    triples = _network(loaded) if run is None else _run(loaded, run, store, profile)
    text = write(triples, form or ("turtle" if output and output.suffix == ".ttl" else "jsonld"))
    if output is None:
        sys.stdout.write(text)
    else:
        output.write_text(text, "utf-8")
        say(f"{output} written")
    return 0


def _network(loaded: Loaded) -> list[Triple]:
    from ..linked_data.network import export_network
    from .loading import stop

    types = loaded.analysis.types
    if types is None:
        raise stop(loaded.analysis.diagnostics)
    return export_network(loaded.experiment, loaded.network, types)


def _run(loaded: Loaded, run: str, store: str | None, profile: str | None) -> list[Triple]:
    from ..artifacts import ArtifactStore
    from ..linked_data.provenance import run_of_store
    from ..local.run import store_url
    from ..records import Records
    from .loading import keys_of

    name = loaded.experiment.id.text
    url = store or store_url(keys_of(loaded.project, profile), loaded.project.root)
    records = Records(ArtifactStore(url))
    known = [str(info["run"]) for info in records.runs(name)]
    if not known:
        raise MisuseError(f"'{name}' has no runs in {url}")
    if run != "last" and run not in known:
        raise no_such("run", run, known)
    return run_of_store(records, name, known[0] if run == "last" else run)
