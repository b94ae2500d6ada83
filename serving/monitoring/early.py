"""What the shortest horizons of the churn curve already tell: they close weeks before the churn horizon does.

A model is usually a little off at short horizons; so what counts is how far off it is now against how far off it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.config import Config
from features.said import Said
from features.user_base import UserBase
from serving.batch.snapshot import Snapshot
from serving.monitoring.finding import Finding
from serving.monitoring.past_snapshots import as_of, closed, in_hindsight
from training.rows.labels import labels

LOOKS = 5  # snapshots a horizon: the newest, and those that its usual bias is told by
LEAST = 2  # of the latter; fewer are no usual
NOISE = 4.0  # standard errors
FAR = 0.02  # beyond it, and beyond noise, the base has changed


@dataclass(frozen=True)
class Early:
    """A short horizon of one past snapshot. silent: the share without activity in so many days. usual: mean risk minus
    that share in the snapshots before, None where there are too few. off: further from it than noise and 2 points."""

    days: float
    run: str
    as_of: str
    users: int
    risk: float
    silent: float
    usual: float | None
    off: bool


def early(base: UserBase, found: Sequence[Snapshot]) -> list[Early]:
    """The newest closed snapshot of each horizon of the curve under H, shortest first."""
    told, found = [], [one for one in found if not in_hindsight(one)]
    for days in [one for one in base.config.curve if one < base.config.horizon]:
        short = base.over(base.tables.tables)
        config = _of(base.config, days)
        measured = [
            one
            for snapshot in closed(base.config, found, base.tables.observed_until, LOOKS, days)
            if (one := _measured(UserBase(config, short.con, short.tables), snapshot, days)) is not None
        ]
        if measured:
            told.append(_judged(measured))
    return told


def findings(found: Sequence[Early]) -> list[Finding]:
    """The horizons that are off: the base behaves otherwise than when its model was made."""
    return [_changed(one) for one in found if one.off]


def _of(config: Config, days: float) -> Config:
    """The configuration with another churn horizon, for labels alone."""
    churn = config.churn.model_copy(update={"horizon_days": days, "curve_days": []})
    return config.model_copy(update={"churn": churn, "value": config.value.model_copy(update={"horizon_days": days})})


def _measured(base: UserBase, snapshot: Snapshot, days: float) -> Early | None:
    rows = snapshot.table(["user_id", "eligible", "churn_curve"])
    rows = rows.filter(rows["eligible"])
    curves = rows["churn_curve"].combine_chunks()
    points = curves.flatten()
    mask = pc.equal(points.field("days").cast(pa.float64()), days)
    risk = points.field("churn_risk").filter(mask).to_numpy(zero_copy_only=False)
    if not len(rows) or len(risk) != len(rows):  # the model has no such horizon
        return None
    silent = labels(base, base.tables.observed_until, as_of(snapshot), rows)["churned"].to_numpy().mean()
    about = snapshot.manifest
    return Early(days, snapshot.run_id, about["as_of"], len(rows), float(risk.mean()), float(silent), None, False)


def _judged(measured: Sequence[Early]) -> Early:
    *past, one = measured
    if len(past) < LEAST:
        return one
    usual = float(np.median([x.risk - x.silent for x in past]))
    share = max(one.risk * (1 - one.risk), 1e-12)
    error = np.sqrt(share / one.users + 1.5 * share / sum(x.users for x in past))  # of a median: 1.5 times a mean's
    off = bool(abs(one.risk - one.silent - usual) > max(FAR, NOISE * error))
    return Early(one.days, one.run, one.as_of, one.users, one.risk, one.silent, usual, off)


def _changed(one: Early) -> Finding:
    day, due = one.as_of[:10], one.risk - (one.usual or 0.0)
    en = f"after {day}, {one.silent:.1%} of the scored users were silent for {one.days:g} days, {due:.1%} were due; "
    en += "users behave otherwise than those the model learned from: train again"
    zh = f"{day} 之后 {one.days:g} 天内，{one.silent:.1%} 的已评分用户没有活动，按模型应为 {due:.1%}；"
    zh += "用户行为已变化，请重新训练"
    return Finding("early churn", f"{one.days:g} days", "retrain", Said(en, zh))
