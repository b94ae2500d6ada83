"""The protocol of a training run: which cutoffs, label windows, weights, rows and features; known before it runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from features.build import model_columns
from features.user_base import UserBase
from training.models.churn import seasonal
from training.rows.labels import DAY, window
from training.rows.spine import PER_HORIZON, Rows, count, sample, training_cutoffs


@dataclass(frozen=True)
class Protocol:
    """How a model that predicts at ``at`` learns. It follows from the span of the logs and the configuration.

    cutoffs: the cutoffs to learn from, oldest first; empty where the logs are too short. spacing, horizon, eligible,
    gap, window: days; a label window closes ``window`` days after its cutoff, gap included. season: whether rows of the
    same season weigh more. rows: users at cutoffs. share: share of the users that is sampled. columns: features built.
    """

    at: datetime
    observed_from: datetime
    observed_until: datetime
    cutoffs: tuple[datetime, ...]
    spacing: float
    horizon: float
    eligible: float
    gap: float
    window: float
    season: bool
    rows: int
    share: float
    columns: int

    def params(self) -> dict[str, Any]:
        """The protocol by name, for MLflow and JSON."""
        return {
            "trained_for": self.at.isoformat(),
            "logs_from": self.observed_from.isoformat(),
            "logs_until": self.observed_until.isoformat(),
            "training_cutoffs": len(self.cutoffs),
            "first_training_cutoff": f"{self.cutoffs[0]:%Y-%m-%dT%H:%M}" if self.cutoffs else None,
            "last_training_cutoff": f"{self.cutoffs[-1]:%Y-%m-%dT%H:%M}" if self.cutoffs else None,
            "cutoff_spacing_days": self.spacing,
            "label_gap_days": self.gap,
            "label_window_days": self.window,
            "season_weights": self.season,
            "training_rows": self.rows,
            "sample_share": round(self.share, 6),
            "feature_columns": self.columns,
        }


def plan(base: UserBase, at: Sequence[datetime]) -> list[Protocol]:
    """The protocol of a model for each of the given moments, before anything is built.

    Where users are sampled, the number of rows is the expected one.
    """
    users: dict[datetime, int] = {}
    found = []
    for moment in at:
        cutoffs = training_cutoffs(base.config, base.tables.observed_from, moment)
        for cutoff in cutoffs:
            if cutoff not in users:
                users[cutoff] = count(base, cutoff)
        total = sum(users[cutoff] for cutoff in cutoffs)
        share = sample(total, base.config.train.rows)
        found.append(_protocol(base, moment, cutoffs, round(total * share), share))
    return found


def of(base: UserBase, learn: Rows, at: datetime) -> Protocol:
    """The protocol behind given rows, for a model that predicts at ``at``."""
    return _protocol(base, at, learn.cutoffs, len(learn), learn.share)


def _protocol(base: UserBase, at: datetime, cutoffs: Sequence[datetime], rows: int, share: float) -> Protocol:
    return Protocol(
        at=at,
        observed_from=base.tables.observed_from,
        observed_until=base.tables.observed_until,
        cutoffs=tuple(cutoffs),
        spacing=base.config.horizon / PER_HORIZON,
        horizon=base.config.horizon,
        eligible=base.config.eligible,
        gap=base.config.churn.gap_days,
        window=window(base.config) / DAY,
        season=seasonal(cutoffs),
        rows=rows,
        share=share,
        columns=len(model_columns(base.config, base.tables)),
    )
