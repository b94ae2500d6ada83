"""The base rate at a cutoff whose window has closed, and the activity of the whole base month by month."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

import ibis
import numpy as np

from features.build.past import activity_rows
from features.user_base import UserBase
from features.wall_clock import days_between
from training.rows.labels import ahead, labels
from training.rows.spine import eligible

MOST_MONTHS, MONTH_DAYS = 24, 365 / 12
SLACK = 1  # days: the first row of logs that begin with a day comes some hours later
FEWEST_USERS = 200  # a rate of fewer is noise


def base_rate(base: UserBase, cutoff: datetime, until: datetime, silence: float) -> tuple[float, int] | None:
    """The share that churned, and the number, of the users eligible at a cutoff whose silence then was at most so many
    days.

    None where there are fewer than 200. Raises BadInput where the window has not closed by ``until``.
    """
    limit = min(silence, base.config.eligible)
    config = base.config.model_copy(update={"churn": base.config.churn.model_copy(update={"eligible_days": limit})})
    users = base.con.to_pyarrow(eligible(replace(base, config=config), cutoff))
    if users.num_rows < FEWEST_USERS:
        return None
    return float(np.mean(labels(base, until, cutoff, users)["churned"].to_numpy(zero_copy_only=False))), users.num_rows


def monthly_activity(base: UserBase, at: datetime) -> np.ndarray:
    """Rows of activity in each twelfth of a year before ``at``, oldest first: 24, or those that the logs hold whole. No
    row at or after it is read."""
    held = days_between(base.tables.observed_from, at, base.config.project.timezone) + SLACK
    months = min(int(held / MONTH_DAYS), MOST_MONTHS)
    if not months:
        return np.empty(0)
    rows = activity_rows(base.tables, base.config.churn.activity, ("user_id", "time"))
    ends = [ahead(base.config, at, -MONTH_DAYS * k) for k in range(months, -1, -1)]
    inside = {
        f"m{k}": ((rows.time >= _at(begin)) & (rows.time < _at(end))).sum()
        for k, (begin, end) in enumerate(pairwise(ends))
    }
    found = base.con.to_pyarrow(rows.filter(rows.time < _at(at)).aggregate(**inside)).to_pylist()[0]
    return np.array(_counts(found[f"m{k}"] for k in range(months)))


def _counts(found: Iterable[int | None]) -> list[float]:
    return [float(one or 0) for one in found]


def _at(moment: datetime) -> ibis.Value:
    return ibis.literal(moment, "timestamp(6)")
