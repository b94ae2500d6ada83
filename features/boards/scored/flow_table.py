"""The table behind expected flow: how users of a stage and risk decile moved within a horizon, and what it expects."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt

SHRINK = 20.0  # users of their stage as a whole that a cell counts beside its own
WIDE = 1.96  # standard errors: 95 %
ROUNDING = 0.25  # added to a variance: users come whole
Cell = tuple[str, int | None]  # stage, risk decile; None: not scored


@dataclass
class Moves:
    """Counts of users: (stage, decile) → stage one horizon on → users."""

    counts: dict[Cell, dict[str, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))

    def add(self, stage: str, decile: int | None, following: str, users: int) -> None:
        self.counts[stage, decile][following] += users

    def shares(self, stage: str, decile: int | None) -> tuple[dict[str, float], float]:
        """Where users of the cell went, as shares, and how many users tell: its own, and the stage's for SHRINK of
        them. A stage nobody was on stays as it is."""
        whole: dict[str, int] = defaultdict(int)
        for (other, _), there in self.counts.items():
            if other == stage:
                for following, users in there.items():
                    whole[following] += users
        total, own = sum(whole.values()), self.counts.get((stage, decile), {})
        if not total:
            return {stage: 1.0}, 0.0
        of = sum(own.values())
        shares = {name: (own.get(name, 0) + SHRINK * users / total) / (of + SHRINK) for name, users in whole.items()}
        return shares, of + min(SHRINK, total)


def expected(moves: Moves, now: Mapping[Cell, int]) -> dict[tuple[str, str], tuple[float, float]]:
    """(stage, stage one horizon on) → users expected and the standard error by chance: of where users go, and of the
    shares, which come from finitely many."""
    found: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for (stage, decile), users in now.items():
        shares, told = moves.shares(stage, decile)
        for following, share in shares.items():
            cell = found[stage, following]
            cell[0] += users * share
            cell[1] += users * share * (1 - share) * (1 + (users / told if told else 0.0))
    return {pair: (mean, sqrt(variance)) for pair, (mean, variance) in found.items()}


def spread(told: Mapping[tuple[str, str], tuple[float, float]], came: Mapping[tuple[str, str], float]) -> float:
    """How many times as far as by chance a forecast was off, by the root mean square over its moves; 1 at least."""
    off = [(came.get(pair, 0.0) - mean) ** 2 / (error**2 + ROUNDING) for pair, (mean, error) in told.items() if error]
    return max(1.0, sqrt(sum(off) / len(off))) if off else 1.0


def mean_error(forecast: Mapping[tuple[str, str], float], came: Mapping[tuple[str, str], float]) -> float:
    """Mean absolute error of the moves, over the pairs of stages that either has."""
    pairs: Sequence[tuple[str, str]] = sorted({*forecast, *came})
    return sum(abs(forecast.get(one, 0.0) - came.get(one, 0.0)) for one in pairs) / max(len(pairs), 1)
