"""Did a campaign work? A trial or not, effects with their intervals, stage moves, and the verdict in a sentence.

By intention to treat: everybody assigned counts in the arm that was drawn, reached or not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.engine.duckdb_session import read
from features.progress import Progress, silent
from features.user_base import UserBase
from training.verification.arms import Arms, arms
from training.verification.assigned import Campaign, campaigns, closes
from training.verification.churn_effect import churn_effect
from training.verification.delivery import Overlap, TreatedEffect, effect_on_treated, overlaps
from training.verification.effect import Effect, capped_value_effect, value_effect
from training.verification.outcomes import best_first, outcomes, planned_move, stages
from training.verification.relative_lift import RelativeLift, relative_lift
from training.verification.save_rates import SaveRates, save_rates
from training.verification.stage_moves import StageMoves, count_moves, stage_moves
from training.verification.trial import Trial, check, later
from training.verification.verdict import CHURN, VALUE, Text, Verdict, judge

CAP = 0.99  # quantile of the value at which the capped effect cuts
FEWEST = 20  # users of an arm below which no effect is told


@dataclass(frozen=True)
class Verified:
    """A campaign and what it did. goal: churn, value or a stage move. closes: when its outcome windows are over;
    whatever follows is None before that, and where it is no trial. cap: of the capped value effect. save_rates: of the
    play and by stay tier. reached: users of treatment with a message of the campaign; None where messages do not tell.
    """

    campaign_id: str
    goal: str
    users: tuple[int, int]
    begin: datetime
    closes: datetime
    trial: Trial
    verdict: Verdict
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


def verify(
    base: UserBase,
    rows: pa.Table,
    goals: Mapping[str, str] | None = None,
    planned: Mapping[str, tuple[int, int]] | None = None,
    progress: Progress = silent,
) -> list[Verified]:
    """Verify every campaign of the assigned users, see ``assigned.SCHEMA``, the earliest first.

    goals: by campaign, what it was to change; default: churn. planned: by campaign, the users drawn into both arms.
    """
    found, every = [], list(campaigns(rows))
    for done, campaign in enumerate(every):
        progress("verifying campaigns", done, len(every))
        name = campaign.campaign_id
        found.append(_verify(base, campaign, (goals or {}).get(name, "churn"), (planned or {}).get(name)))
    progress("verifying campaigns", len(every), len(every))
    return found


def only(rows: pa.Table, names: Sequence[str]) -> pa.Table:
    """The assigned users of campaigns with these ids, or of plays with these names."""
    ids = rows["campaign_id"].unique().to_pylist()
    wanted = [one for one in ids if one in names or one.rpartition("/")[2] in names]
    return rows.filter(pc.is_in(rows["campaign_id"], pa.array(wanted, pa.string())))


def _verify(base: UserBase, campaign: Campaign, goal: str, planned: tuple[int, int] | None) -> Verified:
    until, treated = base.tables.observed_until, campaign.treated
    users = (int(treated.sum()), int((~treated).sum()))
    ends = closes(base.config, campaign)
    late = _late(base, campaign)
    scored = _scored_late(campaign)
    if ends > until or min(users) < FEWEST:
        trial = check(users, campaign.share, planned, None, campaign.in_both_arms, late, scored)
        verdict = judge(trial, None)
        if ends <= until and not trial.refusals:
            verdict = _too_few(users)
        return Verified(campaign.campaign_id, goal, users, campaign.begin, ends, trial, verdict)
    churned, value = outcomes(base, campaign, until)
    risk, expected = (_numbers(campaign.users[name]) for name in ("risk", "expected_value"))
    cap = float(np.quantile(value, CAP)) if value.any() else None
    sums = arms(treated, churned, value, risk, expected, cap)
    trial = check(users, campaign.share, planned, sums.before, campaign.in_both_arms, late, scored)
    if trial.refusals:
        return Verified(campaign.campaign_id, goal, users, campaign.begin, ends, trial, judge(trial, None))
    return _effects(base, campaign, goal, sums, trial, ends, churned, risk)


def _effects(
    base: UserBase,
    campaign: Campaign,
    goal: str,
    sums: Arms,
    trial: Trial,
    ends: datetime,
    churned: np.ndarray,
    risk: np.ndarray,
) -> Verified:
    treated, names = campaign.treated, [stage.name for stage in base.config.ladders[-1].stages]
    users = (int(treated.sum()), int((~treated).sum()))
    churn, value = churn_effect(sums), value_effect(sums)
    move = planned_move(goal, names)
    before, after = stages(base, campaign)
    moves = stage_moves(count_moves(before, after, treated), best_first(names), move)
    reached, others = _messages(base, campaign, ends)
    effect, aim = {"churn": (churn, CHURN), "value": (value, VALUE)}.get(goal, (churn, CHURN))
    verdict = judge(trial, effect, aim)
    if move is not None:
        verdict = _of_move(moves, move)
    known = np.isfinite(risk)
    tiers = [tier or "" for tier in campaign.users["stay_tier"].to_pylist()]
    rates = None
    if known[treated].any() and known[~treated].any():
        group = [tier for tier, there in zip(tiers, known, strict=True) if there]
        rates = save_rates(group, treated[known].astype(float), churned[known], risk[known])
    return Verified(
        campaign_id=campaign.campaign_id,
        goal=goal,
        users=users,
        begin=campaign.begin,
        closes=ends,
        trial=trial,
        verdict=verdict,
        churn=churn,
        lift=relative_lift(churn),
        value=value,
        capped=capped_value_effect(sums),
        cap=sums.cap,
        moves=moves,
        reached=None if reached is None else reached[0],
        on_treated=None if reached is None else effect_on_treated(effect, *reached),
        overlap=overlaps(others, users),
        save_rates=rates,
    )


def _of_move(moves: StageMoves, move: tuple[str, str]) -> Verdict:
    """The verdict where a stage move was planned: whether it came more often among the treated."""
    found, name = moves.planned, " -> ".join(move)
    if found is None:
        words = Text(f"not proven: nobody of one arm stood on {move[0]}", f"未能证实：有一组没有人处于 {move[0]}")
        return Verdict("not proven", words, Text("choose users who stand there", "请选择处于该阶段的用户"))
    a, b = (f"{moved / total:.1%}" for moved, total in zip(found.moved, found.users, strict=True))
    en = f"{name}: {a} in treatment, {b} in holdout ({100 * found.low:+.2f} to {100 * found.high:+.2f} points)"
    zh = f"{name}：实验组 {a}，对照组 {b}（{100 * found.low:+.2f} 至 {100 * found.high:+.2f} 个百分点）"
    if not found.claimed:
        after = Text("go on, or raise the holdout", "请继续执行，或提高对照组比例")
        return Verdict("not proven", Text(f"not proven: {en}", f"未能证实：{zh}"), after)
    if found.difference > 0:
        after = Text("go on with it, and keep the holdout", "继续执行，并保留对照组")
        return Verdict("worked", Text(f"it worked: {en}", f"有效：{zh}"), after)
    after = Text("stop it, or try another offer on few", "停止执行，或更换方案先小范围试验")
    return Verdict("harm", Text(f"it did harm: {en}", f"有害：{zh}"), after)


def _too_few(users: tuple[int, int]) -> Verdict:
    missing = FEWEST - min(users)
    en = f"not proven: {users[0]:,} users in treatment and {users[1]:,} in holdout are too few to tell anything"
    zh = f"未能证实：实验组 {users[0]:,} 人，对照组 {users[1]:,} 人，人数太少"
    return Verdict(
        "not proven", Text(en, zh), Text("write to more users, or raise the holdout", "请扩大人群或对照组比例"), missing
    )


def _numbers(column: pa.ChunkedArray) -> np.ndarray:
    return column.cast(pa.float64()).to_numpy(zero_copy_only=False).astype(float)


def _scored_late(campaign: Campaign) -> int:
    there = pc.is_valid(campaign.users["scored_at"])
    rows = campaign.users.filter(there)
    times = [rows[name].to_numpy(zero_copy_only=False).astype("datetime64[us]") for name in ("scored_at", "time")]
    return later(times[0], times[1]) if len(rows) else 0


def _late(base: UserBase, campaign: Campaign) -> int:
    """Users with a message of the campaign from before they were assigned: what it did was under way then."""
    rows = _joined(base, campaign, "m.campaign_id = {id} AND m.time < u.time")
    return int(rows["n"][0].as_py()) if rows is not None else 0


def _messages(
    base: UserBase, campaign: Campaign, ends: datetime
) -> tuple[tuple[int, int] | None, dict[str, tuple[int, int]]]:
    """Users of each arm with a message of the campaign, and of each other campaign, before the windows were over."""
    until = f"TIMESTAMP '{ends.isoformat(sep=' ')}'"
    rows = _joined(base, campaign, f"m.time >= u.time AND m.time < {until}", "m.campaign_id, u.arm")
    if rows is None:
        return None, {}
    counted: dict[str, dict[str, int]] = {}
    for row in rows.to_pylist():
        counted.setdefault(row["campaign_id"], {})[row["arm"]] = row["n"]
    pairs = {name: (each.get("treatment", 0), each.get("holdout", 0)) for name, each in counted.items()}
    return pairs.pop(campaign.campaign_id, (0, 0)), pairs


def _joined(base: UserBase, campaign: Campaign, where: str, by: str = "") -> pa.Table | None:
    messages = base.tables.get("messages")
    if messages is None or "campaign_id" not in messages.columns:
        return None
    con, mine = base.con, "'" + campaign.campaign_id.replace("'", "''") + "'"
    con.con.register("campaign_users", campaign.users.select(["user_id", "time", "arm"]))
    picked, grouped = (f"{by}, ", f" GROUP BY {by} ORDER BY {by}") if by else ("", "")
    found = read(
        con,
        f"SELECT {picked}count(DISTINCT u.user_id) AS n FROM campaign_users AS u "
        f"JOIN ({con.compile(messages)}) AS m USING (user_id) "
        f"WHERE m.campaign_id IS NOT NULL AND {where.replace('{id}', mine)}{grouped}",
    )
    con.con.unregister("campaign_users")
    return found
