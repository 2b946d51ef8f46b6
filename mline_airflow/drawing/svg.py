"""A drawing as SVG that needs nothing else: no script, no font file, light and dark.

Data, order and conditions are arrows. What else holds of a thing, as `trained_on split.train`, is
written into its box: as arrows these would cross everything, for most of them go back to the data.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from .layout import Layout, Point, Size, layered
from .picture import Arrow, Picture, Shape, forward

_MARGIN: Final = 28.0
_TITLE: Final = 34.0
_PADDING: Final = 14.0
_LETTER: Final = 8.0
_SMALL_LETTER: Final = 6.4
_FACT_LETTER: Final = 5.9
_FACT: Final = 13.0
_BOW: Final = 5.0
_HEIGHTS: Final = {"stage": 46.0, "entity": 40.0, "service": 50.0, "experiment": 46.0}
_STYLE: Final = """
  svg { background: #ffffff; color: #0f172a;
        font-family: system-ui, 'Segoe UI', Helvetica, Arial, sans-serif }
  .box { fill: #ffffff; stroke-width: 1.6 }
  .entity .box { fill: #f8fafc; stroke-width: 1.2 }
  .id { font-size: 13px; font-weight: 600; fill: currentColor }
  .type { font-size: 11px; fill: #64748b }
  .title { font-size: 16px; font-weight: 700; fill: currentColor }
  .line { fill: none; stroke: #94a3b8; stroke-width: 1.5 }
  .order { stroke-dasharray: 2 4 }
  .control { stroke: #b45309; stroke-width: 1.8 }
  .fact { font-size: 10px; fill: #7c3aed }
  .label { font-size: 10px; fill: #64748b; paint-order: stroke; stroke: #ffffff; stroke-width: 3px }
  .control-label { fill: #b45309 }
  .head { fill: #94a3b8 } .control-head { fill: #b45309 }
  @media (prefers-color-scheme: dark) {
    svg { background: #0f172a; color: #e2e8f0 }
    .box { fill: #1e293b } .entity .box { fill: #172033 }
    .type { fill: #94a3b8 } .line { stroke: #64748b } .head { fill: #64748b }
    .fact { fill: #c4b5fd } .label { fill: #94a3b8; stroke: #0f172a }
    .control { stroke: #f59e0b } .control-label { fill: #fbbf24 } .control-head { fill: #f59e0b }
  }
"""


def svg(picture: Picture) -> str:
    """Return an SVG document; things flow from left to right."""
    facts: dict[str, list[str]] = defaultdict(list)
    for arrow in picture.arrows:
        if arrow.kind == "relation":
            facts[arrow.source].append(f"{arrow.label} {arrow.target}")
    sizes = {shape.id: _size(shape, facts[shape.id]) for shape in picture.shapes}
    layout = layered(sizes, [(a.source, a.target) for a in forward(picture)])
    width = max(layout.along, len(picture.title) * 10.0) + 2 * _MARGIN
    height = layout.across + 2 * _MARGIN + _TITLE
    canvas = _Canvas(sizes, layout, facts)
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" role="img" '
        f"aria-label={quoteattr(picture.title or 'experiment')}>"
    )
    title = f'x="{_MARGIN:.0f}" y="{_MARGIN + 6:.0f}">{escape(picture.title)}</text>'
    parts = [
        opening,
        f"<style>{_STYLE}</style>",
        _heads(),
        f'<text class="title" {title}',
        *(canvas.arrow(a) for a in picture.arrows if a.kind != "relation"),
        *(canvas.shape(s) for s in picture.shapes),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _size(shape: Shape, facts: list[str]) -> Size:
    fact = max((len(text) * _FACT_LETTER for text in facts), default=0.0)
    text = max(len(shape.id) * _LETTER, len(shape.type) * _SMALL_LETTER, fact)
    return Size(round(text + 2 * _PADDING), _HEIGHTS[shape.kind] + _FACT * len(facts))


def _heads() -> str:
    """Return the arrow heads, one for each kind of line."""
    shape = '<path d="M 0 0 L 8 4 L 0 8 z"'
    marker = (
        '<marker id="{0}" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="{1}" markerHeight="{1}" '
        'orient="auto-start-reverse">' + shape + ' class="{0}"/></marker>'
    )
    kinds = (("head", 7), ("control-head", 7))
    return "<defs>" + "".join(marker.format(*kind) for kind in kinds) + "</defs>"


class _Canvas:
    """Places the shapes and arrows of one picture."""

    def __init__(self, sizes: dict[str, Size], layout: Layout, facts: dict[str, list[str]]) -> None:
        self.sizes = sizes
        self.layout = layout
        self.facts = facts

    def centre(self, name: str) -> Point:
        point = self.layout.centres[name]
        return Point(point.along + _MARGIN, point.across + _MARGIN + _TITLE)

    def shape(self, shape: Shape) -> str:
        x, y = self.centre(shape.id)
        width, height = self.sizes[shape.id]
        left, top = x - width / 2, y - height / 2
        first = top + (23 if shape.kind == "service" else 18)
        return (
            f'<g class="{shape.kind}"><title>{escape(f"{shape.id}: {shape.type}")}</title>'
            + _outline(shape, left, top, width, height)
            + _text("id", shape.id, Point(x, first))
            + _text("type", shape.type, Point(x, first + 15))
            + "".join(
                _text("fact", fact, Point(x, first + 15 + _FACT * number))
                for number, fact in enumerate(self.facts[shape.id], 1)
            )
            + "</g>"
        )

    def arrow(self, arrow: Arrow) -> str:
        bends = self.layout.bends.get((arrow.source, arrow.target), ())
        start, end = self.centre(arrow.source), self.centre(arrow.target)
        points = [
            Point(start.along + self.sizes[arrow.source].along / 2, start.across),
            *(Point(b.along + _MARGIN, b.across + _MARGIN + _TITLE) for b in bends),
            Point(end.along - self.sizes[arrow.target].along / 2, end.across),
        ]
        head = "control-head" if arrow.kind == "control" else "head"
        path = f'<path class="line {arrow.kind}" d="{_curve(points)}" marker-end="url(#{head})"/>'
        if arrow.kind == "flow":
            return path
        middle = points[len(points) // 2 - 1], points[len(points) // 2]
        at = Point((middle[0][0] + middle[1][0]) / 2, (middle[0][1] + middle[1][1]) / 2)
        return path + _text(f"label {arrow.kind}-label", arrow.label, at)


def _text(kind: str, text: str, at: Point) -> str:
    return (
        f'<text class="{kind}" x="{at.along:.1f}" y="{at.across:.1f}" text-anchor="middle">'
        f"{escape(text)}</text>"
    )


def _curve(points: list[Point]) -> str:
    """Return a smooth path: every piece leaves and arrives along the flow."""
    d = f"M {points[0][0]:.1f} {points[0][1]:.1f}"
    for (x1, y1), (x2, y2) in pairwise(points):
        middle = (x1 + x2) / 2
        d += f" C {middle:.1f} {y1:.1f} {middle:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
    return d


def _outline(shape: Shape, left: float, top: float, width: float, height: float) -> str:
    """Return the form of a kind: box, pill, cylinder or hexagon."""
    paint = f'class="box" stroke="{_visible(shape.colour)}"'
    if shape.kind == "service":
        right, low = left + width, top + height
        upper, lower = top + _BOW, low - _BOW
        body = (
            f"M {left:.1f} {upper:.1f} V {lower:.1f} {_bow(left, right, lower, _BOW)} "
            f"V {upper:.1f} {_bow(right, left, upper, -_BOW)} z "
            f"M {left:.1f} {upper:.1f} {_bow(left, right, upper, _BOW)}"
        )
        return f'<path {paint} d="{body}"/>'
    if shape.kind == "experiment":
        middle, low, cut = top + height / 2, top + height, 12.0
        points = [
            (left, middle),
            (left + cut, top),
            (left + width - cut, top),
            (left + width, middle),
            (left + width - cut, low),
            (left + cut, low),
        ]
        joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        return f'<polygon {paint} points="{joined}"/>'
    radius = 19.0 if shape.kind == "entity" else 6.0
    return (
        f'<rect {paint} x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}" '
        f'rx="{radius:.1f}"/>'
    )


def _bow(left: float, right: float, y: float, depth: float) -> str:
    """Return the flat arc of a cylinder's end, to `right`."""
    low = y + depth * 1.4
    return f"C {left:.1f} {low:.1f} {right:.1f} {low:.1f} {right:.1f} {y:.1f}"


def _visible(colour: str) -> str:
    """Return the colour, or that of the text for one too dark to be seen on a dark ground."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return colour if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 64 else "currentColor"
