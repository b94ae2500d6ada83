"""The base rate at a cutoff whose window has closed, and the activity of the whole base month by month."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import pairwise

import ibis
import ibis.expr.types as ir
import numpy as np

from features.build.past import activity_rows
from features.engine.spark import answer
from features.user_base import UserBase
from features.wall_clock import days_between
from training.rows.labels import ahead, closed_by, labels_in
from training.rows.spine import ask, eligible_in

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
    closed_by(base.config, until, cutoff)

    def counted(tables: Mapping[str, ir.Table]) -> ir.Table:
        users = labels_in(config, tables, until, cutoff, eligible_in(config, tables, cutoff))
        return users.aggregate(users=users.count(), churned=users.churned.sum().fill_null(0))

    found = ask(base, cutoff, counted).to_pylist()[0]
    return None if found["users"] < FEWEST_USERS else (found["churned"] / found["users"], found["users"])


def monthly_activity(base: UserBase, at: datetime) -> np.ndarray:
    """Rows of activity in each twelfth of a year before ``at``, oldest first: 24, or those that the logs hold whole. No
    row at or after it is read."""
    held = days_between(base.tables.observed_from, at, base.config.project.timezone) + SLACK
    months = min(int(held / MONTH_DAYS), MOST_MONTHS)
    if not months:
        return np.empty(0)
    ends = [ahead(base.config, at, -MONTH_DAYS * k) for k in range(months, -1, -1)]

    def counted(tables: Mapping[str, ir.Table]) -> ir.Table:
        rows = activity_rows(tables, base.config.churn.activity, ("user_id", "time"))
        inside = {
            f"m{k}": ((rows.time >= _at(begin)) & (rows.time < _at(end))).sum()
            for k, (begin, end) in enumerate(pairwise(ends))
        }
        return rows.filter(rows.time < _at(at)).aggregate(**inside)

    found = answer(base.config, base.con, base.tables, counted).to_pylist()[0]
    return np.array(_counts(found[f"m{k}"] for k in range(months)))


def _counts(found: Iterable[int | None]) -> list[float]:
    return [float(one or 0) for one in found]


def _at(moment: datetime) -> ibis.Value:
    return ibis.literal(moment, "timestamp(6)")
