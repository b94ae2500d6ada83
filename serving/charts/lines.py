"""Lines over time or over steps, with axes: traffic, retention, calibration."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from serving.charts.fit import apart, fit
from serving.charts.svg import frame, tag
from serving.charts.ticks import ticks

SIZE, AROUND, RIGHT = 12.0, 34, 134  # letters; above and below, and to the right of the plot, as charts.css has them
KINDS = 6  # of dashes and colours


@dataclass(frozen=True)
class Line:
    """A series. name: stands at its end; values: one for each label, null where the line has a gap."""

    name: str
    values: Sequence[float | None]


def lines(
    series: Sequence[Line],
    labels: Sequence[str],
    title: str,
    number: Callable[[float], str] = "{:,g}".format,
    at: Sequence[float] | None = None,
    height: int = 220,
    zero: bool = True,
) -> Markup:
    """Up to six lines, told apart by dash and by the name at the end; of a single one the title is its name.

    labels: below the plot the first, the middle (on wide screens) and the last; at: where the values stand from left
    to right, rising, else evenly apart; number writes the ticks; zero: the axis begins at or below 0.
    Raises ValueError for more lines, and for values that are not as many as the labels.
    """
    if len(series) > KINDS or any(len(line.values) != len(labels) for line in series):
        raise ValueError(f"{len(series)} lines over {len(labels)} labels: draw up to {KINDS}, each with as many values")
    known = [value for line in series for value in line.values if value is not None]
    marks = ticks(min(known + [0.0] * zero, default=0.0), max(known + [0.0] * zero, default=1.0))
    places = [100 * (x - at[0]) / ((at[-1] - at[0]) or 1) for x in at] if at else _even(len(labels))
    tall = height - AROUND

    def down(value: float) -> float:
        return tall * (marks[-1] - value) / (marks[-1] - marks[0])

    grid = [_mark(number(mark), down(mark)) for mark in marks]
    paths = [
        tag("path", cls=f"line line-{kind}", d=_path(places, [None if v is None else down(v) for v in line.values]))
        for kind, line in enumerate(series)
    ]
    inner = tag(
        "svg",
        *paths,
        viewBox=f"0 0 100 {tall}",
        preserveAspectRatio="none",
        width="100%",
        height=tall,
        overflow="visible",
    )
    names = _ends(series, down, tall) if len(series) > 1 else []
    plot = frame(title, *grid, inner, *names, *_dates(labels, places, tall), width="100%", height=tall)
    return tag("div", plot, cls="lines" if names else "lines alone")


def _even(count: int) -> list[float]:
    return [100 * place / max(count - 1, 1) for place in range(count)]


def _mark(text: str, y: float) -> Markup:
    line = tag("line", cls="grid", x1="0", x2="100%", y1=y, y2=y)
    return tag("g", line, tag("text", text, cls="tick", x=-6, y=y + SIZE / 3, text_anchor="end"))


def _path(places: Sequence[float], heights: Sequence[float | None]) -> str:
    """A stroke for every run between gaps; a run of one point is a dot, by its round ends."""
    written, pen = [], "M"
    for x, y in zip(places, heights, strict=True):
        if y is not None:
            written.append(f"{pen}{x:.2f} {y:.1f}" + ("h0" if pen == "M" else ""))
        pen = "M" if y is None else "L"
    return "".join(written)


def _ends(series: Sequence[Line], down: Callable[[float], float], tall: float) -> list[Markup]:
    ends = [next((value for value in reversed(line.values) if value is not None), None) for line in series]
    drawn = [
        (kind, line.name, down(end))
        for kind, (line, end) in enumerate(zip(series, ends, strict=True))
        if end is not None
    ]
    heights = apart([y for _, _, y in drawn], SIZE + 3, 0.0, tall)
    return [
        tag(
            "g",
            tag("title", name),
            tag("svg", tag("line", cls=f"line line-{kind}", x1=8, x2=28, y1=y, y2=y), x="100%", overflow="visible"),
            tag("text", fit(name, RIGHT - 34, SIZE), cls="name", x="100%", dx=32, y=y + SIZE / 3),
        )
        for (kind, name, _), y in zip(drawn, heights, strict=True)
    ]


def _dates(labels: Sequence[str], places: Sequence[float], tall: float) -> list[Markup]:
    middle = len(labels) // 2
    shown = {0: "start", middle: "middle", len(labels) - 1: "end"} if len(labels) > 2 else {0: "start", 1: "end"}
    return [
        tag("text", labels[at], cls=f"tick at-{anchor}", x=f"{places[at]:.2f}%", y=tall + 18, text_anchor=anchor)
        for at, anchor in shown.items()
        if at < len(labels)
    ]
