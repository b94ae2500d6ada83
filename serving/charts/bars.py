"""Horizontal bars: one share on its track, and one bar of segments with the legend that names them."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from serving.charts.stages import swatch
from serving.charts.svg import frame, here, join, tag, told


@dataclass(frozen=True)
class Part:
    """A segment. label: what it is; text: its number as written, ``1,519``; cls: its colour, a class of charts.css."""

    label: str
    value: float
    text: str
    cls: str
    href: str | None = None


def bar(share: float | None, cls: str, title: str, width: int = 90, height: int = 8) -> Markup:
    """A share of 0 to 1 on its track; beyond, it is cut; null is a bare track. title says what and how much."""
    share = min(max(share or 0.0, 0.0), 1.0)
    filled = max(width * share, 1.0) if share else 0.0
    return frame(
        title,
        tag("title", title),
        tag("rect", cls="track", width=width, height=height, rx=height / 2),
        tag("rect", cls=f"fill {cls}", width=filled, height=height, rx=min(height, filled) / 2),
        cls="bar",
        width=width,
        height=height,
    )


def stacked(parts: Sequence[Part], title: str, height: int = 24) -> Markup:
    """One bar over the whole width, its segments as long as their shares; empty ones are left out."""
    total, begin, drawn = sum(part.value for part in parts), 0.0, []
    for part in parts:
        if part.value > 0:
            long = 100 * part.value / total
            box = tag("rect", cls=f"fill {part.cls}", x=f"{begin:.3f}%", width=f"{long:.3f}%", height=height)
            drawn.append(told(f"{part.label}: {part.text}", box, href=part.href))
            begin += long
    track = tag("rect", cls="track", width="100%", height=height)
    linked = any(part.href for part in parts)
    return frame(title, track, *drawn, linked=linked, cls="stacked", width="100%", height=height)


def legend(parts: Sequence[Part]) -> Markup:
    """The parts as a list: colour, name, number; what has an address is a link."""

    def item(part: Part) -> Markup:
        words = (swatch(part.cls), f"{part.label} ", tag("b", part.text))
        return tag("li", tag("a", *words, href=here(part.href)) if part.href else join(words))

    return tag("ul", *map(item, parts), cls="legend")
