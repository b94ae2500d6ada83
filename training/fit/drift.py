"""The drift alarm: a model of older windows was far off at the newest closed one, beyond noise.

It is raised whether or not a correction helped. A base that moved so far moves on, or back: the level of risks and the
sum of values deserve less trust than the order of users.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from training.fit.closed_windows import Past
from training.fit.history import ALL
from training.models.calibration import far_off


@dataclass(frozen=True)
class Newest:
    """The newest closed window. predicted: mean churn risk by a model of what was known then, without any correction.
    churned: the share that churned. far: beyond 10 points and beyond noise."""

    cutoff: str
    users: int
    predicted: float
    churned: float
    far: bool

    @property
    def text(self) -> str:
        """The window in words."""
        by = 100 * (self.predicted - self.churned)
        return (
            f"at the newest closed window ({self.cutoff}, {self.users:,} users) {self.predicted:.1%} were predicted to "
            f"churn and {self.churned:.1%} did ({by:+.1f} points)"
        )

    def plain(self) -> dict[str, Any]:
        """As JSON holds it; ``alarm`` is null where there is none."""
        said = f"drift: {self.text}; trust the order of users more than the level, and train again soon"
        return {
            "cutoff": self.cutoff,
            "users": self.users,
            "predicted": round(self.predicted, 6),
            "churned": round(self.churned, 6),
            "alarm": said if self.far else None,
        }


def newest(past: tuple[Past, ...]) -> Newest | None:
    """What the newest closed window says; None where none had closed after enough to learn from."""
    if not past:
        return None
    last = past[-1]
    churned = float(np.mean(last.churned))
    far = far_off(last.risk[ALL], churned, len(last.churned))
    return Newest(f"{last.cutoff:%Y-%m-%dT%H:%M}", len(last.churned), last.risk[ALL], churned, far)
