"""Not everybody assigned was reached, and some were reached by other plays too: what that does to an effect."""

from collections.abc import Mapping
from dataclasses import dataclass

from features.statistics import difference_interval
from training.verification.effect import LEVEL, Effect


@dataclass(frozen=True)
class TreatedEffect:
    """The effect on those who were reached because they were assigned. rate: reached in treatment less in holdout.

    None, all three, where nobody more was reached in treatment.
    """

    rate: float
    difference: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Overlap:
    """Another play that also reached this play's users in the window. treatment, holdout: how many of each arm.

    difference, low, high: of the shares, treatment less holdout. uneven: the interval excludes 0, so this play's effect
    holds some of the other's.
    """

    play: str
    treatment: int
    holdout: int
    difference: float
    low: float
    high: float

    @property
    def uneven(self) -> bool:
        return self.low > 0 or self.high < 0


def effect_on_treated(effect: Effect, reached: int, reached_in_holdout: int = 0) -> TreatedEffect:
    """effect / delivery rate (Bloom 1984): holds if being assigned does nothing to those who are not reached.

    The rate is known to far more digits than the effect, so the interval is the effect's divided by it.
    """
    rate = reached / effect.users[0] - reached_in_holdout / effect.users[1]
    if rate <= 0:
        return TreatedEffect(rate, None, None, None)
    return TreatedEffect(rate, effect.difference / rate, effect.low / rate, effect.high / rate)


def overlaps(
    reached: Mapping[str, tuple[int, int]], users: tuple[int, int], level: float = LEVEL
) -> tuple[Overlap, ...]:
    """Other plays, most users first. reached: play → (users of this treatment, of this holdout) it reached."""
    found = []
    for play, (a, b) in reached.items():
        low, high = difference_interval(a, users[0], b, users[1], level)
        found.append(Overlap(play, a, b, a / users[0] - b / users[1], low, high))
    return tuple(sorted(found, key=lambda one: (-one.treatment - one.holdout, one.play)))
