"""Measures how long users stayed after past cutoffs, over several horizons: the basis for predicting lifetimes."""

from dataclasses import replace
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

CUTOFFS, ROWS = 3, 20_000  # at most, since features must be built for every cutoff
SLACK = 0.05  # of a horizon: half of the logs may be this much short, as the first row comes after midnight
FEWEST_USERS = 200  # to measure lifetimes on


def measure_lifetime(
    base: UserBase, bundle: Bundle, test: datetime, progress: Progress = silent
) -> tuple[Lifetime | None, str]:
    """The lifetime tables of a bundle, measured on windows that had all closed by ``test``, and a line that says what
    they rest on; or None, and a line that says why there are none."""
    horizons = base.config.lifetime_horizons
    closed, cutoffs = lifetime_cutoffs(base.config, base.tables.observed_from, test)
    if closed < min(2, horizons):
        days = days_between(base.tables.observed_from, test, base.config.project.timezone)
        return None, f"no lifetime: the logs hold {days:,.0f} days, {4 * base.config.horizon:g} are needed"
    then = rows(base, cutoffs, ROWS, progress)
    if len(then) < FEWEST_USERS:
        return None, f"no lifetime: {len(then):,} users at {len(cutoffs)} cutoffs, {FEWEST_USERS} are needed"
    truth = []
    for index, cutoff in enumerate(cutoffs):
        users = pa.table({"user_id": then.user_id.filter(pa.array(then.cutoff == index))})
        truth.append(labels.horizon_labels(base, test, cutoff, users, closed).sort_by("user_id"))
    found = pa.concat_tables(truth)
    active = np.column_stack([floats(found[f"active_{k}"]) for k in range(1, closed + 1)])
    table = pd.DataFrame({name: then.features[name] for name in bundle.features})
    score = bundle.score(table, threads(base.config))
    plain = replace(bundle, correction=None).score(table, threads(base.config)) if bundle.seasonal else score
    risk, predicted = score["churn_risk"].to_numpy(), bundle.value_per_horizon(plain["value_if_stays"].to_numpy())
    # The model learned from later cutoffs, with longer histories: at earlier ones it predicts too little for users who
    # stayed. Scale its sum to what came.
    stayed = then.churned == 0
    actual = np.maximum(bundle.value_per_horizon(then.value[stayed]).sum(), 0.0)
    predicted *= actual / max(predicted[stayed].sum(), 1e-9)
    ahead = "" if closed >= horizons else f", {closed} of them measured and the others by their ratio"
    what = f"lifetime: the next {horizons} horizons{ahead}, from {len(then):,} users at {len(cutoffs)} past cutoffs"
    return measure(risk, predicted, active, floats(found["value"]), horizons), what


def lifetime_cutoffs(config: Config, first: datetime, test: datetime) -> tuple[int, list[datetime]]:
    """How many horizons ahead can be measured, and the cutoffs to measure them from, oldest first.

    first: time of the oldest row. From the latest cutoff, half of the logs lie ahead, as far as ``test``. The
    others are spread evenly before it, down to a quarter of the logs, so that their windows cover many seasons.
    """
    span = days_between(first, test, config.project.timezone)
    closed = min(config.lifetime_horizons, int(span / config.horizon / 2 + SLACK))
    ahead = max(config.churn.gap_days + closed * config.horizon, labels.window(config) / DAY)
    grid = step_days(config.horizon)
    back = {round(max(0.75 * span - ahead, 0) * k / (CUTOFFS - 1) / grid) * grid for k in range(CUTOFFS)}
    return closed, sorted(later(test, -(ahead + days), config.project.timezone) for days in back)
