"""`mline artifacts`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..byte_size import byte_size
from . import options
from .edge import MisuseError, colour_wanted, no_such, say

if TYPE_CHECKING:
    from ..artifacts import Artifact, ArtifactStore
    from ..records import Record, Records


@click.group(name="artifacts", short_help="What runs gave: list, get, verify, gc.")
def command() -> None:
    """Look at the artifacts of a store, take them out, verify them, and remove old ones.

    An artifact is named by its digest (the first 8 characters do), or by what it is:
    `experiment.entity` for the newest, `experiment.entity@run` for one run's.

    \b
    Examples:
      mline artifacts list iris
      mline artifacts get iris.fit.model model.joblib
      mline artifacts verify
      mline artifacts gc --dry-run
    """


def _store(url: str | None, profile: str | None) -> ArtifactStore:
    from mline_airflow.dag_factory.project import Project

    from ..artifacts import ArtifactStore
    from ..local.run import store_url
    from .loading import keys_of
    from .places import absolute

    if url is not None:
        return ArtifactStore(url)
    project = Project.open(absolute("."), base=Path.cwd())
    return ArtifactStore(store_url(keys_of(project, profile), project.root))


@command.command(name="list")
@click.argument("experiment", required=False)
@click.option("--run", metavar="RUN", help="Only what this run gave.")
@click.option(
    "--all", "every", is_flag=True, help="Every run, not only the newest of each experiment."
)
@options.store
@options.profile
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(
    experiment: str | None,
    run: str | None,
    store: str | None,
    profile: str | None,
    *,
    every: bool,
    as_json: bool,
) -> int:
    """List what runs gave, newest run first: entity, type, size, digest."""
    from ..records import Records

    records = Records(_store(store, profile))
    _known(records, experiment)
    if run is not None:
        _known_run(records, experiment, run)
    rows = list(_outputs(records, experiment, run, every=every))
    if as_json:
        sys.stdout.write(json.dumps(rows, ensure_ascii=False, indent=2) + "\n")
        return 0
    if not rows:
        say("there is nothing yet; 'mline run' fills the store")
        return 0
    _print_rows(rows)
    return 0


def _known(records: Records, experiment: str | None) -> None:
    if experiment is not None:
        known = records.experiments()
        if experiment not in known:
            raise no_such("experiment", experiment, known)


def _known_run(records: Records, experiment: str | None, run: str) -> None:
    names = [experiment] if experiment else records.experiments()
    known = dict.fromkeys(info["run"] for name in names for info in records.runs(name))
    if run not in known:
        raise no_such("run", run, known)


def _print_rows(rows: list[dict[str, Any]]) -> None:
    from ..ansi import Paint

    paint = Paint(colour=colour_wanted())
    wide = {k: max(len(str(row[k])) for row in rows) for k in ("name", "type")}
    shown = ""
    for row in rows:
        if row["run"] != shown:
            shown = row["run"]
            sys.stdout.write(f"{paint('strong', row['experiment'])} {shown}\n")
        name, kind = row["name"].ljust(wide["name"]), row["type"].ljust(wide["type"])
        sys.stdout.write(
            f"  {name}  {paint('type', kind)}  {byte_size(row['size']):>8}  {row['digest'][7:19]}\n"
        )


def _outputs(
    records: Records, experiment: str | None, run: str | None, *, every: bool
) -> Iterator[dict[str, Any]]:
    for name in [experiment] if experiment else records.experiments():
        runs = records.runs(name)
        for info in runs if every or run else runs[:1]:
            if run is None or info["run"] == run:
                yield from _outputs_of(records.run(name, info["run"]))


def _outputs_of(found: list[Record]) -> Iterator[dict[str, Any]]:
    for record in found:
        instance = f"[{record['instance']}]" if record.get("instance") else ""
        if record["status"] != "success":
            continue
        for port, output in record.get("outputs", {}).items():
            yield {
                "experiment": record["experiment"],
                "run": record["run"],
                "task": record["task"],
                "port": port,
                "name": f"{output['entity']}{instance}",
                "type": output["type"],
                "kind": output["kind"],
                "size": output["size"],
                "digest": output["digest"],
            }


def _find(store: ArtifactStore, name: str) -> Artifact:
    """Return the artifact that a name means. Raises MisuseError."""
    from ..records import Records

    digest = name.removeprefix("sha256:")
    if len(digest) >= 8 and all(c in "0123456789abcdef" for c in digest):
        matches = {a.digest: a for a in store.all() if a.hex.startswith(digest)}
        if len(matches) == 1:
            return next(iter(matches.values()))
        if matches:
            raise MisuseError(
                f"'{name}' is the beginning of {len(matches)} digests; write more of it"
            )
        raise MisuseError(f"there is no artifact '{name}' in {store.url}")
    experiment, _, rest = name.partition(".")
    entity, _, run = rest.partition("@")
    if not entity:
        raise MisuseError(f"'{name}' is neither a digest nor experiment.entity")
    records = Records(store)
    _known(records, experiment)
    rows = list(_outputs(records, experiment, run or None, every=True))
    for row in rows:
        if row["name"] == entity:
            return store.find(row["digest"])
    if run:
        _known_run(records, experiment, run)
    raise no_such("entity", entity, dict.fromkeys(row["name"] for row in rows), plural="entities")


@command.command(name="get")
@click.argument("artifact")
@click.argument("target", type=click.Path(path_type=Path))
@options.store
@options.profile
def get(artifact: str, target: Path, store: str | None, profile: str | None) -> int:
    """Copy ARTIFACT out of the store to TARGET, and verify every byte of it."""
    where = _store(store, profile)
    found = _find(where, artifact)
    if target.exists():
        raise MisuseError(f"{target} exists already; nothing was written")
    where.get(found, target)
    say(f"{target}: {byte_size(found.size)}, {found.digest}")
    return 0


@command.command(name="verify")
@click.argument("artifacts", nargs=-1)
@options.store
@options.profile
def verify(artifacts: tuple[str, ...], store: str | None, profile: str | None) -> int:
    """Read artifacts whole and compare them with their digests; all of the store by default."""
    from ..failures import StoreError

    where = _store(store, profile)
    wrong = count = 0
    for one in [_find(where, name) for name in artifacts] if artifacts else where.all():
        count += 1
        try:
            where.verify(one)
        except StoreError as error:
            wrong += 1
            click.echo(str(error))
    say(f"{count} verified, {wrong} wrong" if wrong else f"{count} verified, all right")
    return 1 if wrong else 0


@command.command(name="gc")
@click.option(
    "--older-than",
    "days",
    metavar="DAYS",
    type=click.FloatRange(0),
    default=7.0,
    show_default=True,
    help="Keep what is younger, whether a record names it or not.",
)
@click.option(
    "--keep-runs",
    metavar="NUMBER",
    type=click.IntRange(1),
    help="First forget all but the newest runs of each experiment.",
)
@click.option("--dry-run", is_flag=True, help="Remove nothing; say what would be.")
@options.store
@options.profile
def gc(
    days: float, keep_runs: int | None, store: str | None, profile: str | None, *, dry_run: bool
) -> int:
    """Remove what no record names any more, and no run can need."""
    from ..artifacts import collect_garbage
    from ..records import Records

    where = _store(store, profile)
    records = Records(where)
    forgotten = _old_runs(records, keep_runs)
    if not dry_run:
        for experiment, run in forgotten:
            records.remove_run(experiment, run)
    gone = set(forgotten)
    named = records.artifacts(lambda r: (r["experiment"], r["run"]) not in gone)
    done = collect_garbage(where, named, grace=timedelta(days=days), dry_run=dry_run)
    verb = "would be removed" if dry_run else "removed"
    if keep_runs is not None:
        say(f"{len(forgotten)} runs {'would be forgotten' if dry_run else 'forgotten'}")
    say(f"{done.objects} objects ({byte_size(done.bytes)}) {verb}, {done.kept} kept")
    return 0


def _old_runs(records: Records, keep: int | None) -> list[tuple[str, str]]:
    if keep is None:
        return []
    old = []
    for experiment in records.experiments():
        runs = records.runs(experiment)[keep:]
        old += [(experiment, str(run["run"])) for run in runs if run.get("status") != "running"]
    return old
