"""Whether users behave as those that the model learned from: risks at every horizon of the churn curve that has closed.

Short horizons close weeks before the churn horizon does. A model is usually a little off at them; so what counts is how
far off it is now against how far off it was. Beside everybody stand the steady, the half with the lowest risk: few of
them are silent by chance, so a change of the product shows there first.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

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
ALL, STEADY = "all", "steady"


@dataclass(frozen=True)
class Early:
    """A horizon of one past snapshot, for all its scored users or the steady half.

    silent: the share without activity in so many days. usual: mean risk minus that share in the snapshots before, None
    where there are too few. off: further from it than noise and 2 points.
    """

    days: float
    group: str
    run: str
    as_of: str
    users: int
    risk: float
    silent: float
    usual: float | None
    off: bool


def early(base: UserBase, found: Sequence[Snapshot]) -> list[Early]:
    """The newest closed snapshot of each horizon of the curve up to H, shortest first, for all and for the steady.

    Snapshots whose model knew what came are passed over.
    """
    told, found = [], [one for one in found if not in_hindsight(one)]
    for days in [one for one in base.config.curve if one <= base.config.horizon]:
        short = replace(base, config=_of(base.config, days))
        looks = [
            _measured(short, one, days) for one in closed(base.config, found, base.tables.observed_until, LOOKS, days)
        ]
        for group in (ALL, STEADY):
            measured = [look[group] for look in looks if look]
            told += [_judged(measured)] if measured else []
    return told


def findings(found: Sequence[Early]) -> list[Finding]:
    """The horizons that are off: the base behaves otherwise than when its model was made."""
    return [_changed(one) for one in found if one.off]


def _of(config: Config, days: float) -> Config:
    """The configuration with another churn horizon, for labels alone."""
    churn = config.churn.model_copy(update={"horizon_days": days, "curve_days": []})
    return config.model_copy(update={"churn": churn, "value": config.value.model_copy(update={"horizon_days": days})})


def _measured(base: UserBase, snapshot: Snapshot, days: float) -> dict[str, Early]:
    """Both groups of a snapshot; none where nobody was scored, or the model has no such horizon."""
    rows = snapshot.table(["user_id", "eligible", "churn_curve"])
    rows = rows.filter(rows["eligible"])
    points = rows["churn_curve"].combine_chunks().flatten()
    mask = pc.equal(points.field("days").cast(pa.float64()), days)
    risk = points.field("churn_risk").filter(mask).to_numpy(zero_copy_only=False)
    if not len(rows) or len(risk) != len(rows):
        return {}
    came = labels(base, base.tables.observed_until, as_of(snapshot), rows)
    place = pc.index_in(rows["user_id"].combine_chunks(), came["user_id"].combine_chunks())
    silent = came["churned"].take(place).to_numpy().astype(float)
    about = snapshot.manifest["as_of"]
    groups = {ALL: np.ones(len(risk), bool), STEADY: risk <= np.median(risk)}
    return {
        name: Early(days, name, snapshot.run_id, about, int(of.sum()), _mean(risk[of]), _mean(silent[of]), None, False)
        for name, of in groups.items()
    }


def _mean(x: np.ndarray) -> float:
    return float(x.mean())


def _judged(measured: Sequence[Early]) -> Early:
    *past, one = measured
    if len(past) < LEAST:
        return one
    usual = float(np.median([x.risk - x.silent for x in past]))
    share = max(one.risk * (1 - one.risk), 1e-12)
    error = np.sqrt(share / one.users + 1.5 * share / sum(x.users for x in past))  # of a median: 1.5 times a mean's
    off = bool(abs(one.risk - one.silent - usual) > max(FAR, NOISE * error))
    return replace(one, usual=usual, off=off)


def _changed(one: Early) -> Finding:
    day, due = one.as_of[:10], one.risk - (one.usual or 0.0)
    who = (
        Said("scored users", "已评分用户")
        if one.group == ALL
        else Said("steadier half of the users", "较稳定的一半用户")
    )
    en = f"after {day}, {one.silent:.1%} of the {who.en} were silent for {one.days:g} days, {due:.1%} were due; "
    en += "users behave otherwise than those the model learned from: train again"
    zh = f"{day} 之后 {one.days:g} 天内，{who.zh}中 {one.silent:.1%} 没有活动，按模型应为 {due:.1%}；"
    zh += "用户行为已变化，请重新训练"
    return Finding("early churn", f"{one.days:g} days, {one.group}", "retrain", Said(en, zh))
