"""How healthy the base is, how long users stay so, and who has just begun to slip."""

from collections import Counter
from functools import reduce

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from features.boards.board import board, columns
from features.boards.sight import SCORED, Sight
from features.groups.stage_kinds import healthy_stages, warning_stages
from features.wall_clock import days_between, wall

OTHER = ("a row of another kind", "其他类型的行")
SCALE = 1e6  # sums of whole millionths are the same in any order


def wants(sight: Sight) -> str | None:
    return None if healthy_stages(sight.config) else "needs a stage that asks 'healthy == true' or 'healthy_weeks >= …'"


def _dates(sight: Sight) -> dict:
    """Date → rows, oldest first, the snapshot's own last."""
    return sight.earlier() | {sight.at: sight.tables[SCORED]}


def shaped(found: pa.Table, sight: Sight) -> pa.Table:
    """From users by the dates on which they were healthy and scored, as bits: shares by date and the curve."""
    zone, dates = sight.config.project.timezone, list(_dates(sight))
    masks, rows = [], []
    for one in found.to_pylist():
        if one["what"] == "mask":
            masks.append((one["healthy"], one["scored"], one["users"]))
        else:
            told = {"kind": "warning", "stage_before": one["stage_before"], "stage": one["stage"]}
            rows.append(told | {"users": one["users"], "value": one["value"]})
    for bit, at in enumerate(dates):
        scored = sum(users for _, mask, users in masks if mask >> bit & 1)
        healthy = sum(users for mask, _, users in masks if mask >> bit & 1)
        told = {"kind": "share", "date": wall(at, zone).date(), "users": scored, "healthy": healthy}
        rows.append(told | {"share": healthy / scored if scored else None})
    rows += _curve(masks, [days_between(dates[0], at, zone) for at in dates])
    empty = dict.fromkeys(one.name for one in health.columns)
    return pa.Table.from_pylist([empty | row for row in rows], health.schema())


def spells(mask: int, ages: list[float]) -> list[tuple[float, bool]]:
    """How long each spell of health was seen to last, and whether it was seen to end. ages: days by bit."""
    found, begin = [], None
    for bit, age in enumerate(ages):
        if mask >> bit & 1:
            begin = age if begin is None else begin
        elif begin is not None:
            found.append((age - begin, True))
            begin = None
    return found + ([(ages[-1] - begin, False)] if begin is not None and ages[-1] > begin else [])


def _curve(masks: list[tuple[int, int, int]], ages: list[float]) -> list[dict]:
    """Kaplan and Meier's estimate over all spells, which begin where health is first seen."""
    ended, seen = Counter[float](), Counter[float]()
    for mask, _, users in masks:
        for days, over in spells(mask, ages):
            seen[days] += users
            ended[days] += users * over
    kept, rows = 1.0, []
    for days in sorted(seen):
        at_risk = sum(users for one, users in seen.items() if one >= days)
        kept *= 1 - ended[days] / at_risk
        rows.append({"kind": "kept", "days": days, "users": at_risk, "healthy": at_risk - ended[days], "share": kept})
    return rows


@board(
    "health",
    ("Health", "用户健康度"),
    (
        "The share of healthy users from snapshot to snapshot, how long users stay healthy, and who has just moved "
        "into a stage that warns.",
        "各期健康用户占比、用户保持健康的时长，以及刚进入预警阶段的用户。",
    ),
    key=5,
    given=columns(
        (
            "kind",
            "text",
            "Row",
            "行",
            "share: of a date; kept: after so many days; warning: a move since the snapshot before.",
            "share：某日占比；kept：若干天后的保持率；warning：自上一快照以来的预警变化。",
        ),
        ("date", "date", "Date", "日期", "Date of the snapshot.", "快照日期。", *OTHER),
        (
            "days",
            "days",
            "Days healthy",
            "健康天数",
            "Days since the user was first seen healthy.",
            "自首次观察到健康以来的天数。",
            *OTHER,
        ),
        (
            "stage_before",
            "text",
            "Stage before",
            "上期阶段",
            "Stage in the snapshot before.",
            "上一快照中的阶段。",
            *OTHER,
        ),
        (
            "stage",
            "text",
            "Stage",
            "当前阶段",
            "The stage now, one that warns: lost health, high risk or silence.",
            "当前阶段：失去健康、高风险或沉默等预警阶段。",
            *OTHER,
        ),
        (
            "users",
            "count",
            "Users",
            "用户",
            "Users scored that day, or still followed so long, or who moved.",
            "当日已评分的用户数，或观察至此时长的用户数，或发生该变化的用户数。",
        ),
        (
            "healthy",
            "count",
            "Healthy",
            "健康用户",
            "Of these, users who were, or stayed, healthy.",
            "其中健康（或保持健康）的用户数。",
            "a warning",
            "预警行",
        ),
        (
            "share",
            "share",
            "Share",
            "占比",
            "Healthy divided by users that day; or the share that stays healthy so long (Kaplan-Meier).",
            "当日健康用户占比；或保持健康至此天数的比例（Kaplan-Meier）。",
            "a warning, or nobody to divide by",
            "预警行，或分母为零",
        ),
        (
            "value",
            "money",
            "Value at stake",
            "待挽留价值",
            "Sum of the value at stake of those who moved.",
            "发生该变化的用户的待挽留价值之和。",
            "no warning",
            "非预警行",
        ),
    ),
    scored=True,
    after=shaped,
    wants=wants,
)
def health(sight: Sight) -> ir.Table:
    """One aggregate by user over all dates: a bit for each date on which a user is healthy, and scored. Who is never
    scored has no bit, and is left out from the start."""
    good, bad = healthy_stages(sight.config), warning_stages(sight.config)
    looks = []
    for bit, rows in enumerate(_dates(sight).values()):
        rows = rows.filter(rows.eligible)
        weight, nothing = ibis.literal(1 << bit, "int64"), ibis.literal(0, "int64")
        healthy = ibis.ifelse(rows.stage.isin(good), weight, nothing)
        looks.append(rows.select(user_id=rows.user_id, healthy=healthy, scored=weight))
    users = reduce(lambda a, b: a.union(b), looks).group_by("user_id")
    users = users.aggregate(healthy=lambda t: t.healthy.sum(), scored=lambda t: t.scored.sum())
    masks = users.group_by("healthy", "scored").aggregate(users=users.count())
    text = ibis.null("string")
    masks = masks.select(
        "healthy",
        "scored",
        "users",
        what=ibis.literal("mask"),
        stage_before=text,
        stage=text,
        value=ibis.null("float64"),
    )
    now = sight.scored
    moved = now.filter(now.stage.isin(bad) & now.stage_before.isin(_others(sight, bad)))
    value = (moved.value_at_stake.fill_null(0) * SCALE).round().cast("int64").sum() / SCALE
    moves = moved.group_by("stage_before", "stage").aggregate(users=moved.count(), value=value)
    none = ibis.null("int64")
    moves = moves.mutate(what=ibis.literal("warning"), healthy=none, scored=none)
    return masks.union(moves.select(masks.columns))


def _others(sight: Sight, bad: list[str]) -> list[str]:
    """The stages that do not warn."""
    return [stage.name for ladder in sight.config.ladders for stage in ladder.stages if stage.name not in bad]
