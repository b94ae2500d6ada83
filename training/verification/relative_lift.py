"""The effect in percent of the holdout's mean, where such an interval exists."""

from dataclasses import dataclass

import numpy as np

from training.verification.effect import Effect, normal_quantile


@dataclass(frozen=True)
class RelativeLift:
    """lift: difference / the holdout's mean, −0.1 is ten percent less; NaN where that mean is 0.

    low, high: None where unbounded: the holdout's mean is not told apart from 0, so that no interval holds the lift.
    """

    lift: float
    low: float | None
    high: float | None

    @property
    def unbounded(self) -> bool:
        return self.low is None


def relative_lift(effect: Effect) -> RelativeLift:
    """Fieller's interval (1954) of the ratio of the arms' adjusted means, less 1, at the effect's level.

    With a small holdout it is wide and not quite honest: the absolute difference leads.
    """
    a, b = effect.treatment, effect.holdout
    (var_a, var_b), z = effect.variances, normal_quantile(effect.level)
    lift = effect.difference / b if b else float("nan")
    bend = b * b - z * z * var_b
    if bend <= 0:
        return RelativeLift(lift, None, None)
    root = float(np.sqrt(max((a * b) ** 2 - bend * (a * a - z * z * var_a), 0.0)))
    return RelativeLift(lift, (a * b - root) / bend - 1, (a * b + root) / bend - 1)
