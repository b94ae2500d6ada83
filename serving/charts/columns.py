"""Upright columns over time: orders by week."""

from collections.abc import Sequence

from markupsafe import Markup

from serving.charts.svg import frame, tag, told


def columns(
    values: Sequence[float | None], labels: Sequence[str], texts: Sequence[str], title: str, height: int = 110
) -> Markup:
    """A column for each value of 0 or more over the whole width; null and 0 are gaps.

    labels: what each stands for, ``2025-01-06``; the first and the last are written below. texts: the values as
    written. Raises ValueError where their numbers differ.
    """
    most = max((value for value in values if value), default=0) or 1
    drawn = []
    for place, (value, label, text) in enumerate(zip(values, labels, texts, strict=True)):
        if value:
            high = 100 * value / most
            box = tag("rect", cls="fill", x=place + 0.08, y=100 - high, width=0.84, height=high)
            drawn.append(told(f"{label}: {text}", box))
    view = f"0 0 {max(len(values), 1)} 100"
    picture = frame(title, *drawn, viewBox=view, preserveAspectRatio="none", width="100%", height=height)
    ends = [labels[0], labels[-1]] if len(labels) > 1 else labels
    return tag("div", picture, tag("div", *(tag("span", end) for end in ends), cls="ends"), cls="columns")
