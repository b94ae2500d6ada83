"""Whether features that all users of a cutoff share are learned from: the base's churn rate, and the season.

They cannot tell one user from another, only one cutoff from the next, and there are few cutoffs. On three real logs the
base's churn rate cost .004 to .012 of log loss; the season's sine and cosine earned .05 on one and cost .004 to .013 on
two. So each is left out where the closed windows say so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from training.fit.closed_windows import Past, Way, better, change, tried
from training.fit.history import ALL

RATE, SEASON = ("base_churn_rate",), ("season_sin", "season_cos")
GAIN = 0.004  # of log loss; less changes with the season: on a yearly log .0016 at three windows cost .0012 at the next
WITHOUT: Mapping[str, tuple[str, ...]] = {
    "without base rate": RATE,
    "without season": SEASON,
    "without both": RATE + SEASON,
}


@dataclass(frozen=True)
class Shared:
    """left_out: columns not to learn from. changes: by way, the change of the log loss at past cutoffs against all
    columns, and its standard error."""

    left_out: tuple[str, ...]
    changes: Mapping[str, tuple[float, float]]

    def plain(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "log_loss_change": {name: round(by, 6) for name, (by, _) in self.changes.items()},
            "standard_error": {name: round(error, 6) for name, (_, error) in self.changes.items()},
            "left_out": list(self.left_out),
        }


def ways(names: Sequence[str], like: Way) -> dict[str, Way]:
    """The ways to try: as ``like``, without the columns that there are. names: the columns, in the data's order."""
    found = {}
    for name, columns in WITHOUT.items():
        if all(column in names for column in columns):
            gains = [0.0 if column in columns else 1.0 for column in names]  # LightGBM never splits on a gain of 0
            found[name] = replace(like, settings=dict(like.settings) | {"feature_contri": gains})
    return found


def choose(past: tuple[Past, ...]) -> Shared:
    """The columns without which the closed windows were clearly predicted better; none otherwise."""
    changes = {name: change(past, name, ALL) for name in WITHOUT if tried(past, name, ALL)}
    good = [name for name in changes if better(past, name, ALL, GAIN)]
    best = min(good, key=lambda name: changes[name][0], default=None)
    return Shared(WITHOUT[best] if best else (), changes)
