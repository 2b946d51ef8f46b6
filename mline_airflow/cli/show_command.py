"""`mline show`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from . import options
from .edge import colour_wanted, say


@click.command(name="show", short_help="Draw the network of an experiment.")
@options.experiment
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "svg", "mermaid", "dot"]),
    help="Default: text, or what the name of the output file says (.svg, .mmd, .dot, .gv).",
)
@click.option("--relations/--no-relations", default=True, help="Show what holds between entities.")
@click.option("--output", "-o", type=click.Path(path_type=Path), help="Write to this file.")
def command(
    experiment: str | None, form: str | None, output: Path | None, *, relations: bool
) -> int:
    """Draw the semantic network of EXPERIMENT: entities, services, stages, and what joins them.

    A broken experiment is drawn as far as it is understood. The SVG needs no other program and
    follows the light or dark of whoever shows it.

    \b
    Examples:
      mline show
      mline show iris -o iris.svg
      mline show --format mermaid >> README.md
      mline show --format dot | dot -Tpng > iris.png
    """
    from ..drawing.picture import picture, render
    from .loading import load

    loaded = load(experiment)
    after = {s.id.text: [w.text for w in s.after] for s in loaded.experiment.stages.values()}
    drawn = picture(loaded.network, loaded.analysis.types, relations=relations, after=after)
    colour = output is None and colour_wanted()
    text = render(drawn, form or _by_name(output), colour=colour)
    if output is None:
        sys.stdout.write(text)
        return 0
    output.write_text(text, "utf-8")
    say(f"{output} written")
    return 0


def _by_name(output: Path | None) -> str:
    names = {".svg": "svg", ".mmd": "mermaid", ".mermaid": "mermaid", ".dot": "dot", ".gv": "dot"}
    return names.get(output.suffix, "text") if output else "text"
