"""What a quickstart shows: the stages as they run, then what came out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from rich.console import Console, Group
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from mline_airflow.byte_size import byte_size

if TYPE_CHECKING:
    from typing import Self

_STYLES = {
    "success": "green",
    "failed": "bold red",
    "upstream_failed": "red",
    "skipped": "magenta",
    "running": "cyan",
    "up_for_retry": "yellow",
    "queued": "dim",
    "scheduled": "dim",
    "none": "dim",
}
_MARKS = {"success": "✓", "failed": "✗", "upstream_failed": "✗", "skipped": "-", "running": "▶"}
_DIGEST = 12


class Screen:
    """Says what happens: live at a terminal, a line for each change elsewhere."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._live: Live | None = None
        self._said: dict[tuple[str, int], str] = {}
        self._last_step = ""

    def __enter__(self) -> Self:
        if self.console.is_terminal:
            self._live = Live(console=self.console, transient=True, refresh_per_second=8)
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.pause()

    def pause(self) -> None:
        """End the live part; what follows stays on the screen."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def step(self, text: str) -> None:
        """Say what is being waited for."""
        if self._live is not None:
            self._live.update(Spinner("dots", text=text))
        elif text != self._last_step:
            self._last_step = text
            self.console.print(f"{text} …", markup=False)

    def progress(self, title: str, instances: list[dict[str, Any]]) -> None:
        """Show the state of every task instance."""
        if self._live is not None:
            self._live.update(Group(Spinner("dots", text=title), _progress_table(instances)))
            return
        for instance in instances:
            key, state = (instance["task_id"], instance.get("map_index", -1)), instance["state"]
            if state in {None, "scheduled", "queued"} or self._said.get(key) == state:
                continue
            if state == "running" and not _is_named(instance):
                continue
            self._said[key] = state
            mark, name = _MARKS.get(state, "·"), instance_name(instance)
            self.console.print(f"  {mark} {name}: {state}{_seconds(instance)}", markup=False)

    def result(self, instances: list[dict[str, Any]], records: Iterable[dict[str, Any]]) -> None:
        """Print the tables of stages, metrics and artifacts."""
        kept = list(records)
        self.console.print(_progress_table(instances, title="Stages"))
        metrics = Table(title="Metrics", title_justify="left")
        metrics.add_column("metric")
        metrics.add_column("instance")
        metrics.add_column("value", justify="right")
        artifacts = Table(title="Artifacts", title_justify="left")
        for column in ("entity", "instance", "type", "digest"):
            artifacts.add_column(column)
        artifacts.add_column("size", justify="right")
        for record in kept:
            picked = record.get("picked")
            instance = f"{picked['name']} (picked)" if picked else record.get("instance") or ""
            for name, value in (record.get("metrics") or {}).items():
                metrics.add_row(name, instance, "none" if value is None else f"{value:.6g}")
            if picked:
                continue
            for output in (record.get("outputs") or {}).values():
                artifacts.add_row(
                    output.get("entity") or "",
                    instance,
                    str(output.get("type", "")).rpartition(".")[2],
                    output["digest"].removeprefix("sha256:")[:_DIGEST],
                    byte_size(output.get("size", 0)),
                )
        for table in (metrics, artifacts):
            if table.row_count:
                self.console.print(table)


def instance_name(instance: dict[str, Any]) -> str:
    """Return `fit[depth=4]` for an instance of a sweep, else the task's id."""
    task_id: str = instance["task_id"]
    if instance.get("map_index", -1) < 0:
        return task_id
    return f"{task_id}[{instance.get('rendered_map_index') or instance['map_index']}]"


def _is_named(instance: dict[str, Any]) -> bool:
    """Return whether Airflow knows its name: an instance of a sweep gets it as it starts."""
    return instance.get("map_index", -1) < 0 or bool(instance.get("rendered_map_index"))


def _progress_table(instances: list[dict[str, Any]], title: str | None = None) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("stage")
    table.add_column("state")
    table.add_column("try", justify="right")
    table.add_column("seconds", justify="right")
    ordered = sorted(instances, key=lambda i: (i["start_date"] or "~", i.get("map_index", -1)))
    for instance in ordered:
        state = instance["state"] or "none"
        mark = _MARKS.get(state, "·")
        tries = instance.get("try_number") or 0
        table.add_row(
            Text(instance_name(instance)),
            Text(f"{mark} {state}", style=_STYLES.get(state, "")),
            str(tries) if tries else "",
            f"{instance['duration']:.1f}" if instance.get("duration") else "",
        )
    return table


def _seconds(instance: dict[str, Any]) -> str:
    return f" ({instance['duration']:.1f} s)" if instance.get("duration") else ""
