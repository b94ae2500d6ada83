"""A history as a small line."""

from collections.abc import Sequence

from markupsafe import Markup

from serving.charts.svg import frame, tag

EDGE = 3  # pixels around the line, for the dot


def spark(values: Sequence[float | None], title: str, width: int = 72, height: int = 20) -> Markup:
    """A line through the values in their order, evenly apart, and a dot at the last. Nulls are skipped, so that the
    line runs on over them; of one value only the dot is drawn, of none nothing."""
    known = [(place, value) for place, value in enumerate(values) if value is not None]
    low = min((value for _, value in known), default=0.0)
    high = max((value for _, value in known), default=0.0)
    across, up = (width - 2 * EDGE) / max(len(values) - 1, 1), (height - 2 * EDGE) / ((high - low) or 1)
    middle = (height - 2 * EDGE) / 2 if high == low else 0.0
    dots = [(EDGE + across * place, height - EDGE - middle - up * (value - low)) for place, value in known]
    line = tag("polyline", cls="line", points=" ".join(f"{x:.1f},{y:.1f}" for x, y in dots))
    end = [tag("circle", cls="dot", cx=x, cy=y, r=2) for x, y in dots[-1:]]
    return frame(title, tag("title", title), line, *end, cls="spark", width=width, height=height)
