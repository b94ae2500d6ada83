"""The flow of users between stages over dates: a column of boxes per date, bands between them."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from serving.charts.fit import fit, width
from serving.charts.sankey_layout import BOX, RIGHT, WIDE, Band, Box, Column, Layout, layout
from serving.charts.svg import frame, tag, told

SIZE = 13.0  # of the letters


@dataclass(frozen=True)
class Sankey:
    """The picture, and what it leaves out: how many moves and how many users made them."""

    picture: Markup
    moves: int
    users: float


def sankey(columns: Sequence[Column], bands: Sequence[Band], title: str, least: float = 0) -> Sankey:
    """Draw the columns from left to right and the bands between them; bands of fewer users than ``least`` are left out,
    with their room. Links are reached from left to right, a column's bands before its boxes.

    Wide, for 190 pixels a column; the page lets it scroll. Raises KeyError for a band whose boxes are not there,
    ValueError for a href that leads off this server.
    """
    plan = layout(columns, bands)
    shown = [(band, *at) for band, at in zip(bands, plan.bands, strict=True) if 0 < band.users >= least]
    drawn: list[Markup] = []
    for number, column in enumerate(columns):
        expected = number + 1 < len(columns) and columns[number + 1].expected
        colour = {box.stage: box.cls for box in column.boxes}
        drawn += [_band(*one, colour[one[0].start], expected) for one in shown if one[0].column == number]
        drawn += [_box(box, number, column, len(columns) - 1, plan) for box in column.boxes if box.users > 0]
        drawn.append(_head(column.head, number, len(columns) - 1, plan))
    picture = frame(
        title,
        *drawn,
        linked=any(band.href for band in bands) or any(box.href for column in columns for box in column.boxes),
        cls="sankey",
        viewBox=f"0 0 {plan.width:.0f} {plan.height:.0f}",
        width="100%" if plan.width <= WIDE else f"{plan.width:.0f}",
    )
    left_out = [band.users for band in bands if 0 < band.users < least]
    return Sankey(picture, len(left_out), sum(left_out))


def _head(head: str, number: int, last: int, plan: Layout) -> Markup:
    if number == last > 0 and width(head, SIZE) > BOX + RIGHT:  # what is expected has a long head: it ends at the edge
        return tag("text", fit(head, plan.step, SIZE), cls="head", x=plan.width - 2, y=SIZE, text_anchor="end")
    return tag("text", fit(head, max(plan.step - SIZE, RIGHT), SIZE), cls="head", x=number * plan.step, y=SIZE)


def _band(band: Band, x: float, y: float, to: float, end: float, high: float, cls: str, expected: bool) -> Markup:
    half = (x + to) / 2
    path = (
        f"M{x:.1f} {y:.1f}C{half:.1f} {y:.1f} {half:.1f} {end:.1f} {to:.1f} {end:.1f}v{high:.1f}"
        f"C{half:.1f} {end + high:.1f} {half:.1f} {y + high:.1f} {x:.1f} {y + high:.1f}z"
    )
    return told(band.text, tag("path", cls=f"band {cls}{' expected' * expected}", d=path), href=band.href)


def _box(box: Box, number: int, column: Column, last: int, plan: Layout) -> Markup:
    x, y, high = plan.boxes[number, box.stage]
    room = (RIGHT if number == last else plan.step - BOX) - 10 - width(f" {box.text}", SIZE)
    rect = tag("rect", cls=f"box {box.cls}{' expected' * column.expected}", x=x, y=y, width=BOX, height=high)
    words = f"{fit(box.label, room, SIZE)} ", tag("tspan", box.text, cls="number")
    label = tag("text", *words, cls="label", x=x + BOX + 5, y=y + high / 2 + SIZE * 0.35)
    return told(f"{column.head}, {box.label}: {box.text}", rect, label, href=box.href)
