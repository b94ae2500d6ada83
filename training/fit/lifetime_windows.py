"""Measures, at past cutoffs, what became of users over several horizons: what lifetimes are told from."""

from datetime import datetime

import numpy as np
import pandas as pd
import pyarrow as pa

from features.catalogue.feature import step_days
from features.config import Config
from features.engine.duckdb_session import threads
from features.progress import Progress, silent
from features.user_base import UserBase
from features.wall_clock import days_between, later
from training.models.lifetime import Lifetime, measure
from training.rows import labels
from training.rows.labels import DAY
from training.rows.spine import floats, rows
from training.trained_model import Bundle

CUTOFFS, ROWS = 3, 20_000  # at most; every cutoff costs its features
SLACK = 0.05  # of a horizon that half of the logs may lack: the first row comes a little after the first midnight
FEWEST = 200  # users to measure


def outlook(base: UserBase, bundle: Bundle, test: datetime, progress: Progress = silent) -> tuple[Lifetime | None, str]:
    """The lifetime tables of a bundle, measured on windows that had all closed by ``test``; and what they rest on, or,
    with None, why there are none."""
    horizons = base.config.lifetime_horizons
    closed, cutoffs = measured(base.config, base.tables.observed_from, test)
    if closed < min(2, horizons):
        days = days_between(base.tables.observed_from, test, base.config.project.timezone)
        return None, f"no lifetime: the logs hold {days:,.0f} days, {4 * base.config.horizon:g} are needed"
    then = rows(base, cutoffs, ROWS, progress)
    if len(then) < FEWEST:
        return None, f"no lifetime: {len(then):,} users at {len(cutoffs)} cutoffs, {FEWEST} are needed"
    truth = []
    for index, cutoff in enumerate(cutoffs):
        users = pa.table({"user_id": then.user_id.filter(pa.array(then.cutoff == index))})
        truth.append(labels.outlook(base, test, cutoff, users, closed).sort_by("user_id"))
    found = pa.concat_tables(truth)
    active = np.column_stack([floats(found[f"active_{k}"]) for k in range(1, closed + 1)])
    score = bundle.score(pd.DataFrame({name: then.features[name] for name in bundle.features}), threads(base.config))
    risk, worth = score["churn_risk"].to_numpy(), bundle.worth(score["value_if_stays"].to_numpy())
    # The model learned from later cutoffs; where histories were shorter it tells too little of who stayed then.
    stayed = then.churned == 0
    worth *= np.maximum(bundle.worth(then.value[stayed]).sum(), 0.0) / max(worth[stayed].sum(), 1e-9)
    ahead = "" if closed >= horizons else f", {closed} of them measured and the others by their ratio"
    what = f"lifetime: the next {horizons} horizons{ahead}, from {len(then):,} users at {len(cutoffs)} past cutoffs"
    return measure(risk, worth, active, floats(found["value"]), horizons), what


def measured(config: Config, first: datetime, test: datetime) -> tuple[int, list[datetime]]:
    """How many horizons ahead can be measured, and the cutoffs for it, oldest first.

    Half of the logs (``first`` is the oldest row) is looked ahead from the latest of them, as far as ``test``. The
    others lie evenly before it, down to a quarter of the logs: so their windows see the most of the year's seasons.
    """
    span = days_between(first, test, config.project.timezone)
    closed = min(config.lifetime_horizons, int(span / config.horizon / 2 + SLACK))
    ahead = max(config.churn.gap_days + closed * config.horizon, labels.window(config) / DAY)
    grid = step_days(config.horizon)
    back = {round(max(0.75 * span - ahead, 0) * k / (CUTOFFS - 1) / grid) * grid for k in range(CUTOFFS)}
    return closed, sorted(later(test, -(ahead + days), config.project.timezone) for days in back)
