"""A drawing as text: every thing in the order in which it happens, with what it is joined to."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from ..ansi import Paint
from .picture import Arrow, Picture, Shape

_MARKS: Final = {"entity": "○", "service": "◇", "stage": "■", "experiment": "◆"}


def text(picture: Picture, *, colour: bool = False) -> str:
    """Return one block a thing; outputs stand under the stage that gives them."""
    return _Writer(picture, Paint(colour=colour)).run()


class _Writer:
    def __init__(self, picture: Picture, paint: Paint) -> None:
        self.picture = picture
        self.paint = paint
        self.shapes = {shape.id: shape for shape in picture.shapes}
        self.to: dict[str, list[Arrow]] = defaultdict(list)
        self.of: dict[str, list[Arrow]] = defaultdict(list)
        for arrow in picture.arrows:
            self.of[arrow.source].append(arrow)
            self.to[arrow.target].append(arrow)

    def run(self) -> str:
        given = {a.target for a in self.picture.arrows if a.kind == "flow" and a.label == "gives"}
        blocks = [self._thing(s) for s in self.picture.shapes if s.id not in given]
        title = [self.paint("strong", self.picture.title), ""] if self.picture.title else []
        return "\n".join([*title, *(line for block in blocks for line in block)]) + "\n"

    def _thing(self, shape: Shape) -> list[str]:
        rows = [
            (arrow.label, [self._named(arrow.source)])
            for arrow in self.to[shape.id]
            if arrow.kind != "relation" and arrow.label != "gives"
        ]
        rows += [("", [fact]) for fact in self._facts(shape.id)]
        rows += [
            ("gives", [self._named(arrow.target), *self._facts(arrow.target)])
            for arrow in self.of[shape.id]
            if arrow.kind == "flow" and arrow.label == "gives"
        ]
        wide = max((len(label) for label, _ in rows), default=0)
        lines = [f"{_MARKS[shape.kind]} {self._named(shape.id)}"]
        for number, (label, texts) in enumerate(rows, 1):
            last = number == len(rows)
            lead = "└─" if last else "├─"
            lines.append(f"  {lead} {self.paint('faint', label.ljust(wide))} {texts[0]}")
            bar = " " if last else "│"
            lines += [f"  {bar}  {' ' * wide}   {more}" for more in texts[1:]]
        return lines

    def _named(self, name: str) -> str:
        shape = self.shapes[name]
        return f"{self.paint('strong', name)} {self.paint('type', shape.type)}"

    def _facts(self, name: str) -> list[str]:
        return [
            f"{self.paint('relation', a.label)} {a.target}"
            for a in self.of[name]
            if a.kind == "relation"
        ]
