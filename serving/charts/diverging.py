"""Bars to the right and to the left of zero."""

from markupsafe import Markup

from serving.charts.svg import frame, tag


def diverging(
    value: float | None, most: float, title: str, cls: str | None = None, width: int = 140, height: int = 14
) -> Markup:
    """A bar from the middle, as long as the value's share of ``most``, the largest of its neighbours, in absolute
    terms; longer ones are cut, null has no bar. cls: its colour; without one ``up`` or ``down`` by its sign."""
    share = min(max((value or 0.0) / most, -1.0), 1.0) if most > 0 else 0.0
    middle, long = width / 2, abs(share) * (width / 2 - 1)
    kind = cls or ("up" if share > 0 else "down")
    box = tag(
        "rect", cls=f"fill {kind}", x=middle - (long if share < 0 else 0), y=2, width=long, height=height - 4, rx=1
    )
    zero = tag("line", cls="zero", x1=middle, x2=middle, y1=0, y2=height)
    return frame(title, tag("title", title), box, zero, cls="diverging", width=width, height=height)
