"""A drawing as a Mermaid flowchart, which code hosts and wikis show."""

from __future__ import annotations

from typing import Final

from .picture import Arrow, Picture, Shape

_SHAPES: Final = {
    "entity": ('(["', '"])'),
    "service": ('[("', '")]'),
    "stage": ('["', '"]'),
    "experiment": ('{{"', '"}}'),
}
_LINES: Final = {"flow": "-->", "order": "-.->", "control": "==>", "relation": "-.->"}


def mermaid(picture: Picture) -> str:
    """Return the text of a flowchart."""
    names = {shape.id: f"n{number}" for number, shape in enumerate(picture.shapes)}
    lines = ["flowchart LR"]
    lines += [f"  {names[s.id]}{_label(s)}" for s in picture.shapes]
    lines += [f"  {_line(a, names)}" for a in picture.arrows]
    for colour in dict.fromkeys(s.colour for s in picture.shapes):
        members = ",".join(names[s.id] for s in picture.shapes if s.colour == colour)
        lines.append(f"  classDef c{colour[1:]} stroke:{colour},stroke-width:2px")
        lines.append(f"  class {members} c{colour[1:]}")
    return "\n".join(lines) + "\n"


def _label(shape: Shape) -> str:
    left, right = _SHAPES[shape.kind]
    return f"{left}<b>{_escaped(shape.id)}</b><br/>{_escaped(shape.type)}{right}"


def _line(arrow: Arrow, names: dict[str, str]) -> str:
    label = "" if arrow.kind == "flow" else f"|{_escaped(arrow.label)}|"
    return f"{names[arrow.source]} {_LINES[arrow.kind]}{label} {names[arrow.target]}"


def _escaped(text: str) -> str:
    """Escape with Mermaid's entity codes, which have a `#` where HTML has an `&`."""
    return "".join(c if c.isalnum() or c in "._-[* ]=," else f"#{ord(c)};" for c in text)
