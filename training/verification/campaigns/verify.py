"""Did a campaign work? A trial or not, effects with their intervals, stage moves, and the verdict in a sentence.

By intention to treat: everybody assigned counts in the arm that was drawn, reached or not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.groups import lifecycle
from features.progress import Progress, silent
from features.user_base import UserBase
from training.verification.arms import Arms, arms_of
from training.verification.campaigns.assigned import Campaign, campaigns, closed, closes
from training.verification.campaigns.before import before, compared, of_drawn
from training.verification.campaigns.looks_kept import Plan, level_of, look_now
from training.verification.campaigns.outcomes import best_first, outcomes, planned_move, stages
from training.verification.campaigns.reached import late, reached
from training.verification.campaigns.verdicts import few_clusters, not_due, of_move, too_few
from training.verification.churn_effect import churn_effect
from training.verification.delivery import Overlap, TreatedEffect, effect_on_treated, overlaps
from training.verification.effect import Effect, capped_value_effect, value_effect
from training.verification.looks import Look
from training.verification.relative_lift import RelativeLift, relative_lift
from training.verification.save_rates import SaveRates, save_rates
from training.verification.stage_moves import StageMoves, count_moves, stage_moves
from training.verification.trial import Trial, check, later
from training.verification.verdict import CHURN, VALUE, Verdict, judge

CAP = 0.99  # quantile of the last window's value at which the capped effect cuts
SEEN = 300_000  # users of a campaign kept with what they did: more tell uplift no better, and cost memory
CLUSTERS = 4  # below which no effect is told
FEWEST = 20  # users of an arm below which no effect is told


@dataclass(frozen=True)
class Verified:
    """A campaign and what it did. goal: churn, value or a stage move. users: assigned, by arm; of a play over several
    epochs, a user counts once in each. closes: when its last outcome window is over; looked: the users whose window was
    over at the look that is told; whatever follows is None before the first, and where it is no trial. cap: of the
    capped value effect. save_rates: of the play and by stay tier. reached: of those looked at in treatment, who has a
    message of the campaign; None where messages do not tell. look, plan: which look is told, and the looks so far.
    clusters: which intervals count instead of users; None where users are on their own.
    seen: users of exported runs with ``treated``, ``churned``, ``share``, at most SEEN: uplift is learned from them.
    """

    campaign_id: str
    goal: str
    users: tuple[int, int]
    begin: datetime
    closes: datetime
    trial: Trial
    verdict: Verdict
    looked: tuple[int, int] | None = None
    churn: Effect | None = None
    lift: RelativeLift | None = None
    value: Effect | None = None
    capped: Effect | None = None
    cap: float | None = None
    moves: StageMoves | None = None
    reached: int | None = None
    on_treated: TreatedEffect | None = None
    overlap: tuple[Overlap, ...] = ()
    save_rates: SaveRates | None = None
    look: Look | None = None
    plan: Plan | None = None
    key: str = ""
    clusters: int | None = None
    seen: pa.Table | None = None


def verify(
    base: UserBase,
    rows: pa.Table,
    goals: Mapping[str, str] | None = None,
    planned: Mapping[str, tuple[int, int]] | None = None,
    progress: Progress = silent,
    plans: Mapping[str, Plan] | None = None,
) -> list[Verified]:
    """Verify every campaign of the assigned users, see ``assigned.SCHEMA``, the earliest first.

    goals: by campaign, what it was to change; default: churn. planned: by campaign, the users drawn into both arms.
    plans: looks made before, by ``Campaign.key``; those of the answer are to be kept for the next time.
    """
    found, every = [], list(campaigns(rows))
    for done, campaign in enumerate(every):
        progress("verifying campaigns", done, len(every))
        name = campaign.campaign_id
        if not len(campaign.users):
            continue
        one = _verify(
            base,
            campaign,
            (goals or {}).get(name, "churn"),
            (planned or {}).get(name),
            (plans or {}).get(campaign.key),
        )
        found.append(replace(one, key=campaign.key))
    progress("verifying campaigns", len(every), len(every))
    return found


def only(rows: pa.Table, names: Sequence[str]) -> pa.Table:
    """The assigned users of campaigns with these ids, or of plays with these names."""
    ids = rows["campaign_id"].unique().to_pylist()
    wanted = [one for one in ids if one in names or one.rpartition("/")[2] in names]
    return rows.filter(pc.is_in(rows["campaign_id"], pa.array(wanted, pa.string())))


def _verify(
    base: UserBase, campaign: Campaign, goal: str, planned: tuple[int, int] | None, plan: Plan | None
) -> Verified:
    until, users = base.tables.observed_until, _sizes(campaign)
    over = closed(base.config, campaign, until)
    times = campaign.users["time"].to_numpy(zero_copy_only=False).astype("datetime64[us]")
    plan = look_now(plan, times[over], len(campaign.users), campaign.pooled)
    looked = (
        campaign.of(over & (times <= np.datetime64(plan.made[-1].until))) if plan.made else campaign.of(over & False)
    )
    flaws = (campaign.in_both_arms, late(base, campaign), _scored_late(campaign))
    drawn = _sizes(campaign.of(_first(campaign.drawn)))  # who is in several epochs tells of the ratio once
    trial = check(drawn, campaign.share, planned, None, *flaws)
    told = Verified(
        campaign.campaign_id, goal, users, campaign.begin, closes(base.config, campaign), trial, judge(trial, None)
    )
    if trial.refusals:
        return told
    if not plan.made:
        return replace(told, verdict=not_due(int(over.sum()), plan.next_users, plan.users)) if over.any() else told
    if min(_sizes(looked)) < FEWEST:
        return replace(told, verdict=too_few(_sizes(looked), FEWEST))
    cluster = looked.clusters
    if cluster is not None and (count := len(np.unique(cluster))) < CLUSTERS:
        return replace(told, verdict=few_clusters(count))
    churned, value = outcomes(base, looked, until)
    risk, expected = (_numbers(looked.users[name]) for name in ("risk", "expected_value"))
    active, spent = before(base, looked)
    sums = _sums(base, looked, churned, value, _cap(spent, value))
    columns = looked.treated, risk, expected, active, spent
    known = compared(*(of_drawn(looked.drawn, *columns) if looked.named_clusters else columns))
    trial = check(drawn, campaign.share, planned, known, *flaws)
    told = replace(told, trial=trial, looked=_sizes(looked), verdict=judge(trial, None))
    if trial.refusals:
        return told
    return _effects(base, replace(told, look=level_of(plan), plan=plan), looked, sums, churned, risk)


def _effects(
    base: UserBase, told: Verified, looked: Campaign, sums: Arms, churned: np.ndarray, risk: np.ndarray
) -> Verified:
    assert told.look is not None and told.plan is not None
    treated, level, more = looked.treated, told.look.level, not told.plan.over
    words = lifecycle.names(base.config)
    names = list(words)
    churn, value = churn_effect(sums, level), value_effect(sums, level)
    move = planned_move(told.goal, names)
    alone = not looked.named_clusters  # neither moves nor save rates know of clusters: nothing is better than too sure
    moves = None
    if alone:
        moves = stage_moves(count_moves(*stages(base, looked), treated), best_first(names), move, level)
    came, others = reached(base, looked)
    effect, aim = (value, VALUE) if told.goal == "value" else (churn, CHURN)
    known = np.isfinite(risk)
    rates = None
    if alone and known[treated].any() and known[~treated].any():
        group = pc.fill_null(looked.users["stay_tier"], "").filter(pa.array(known))
        rates = save_rates(group, treated[known].astype(float), churned[known], risk[known])
    return replace(
        told,
        verdict=of_move(moves, move, words, more) if move and moves else judge(told.trial, effect, aim, more),
        churn=churn,
        lift=relative_lift(churn),
        value=value,
        capped=capped_value_effect(sums, level),
        cap=sums.cap,
        moves=moves,
        reached=None if came is None else came[0],
        on_treated=None if came is None else effect_on_treated(effect, *came),
        overlap=overlaps(others, _sizes(looked)),
        save_rates=rates,
        clusters=None if looked.clusters is None else len(np.unique(looked.clusters)),
        seen=_seen(looked, churned),
    )


def _sums(base: UserBase, looked: Campaign, churned: np.ndarray, value: np.ndarray, cap: float | None) -> Arms:
    """All sums of the arms, made by the engine in one pass: ten million users are no arrays in between."""
    rows = looked.users.select(["arm", "risk", "expected_value"])
    rows = rows.append_column("churned", pa.array(churned > 0)).append_column("value", pa.array(value))
    cluster = looked.clusters
    if cluster is not None:
        rows = rows.append_column("cluster", pa.array(cluster))
    base.con.con.register("verified_rows", rows)
    sums = arms_of(base.con, base.con.table("verified_rows"), cap, None if cluster is None else "cluster")
    base.con.con.unregister("verified_rows")
    return sums


def _seen(looked: Campaign, churned: np.ndarray) -> pa.Table | None:
    """Users of an exported run with what they did, for what is learned by user; at most SEEN of them, at random."""
    rows = looked.users.select(["user_id", "time", "sent_as", "share"])
    if rows["share"].null_count or rows["sent_as"].null_count or looked.users["epoch"].null_count:
        return None
    rows = rows.append_column("treated", pa.array(looked.treated.astype("int8")))
    rows = rows.append_column("churned", pa.array(churned.astype("int8")))
    return rows.take(pa.array(np.sort(np.random.default_rng(0).permutation(len(rows))[:SEEN])))


def _cap(spent: np.ndarray, value: np.ndarray) -> float | None:
    """The 99 % quantile of what these users were worth in the window before, which no arm could change; where nobody
    spent then, of the window itself."""
    caps = (float(np.quantile(one, CAP)) for one in (spent, value))
    return next((cap for cap in caps if cap > 0), None)


def _sizes(campaign: Campaign) -> tuple[int, int]:
    treated = campaign.treated
    return int(treated.sum()), int((~treated).sum())


def _first(people: np.ndarray) -> np.ndarray:
    found = np.zeros(len(people), bool)
    found[np.unique(people, return_index=True)[1]] = True
    return found


def _numbers(column: pa.ChunkedArray) -> np.ndarray:
    return column.cast(pa.float64()).to_numpy(zero_copy_only=False).astype(float)


def _scored_late(campaign: Campaign) -> int:
    there = pc.is_valid(campaign.users["scored_at"])
    rows = campaign.users.filter(there)
    times = [rows[name].to_numpy(zero_copy_only=False).astype("datetime64[us]") for name in ("scored_at", "time")]
    return later(times[0], times[1]) if len(rows) else 0
