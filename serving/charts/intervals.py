"""An estimate with its interval on a line through zero."""

from markupsafe import Markup

from serving.charts.svg import frame, tag

EDGE = 5


def interval(
    low: float | None,
    mid: float | None,
    high: float | None,
    span: tuple[float, float],
    title: str,
    cls: str = "",
    width: int = 160,
    height: int = 16,
) -> Markup:
    """A dot with whiskers; nulls are not drawn. span: what the whole width means, the same for all rows of a table.

    A whisker that leaves the span runs to the edge and has no end there. Raises ValueError for an empty span.
    """
    left, right = span
    if not left < right:
        raise ValueError(f"span {span}: its end is not above its begin; widen it")

    def at(value: float) -> float:
        return EDGE + (width - 2 * EDGE) * (min(max(value, left), right) - left) / (right - left)

    middle, drawn = height / 2, []
    if left <= 0 <= right:
        drawn.append(tag("line", cls="zero", x1=at(0), x2=at(0), y1=0, y2=height))
    if low is not None and high is not None:
        drawn.append(tag("line", cls="line", x1=at(low), x2=at(high), y1=middle, y2=middle))
    for end in (low, high):
        if end is not None and left <= end <= right:
            drawn.append(tag("line", cls="line", x1=at(end), x2=at(end), y1=middle - 4, y2=middle + 4))
    if mid is not None and left <= mid <= right:
        drawn.append(tag("circle", cls="dot", cx=at(mid), cy=middle, r=4))
    return frame(title, tag("title", title), *drawn, cls=f"interval {cls}".strip(), width=width, height=height)
