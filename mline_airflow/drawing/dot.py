"""A drawing in the DOT language of Graphviz."""

from __future__ import annotations

from typing import Final

from .picture import Picture

_SHAPES: Final = {
    "entity": "box, style=rounded",
    "service": "cylinder",
    "stage": "box",
    "experiment": "hexagon",
}
_STYLES: Final = {
    "flow": "",
    "order": " [style=dotted, label={}]",
    "control": " [style=bold, label={}]",
    "relation": " [style=dashed, constraint=false, fontsize=9, label={}]",
}


def dot(picture: Picture) -> str:
    """Return the text of a digraph."""
    lines = [
        f"digraph {_quoted(picture.title or 'experiment')} {{",
        "  rankdir=LR;",
        '  node [fontname="Helvetica"];',
        '  edge [fontname="Helvetica"];',
    ]
    for shape in picture.shapes:
        label = _quoted(f"{shape.id}\n{shape.type}")
        look = f'shape={_SHAPES[shape.kind]}, color="{shape.colour}"'
        lines.append(f"  {_quoted(shape.id)} [label={label}, {look}];")
    for arrow in picture.arrows:
        style = _STYLES[arrow.kind].format(_quoted(arrow.label))
        lines.append(f"  {_quoted(arrow.source)} -> {_quoted(arrow.target)}{style};")
    return "\n".join([*lines, "}"]) + "\n"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
