"""How much history to learn from: all cutoffs, or only the newest 12, 8, 4 or 2, where that is clearly better.

Where users' habits change, old rows teach what no longer holds. On a real log whose users changed within a year, four
cutoffs instead of 24 took the log loss from .4008 to .3060; where nothing moved, they cost .0056. So fewer are taken
only if the newest closed windows say so beyond noise.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from training.fit.closed_windows import Past, Way, better, change, tried
from training.rows.spine import Rows

SIZES = (12, 8, 4, 2)
ALL = "all"
GAIN = 0.005  # of log loss; less is not worth the rows given up


@dataclass(frozen=True)
class History:
    """cutoffs: how many to learn from, None = all. changes: by number, the change of the log loss at past cutoffs
    against all of them, and its standard error. at: these cutoffs."""

    cutoffs: int | None
    changes: Mapping[int, tuple[float, float]]
    at: tuple[datetime, ...]

    def plain(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "cutoffs": [f"{one:%Y-%m-%dT%H:%M}" for one in self.at],
            "log_loss_change": {f"newest {size}": round(by, 6) for size, (by, _) in self.changes.items()},
            "standard_error": {f"newest {size}": round(error, 6) for size, (_, error) in self.changes.items()},
            "applied": f"newest {self.cutoffs}" if self.cutoffs else None,
        }


def ways(rows: Rows) -> dict[str, Way]:
    """The ways to try: all cutoffs, and every smaller number."""
    return {ALL: Way()} | {_name(size): Way(size) for size in SIZES if size < len(rows.cutoffs)}


def choose(past: tuple[Past, ...]) -> History:
    """The number of cutoffs that did best at the closed windows, of those clearly better than all; else all."""
    sizes = [size for size in SIZES if tried(past, _name(size), ALL)]
    changes = {size: change(past, _name(size), ALL) for size in sizes}
    good = [size for size in sizes if better(past, _name(size), ALL, GAIN)]
    best = min(good, key=lambda size: change(past[-1:], _name(size), ALL)[0], default=None)
    return History(best, changes, tuple(one.cutoff for one in past))


def newest(rows: Rows, cutoffs: int | None) -> Rows:
    """The rows of the newest cutoffs; None = all rows, as they are."""
    if cutoffs is None or cutoffs >= len(rows.cutoffs):
        return rows
    first = len(rows.cutoffs) - cutoffs
    kept = rows.where(rows.cutoff >= first)
    return replace(kept, cutoff=kept.cutoff - first, cutoffs=rows.cutoffs[first:], observed=rows.observed[first:])


def _name(size: int) -> str:
    return f"newest {size}"
