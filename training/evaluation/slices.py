"""Where a model is good and where it is weak: its main figures by lifecycle stage, value tier, tenure and cutoff."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa

from features.config import Config
from features.errors import BadInput
from features.groups import lifecycle
from features.user_base import UserBase
from training.evaluation.metrics import churn_metrics
from training.rows.spine import Rows

FEWEST_IN_SLICE = 50  # users: the figures of fewer would be noise
OFF = 3  # standard errors: by chance, one of some fifteen groups is so far off once in twenty times


@dataclass(frozen=True)
class Grouping:
    """Which group each row is in. names: the groups in order. code: each row's index into names, shape (users,)."""

    names: tuple[str, ...]
    code: np.ndarray


@dataclass(frozen=True)
class Slice:
    """The main figures of one group of users. by: what the grouping goes by; 'all' is everybody. group: a stage by id.

    churned, risk: observed share and mean prediction. auc, log_loss: NaN where they cannot be measured.
    value_predicted, value_actual: sums, in value's unit. For fewer than 50 users, everything but their number is None.
    """

    by: str
    group: str
    users: int
    churned: float | None = None
    risk: float | None = None
    auc: float | None = None
    log_loss: float | None = None
    value_predicted: float | None = None
    value_actual: float | None = None

    @property
    def off(self) -> float:
        """Predicted minus observed churn, in standard errors of the observed share if the prediction were right.

        0 where it was not measured.
        """
        if self.risk is None or self.churned is None or not 0 < self.risk < 1:
            return 0.0
        return (self.risk - self.churned) / (self.risk * (1 - self.risk) / self.users) ** 0.5


def groupings(base: UserBase, as_of: datetime, test: Rows, tier: np.ndarray) -> dict[str, Grouping]:
    """The groups of one test cutoff's users: stage, tier (the predicted one, an index) and tenure.

    Stages follow from the rules alone, without the risk band, so that the risk measured in a group does not define it.
    They are left out where a rule reads a column of which only today's value is known.
    """
    found = {
        "tier": Grouping(tuple(base.config.value.tiers), np.asarray(tier, np.int64)),
        "tenure": tenure(base.config.horizon, test.features["tenure_days"]),
    }
    try:
        lifecycle.check_dates(base.config, base.tables, [as_of], base.tables.observed_until)
    except BadInput:
        return found
    placed = lifecycle.place(base, as_of, pa.table({"user_id": test.user_id}))
    names = tuple(lifecycle.names(base.config))
    code = np.array([names.index(name) for name in placed.users["stage"].to_pylist()], np.int64)
    return {"stage": Grouping(names, code)} | found


def group_names(config: Config) -> dict[tuple[str, str], str]:
    """What a person reads for (by, group) where that is not the group itself: a stage's name instead of its id."""
    return {("stage", stage): english for stage, (english, _) in lifecycle.names(config).items()}


def tenure(horizon: float, days: np.ndarray) -> Grouping:
    """Groups by days since the first activity: under H, under 4 H, and from 4 H on."""
    cuts = [horizon, 4 * horizon]
    names = (f"under {cuts[0]:g} days", f"{cuts[0]:g} to {cuts[1]:g} days", f"{cuts[1]:g} days or more")
    return Grouping(names, np.searchsorted(cuts, days, side="right"))


def measure(
    groups: Mapping[str, Grouping], churned: np.ndarray, risk: np.ndarray, value: np.ndarray, expected: np.ndarray
) -> tuple[Slice, ...]:
    """The slice of everybody, then one per group that has users.

    Arrays of shape (users,): churned and value are actual, risk and expected are predicted.
    """
    everybody = Grouping(("everybody",), np.zeros(len(churned), np.int64))
    found = []
    for by, grouping in ({"all": everybody} | dict(groups)).items():
        for number, name in enumerate(grouping.names):
            mask = grouping.code == number
            if count := int(mask.sum()):
                given = [one[mask] for one in (churned, risk, value, expected)]
                found.append(_slice(by, name, *given) if count >= FEWEST_IN_SLICE else Slice(by, name, count))
    return tuple(found)


def _slice(by: str, name: str, churned: np.ndarray, risk: np.ndarray, value: np.ndarray, expected: np.ndarray):
    figures = churn_metrics(churned, risk)
    return Slice(
        by,
        name,
        len(churned),
        float(churned.mean()),
        float(risk.mean()),
        figures["auc"],
        figures["log_loss"],
        float(expected.sum()),
        float(value.sum()),
    )


def together(parts: Sequence[tuple[datetime, Mapping[str, Grouping]]], rows: Sequence[int]) -> dict[str, Grouping]:
    """The groupings of several test cutoffs as one, rows one cutoff after the other; the cutoff is a grouping too.

    rows: users of each cutoff. Only groupings that every cutoff has are kept.
    """
    dates = tuple(f"{at:%Y-%m-%d}" for at, _ in parts)
    if len(set(dates)) < len(dates):  # short horizons have several cutoffs a day
        dates = tuple(f"{at:%Y-%m-%d %H:%M}" for at, _ in parts)
    found = {"cutoff": Grouping(dates, np.repeat(np.arange(len(dates)), rows))}
    for by, first in parts[0][1].items():
        if all(by in groups for _, groups in parts):
            found[by] = Grouping(first.names, np.concatenate([groups[by].code for _, groups in parts]))
    return found


def weakest(slices: Sequence[Slice], count: int = 3) -> tuple[list[Slice], list[Slice]]:
    """The groups with the lowest AUC (below everybody's), and the groups whose churn rate is furthest from the
    prediction (beyond three standard errors); at most ``count`` each, the worst first."""
    groups = [one for one in slices if one.by != "all" and one.risk is not None]
    whole = next(one for one in slices if one.by == "all")
    aucs = {number: one.auc for number, one in enumerate(groups) if one.auc is not None}
    low = [at for at in sorted(aucs, key=lambda at: aucs[at]) if whole.auc is not None and aucs[at] < whole.auc]
    off = sorted((one for one in groups if abs(one.off) > OFF), key=lambda one: -abs(one.off))
    return [groups[at] for at in low[:count]], off[:count]
