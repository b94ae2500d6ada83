"""What last year's season says of the level of the risk, and how far off it was at past cutoffs.

In log-odds. Off the season there is little that it could have helped with at the newest closed windows, and much where
it comes: before a Christmas, to ask whether it paid in autumn refuses it. So it is also asked by how much it missed
what came, at every past cutoff alike: a shift beyond twice that is a season.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit

from training.models.log_loss import CLIP, log_odds

CLEAR = 2.0  # times what it was off by at past cutoffs: a larger shift is a season, below is noise
FEWEST = 4  # past cutoffs to tell how far off it was


@dataclass(frozen=True)
class Said:
    """What last year's season said at a cutoff. shift: of the log-odds. error: its standard error. came: the shift that
    would have been right among the same users; None where it is not known yet."""

    shift: float
    error: float = 0.0
    came: float | None = None

    def shrunk(self, off: float = 0.0) -> float | None:
        """The shift less what noise lets expect of it (James and Stein, positive part); None where it is within a
        standard error of nothing. off: by how much such shifts were off, where that is more than its standard error."""
        error = max(self.error, off)
        return self.shift * (1 - (error / self.shift) ** 2) if abs(self.shift) > error else None


@dataclass(frozen=True)
class Expected:
    """The base rate that last year's season lets expect. rate: share of churned, of the users whose silence is at most
    ``silence`` days: only they can be compared with last year's. error: the standard error of its log-odds."""

    rate: float
    silence: float
    error: float = 0.0

    def said(self, risk: np.ndarray, silence: np.ndarray, churned: np.ndarray | None = None) -> Said | None:
        """The shift that gives the comparable users this rate; None where there are none. risk, silence, churned (where
        it is known): of all users."""
        comparable = silence <= self.silence
        if not comparable.any():
            return None
        came = None if churned is None else shift_to(risk[comparable], float(churned[comparable].mean()))
        return Said(shift_to(risk[comparable], self.rate), self.error, came)


def shift_to(risk: np.ndarray, rate: float) -> float:
    """The shift of the log-odds that makes the mean risk ``rate``."""
    odds, rate = log_odds(risk), float(np.clip(rate, CLIP, 1 - CLIP))
    return float(brentq(lambda by: expit(odds + by).mean() - rate, -40, 40))


def off_by(past: Collection[Said]) -> float | None:
    """How far off it was at past cutoffs, as the root of the mean square; None of fewer than four."""
    missed = [one.shift - one.came for one in past if one.came is not None]
    return float(np.sqrt(np.mean(np.square(missed)))) if len(missed) >= FEWEST else None


def clear(now: Said, past: Collection[Said]) -> float | None:
    """The shift to apply now, shrunk by what it was off by; None where it is not beyond twice that, or too few past
    cutoffs tell."""
    off = off_by(past)
    return now.shrunk(off) if off is not None and abs(now.shift) > CLEAR * off else None
