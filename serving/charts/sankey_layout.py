"""Where the boxes and bands of a Sankey stand, in pixels of its own; sankey.py draws them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

TALL, LINE, SPACE = 440.0, 15.0, 5.0  # all users of the fullest column; least room of a box, for its label; between
LEAST = 1.0  # pixels of the smallest box and band
BOX = 14.0
WIDE, STEP, RIGHT = 1240.0, 190.0, 170.0  # the picture; least from column to column; for the labels of the last
TOP = 30.0  # for the dates


@dataclass(frozen=True)
class Box:
    """Users on a stage at a date. text: the number as written; cls: its colour, of stages.classes()."""

    stage: str
    label: str
    users: float
    text: str
    cls: str
    href: str | None = None


@dataclass(frozen=True)
class Column:
    """A date and its boxes, from the top down. expected: not counted but forecast, drawn dashed."""

    head: str
    boxes: Sequence[Box]
    expected: bool = False


@dataclass(frozen=True)
class Band:
    """Users who go from a stage in the column of that number, from 0, to one in the next. text: all that a person is
    told, ``inactive → active: 71 users``."""

    column: int
    start: str
    end: str
    users: float
    text: str
    href: str | None = None


@dataclass(frozen=True)
class Layout:
    """boxes: (column, stage) → left, top, height; bands: left, its top, right, its top, height, as the bands given."""

    width: float
    height: float
    step: float
    boxes: dict[tuple[int, str], tuple[float, float, float]]
    bands: list[tuple[float, float, float, float, float]]


def layout(columns: Sequence[Column], bands: Sequence[Band]) -> Layout:
    """Boxes as high as their users, below each other, each with room for a line of text; bands as high as theirs, in
    the order of the boxes at both ends. Raises KeyError for a band whose boxes are not there."""
    step = max(STEP, (WIDE - BOX - RIGHT) / max(len(columns) - 1, 1))
    unit = TALL / max(max((sum(box.users for box in column.boxes) for column in columns), default=0), 1)
    boxes, bottom = {}, TOP
    for number, column in enumerate(columns):
        high = [max(unit * box.users, LEAST if box.users else 0.0) for box in column.boxes]
        slots = [max(one, LINE) + SPACE if one else 0.0 for one in high]
        for box, own, slot, begin in zip(column.boxes, high, slots, accumulate(slots, initial=TOP), strict=False):
            boxes[number, box.stage] = (number * step, begin + (slot - SPACE - own) / 2, own)
        bottom = max(bottom, TOP + sum(slots))
    places = {(number, box.stage): at for number, one in enumerate(columns) for at, box in enumerate(one.boxes)}
    left, right = (_shift(bands, places, unit, at_end) for at_end in (False, True))
    drawn = []
    for band, down, up in zip(bands, left, right, strict=True):
        x, top, _ = boxes[band.column, band.start]
        to, end, _ = boxes[band.column + 1, band.end]
        drawn.append((x + BOX, top + down, to, end + up, max(unit * band.users, LEAST)))
    return Layout((len(columns) - 1) * step + BOX + RIGHT, bottom, step, boxes, drawn)


def _shift(bands: Sequence[Band], places: dict[tuple[int, str], int], unit: float, at_end: bool) -> list[float]:
    """How far below the top of its box each band begins, or ends."""
    shifts, taken = [0.0] * len(bands), dict[tuple[int, str], float]()

    def across(number: int) -> int:  # the place of the box on the other side
        band = bands[number]
        return places[(band.column, band.start) if at_end else (band.column + 1, band.end)]

    for number in sorted(range(len(bands)), key=across):
        band = bands[number]
        box = (band.column + 1, band.end) if at_end else (band.column, band.start)
        shifts[number] = taken.get(box, 0.0)
        taken[box] = shifts[number] + unit * band.users
    return shifts
