"""Before a campaign: what the newest run's holdout of a play could see, of the users its budget takes."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.errors import BadInput, did_you_mean
from features.user_base import UserBase
from serving.batch.snapshot import Snapshot, open_snapshot
from serving.campaigns.fates import HOLDOUT
from serving.campaigns.run import open_run
from training.rows.labels import ahead, labels, window
from training.verification.power import Design, Goal, churn_goal, design, value_goal

SHARES = (0.05, 0.1, 0.2, 0.3, 0.5)  # of a holdout, to choose from
TENTH = 0.1  # without a save rate: a tenth less churn, a tenth more value


@dataclass(frozen=True)
class Seen:
    """Of one goal. mean: without the campaign, a share for churn, money a user for value. hoped: the change the play is
    asked about. now: what the play's holdout sees of it; by_share: the smallest change, by the share held out."""

    mean: float
    hoped: float
    now: Design
    by_share: dict[float, float | None]


@dataclass(frozen=True)
class PlayDesign:
    """A play before it is sent. users: both arms within the budget; over_budget: left out by it. rate: the play's save
    rate, None where it has none and a tenth is asked about."""

    run: str
    play: str
    users: int
    held: int
    share: float
    budget: float | None
    over_budget: int
    rate: float | None
    churn: Seen
    value: Seen


def design_of(base: UserBase, play: str) -> PlayDesign:
    """The design of a play from the newest run. Churn varies as the risks say: of a risk r by r (1 − r); value as that
    of the same users did in the last window that is over, which no score explains here: a cautious answer.

    Raises BadInput where the run has no such play, holds nobody of it out, or nobody of it was scored.
    """
    run = open_run(base.config.store_path, "latest")
    if play not in run.plays:
        raise BadInput(f"{run.name}: no play '{play}'; {did_you_mean(play, run.plays)}")
    mine = pa.concat_tables(
        pq.read_table(file, columns=["user_id", "arm", "reason"], filters=[("play", "=", play)]) for file in run.files
    )
    taken = mine.filter(pc.is_valid(mine["arm"]))
    snapshot = open_snapshot(base.config.store_path / "snapshots" / run.manifest["snapshot"])
    risk, stake = _scores(snapshot, taken["user_id"])
    if not len(risk):
        raise BadInput(f"{run.name}: nobody of '{play}' was scored, so nothing can be told before; try it on some")
    settings = run.plays[play]
    share, rate = settings["holdout"], settings.get("save_rate")
    if not 0 < share < 1:
        raise BadInput(f"{run.name}: '{play}' holds nobody out, so nothing can be proven; give it a holdout")
    mean = float(risk.mean())
    churn = churn_goal(mean, float(risk.var() / max(mean * (1 - mean), 1e-12)))
    value = _value(base, taken["user_id"])
    part = TENTH if rate is None else rate
    more = TENTH * value.mean if rate is None else rate * float(stake.mean())
    return PlayDesign(
        run=run.name,
        play=play,
        users=len(taken),
        held=int(pc.sum(pc.equal(taken["arm"], HOLDOUT)).as_py()),
        share=share,
        budget=settings.get("budget"),
        over_budget=int(pc.sum(pc.fill_null(pc.equal(mine["reason"], "over_budget"), False)).as_py() or 0),
        rate=rate,
        churn=_seen(churn, -part * mean, len(taken), share),
        value=_seen(value, more, len(taken), share),
    )


def _seen(goal: Goal, hoped: float, users: int, share: float) -> Seen:
    every = {one: design(goal, users, one).smallest for one in sorted({*SHARES, share})}
    return Seen(goal.mean, hoped, design(goal, users, share, hoped or None), every)


def _scores(snapshot: Snapshot, users: pa.ChunkedArray) -> tuple[np.ndarray, np.ndarray]:
    """Risk and value at stake of those among the users who were scored."""
    found = pa.concat_tables(
        pq.read_table(file, columns=["user_id", "churn_risk", "value_at_stake"]) for file in snapshot.files
    )
    found = found.filter(pc.and_(pc.is_in(found["user_id"], users.combine_chunks()), pc.is_valid(found["churn_risk"])))
    risk, stake = (found[name].cast(pa.float64()).to_numpy().astype(float) for name in ("churn_risk", "value_at_stake"))
    return risk, np.nan_to_num(stake)


def _value(base: UserBase, users: pa.ChunkedArray) -> Goal:
    """What these users were worth in the last window that is over."""
    until = base.tables.observed_until
    at = ahead(base.config, until, -window(base.config) / timedelta(days=1))
    found = labels(base, until, at, pa.table({"user_id": users}))["value"].to_numpy()
    return value_goal(float(found.mean()), max(float(found.std()), 1e-9))
