"""The team's goals: what each stands at, and whether it is on the way to its target."""

from collections.abc import Callable
from datetime import datetime

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from features.boards.board import board, columns
from features.boards.sight import Sight
from features.config.operations.contact import day
from features.config.operations.named import GoalSetting
from features.groups.stage_kinds import healthy_stages
from features.wall_clock import wall

SCALE = 1e6  # sums of whole millionths are the same in any order
UNKNOWN = ("not known: there is no snapshot before, or nobody to divide by", "未知：没有更早的快照，或分母为零")


def wants(sight: Sight) -> str | None:
    return None if sight.config.goal else "needs [[goal]]"


def _value(sight: Sight, rows: ir.Table, metric: str) -> ir.Value:
    """What a metric comes to over a snapshot's rows; see ``METRICS`` in features/config/operations/goals.py."""
    how, _, of = metric.partition(":")
    if how in ("sum", "mean"):
        total = (rows[of].fill_null(0) * SCALE).round().cast("int64").sum().cast("float64") / SCALE
        return total / (rows[of].count().nullif(0) if how == "mean" else 1)
    there = rows.eligible if of == "healthy" else rows.stage.notnull()  # everybody is on a stage
    inside = there
    if of:
        inside = there & (rows.stage.isin(healthy_stages(sight.config)) if of == "healthy" else rows.stage == of)
    users = inside.cast("int64").sum().cast("float64")
    return users / there.cast("int64").sum().nullif(0) if how == "share" else users


def shaped(found: pa.Table, sight: Sight) -> pa.Table:
    """A row a goal, from the values then and now."""
    zone = sight.config.project.timezone
    now = wall(sight.at, zone)
    values = {one["which"]: one for one in found.to_pylist()}
    first = next(iter(sight.history), None)
    rows = []
    for number, goal in enumerate(sight.config.goal):
        value = values["now"][f"goal_{number}"]
        before = values["then"][f"goal_{number}"] if "then" in values else None
        since = wall(first, zone) if first and before is not None else None
        expected = _expected(before, value, since, now, goal)
        rows.append(
            {
                "place": number + 1,
                "goal": goal.name,
                "goal_zh": goal.zh or goal.name,
                "metric": goal.metric,
                "target": goal.target,
                "by": day(goal.by),
                "value": value,
                "since": since.date() if since else None,
                "value_before": before,
                "expected": expected,
                "state": _state(goal, value, expected, now),
            }
        )
    return pa.Table.from_pylist(rows, goals.schema())


def _expected(
    before: float | None, value: float | None, since: datetime | None, now: datetime, goal: GoalSetting
) -> float | None:
    """The value on the goal's day if it goes on as since then."""
    if before is None or value is None or since is None:
        return None
    left = max((day(goal.by) - now.date()).days, 0)
    return value + (value - before) / ((now - since).total_seconds() / 86400) * left


def _state(goal: GoalSetting, value: float | None, expected: float | None, now: datetime) -> str:
    reaches: Callable[[float], bool] = lambda one: one <= goal.target if goal.lower else one >= goal.target  # noqa: E731
    if value is None:
        return "unknown"
    if reaches(value):
        return "reached"
    if day(goal.by) < now.date():
        return "missed"
    return "unknown" if expected is None else "on_track" if reaches(expected) else "behind"


@board(
    "goals",
    ("Goals", "目标"),
    (
        "The team's goals: the value now against the target, and whether it will get there in time.",
        "团队目标：当前值与目标值的对比，以及按目前趋势能否如期达成。",
    ),
    key=1,
    given=columns(
        (
            "place",
            "count",
            "No.",
            "序号",
            "Place among the [[goal]]s of the configuration, from 1.",
            "在配置 [[goal]] 中的序号，从 1 起。",
        ),
        ("goal", "text", "Goal", "目标", "Its name.", "目标名称。"),
        ("goal_zh", "text", "Goal (Chinese)", "目标（中文）", "Its name in Chinese.", "目标的中文名称。"),
        (
            "metric",
            "text",
            "Measured by",
            "指标",
            "What is measured, such as share:healthy.",
            "衡量的指标，如 share:healthy。",
        ),
        ("target", "number", "Target", "目标值", "What the metric is to reach.", "指标要达到的值。"),
        ("by", "date", "By", "截止日", "Until which day.", "截止日期。"),
        (
            "value",
            "number",
            "Now",
            "当前值",
            "The metric in this snapshot.",
            "本次快照中的指标值。",
            "nobody to divide by",
            "分母为零",
        ),
        (
            "since",
            "date",
            "Since",
            "起算日",
            "Date of the oldest snapshot that it is compared with.",
            "用于对比的最早快照日期。",
            *UNKNOWN,
        ),
        (
            "value_before",
            "number",
            "Value then",
            "当时的值",
            "The metric in that snapshot.",
            "该快照中的指标值。",
            *UNKNOWN,
        ),
        (
            "expected",
            "number",
            "Expected by then",
            "预计值",
            "The value on the last day, if it goes on changing as since then.",
            "按此趋势到截止日的预计值。",
            *UNKNOWN,
        ),
        (
            "state",
            "text",
            "State",
            "状态",
            "reached, on_track, behind, missed, or unknown.",
            "reached 已达成、on_track 进展正常、behind 落后、missed 未达成、unknown 未知。",
        ),
    ),
    scored=True,
    after=shaped,
    wants=wants,
)
def goals(sight: Sight) -> ir.Table:
    """One row of values now and, where there is an earlier snapshot, one of the oldest that is looked at."""
    looks = {"now": sight.scored}
    if earlier := sight.earlier():
        looks["then"] = next(iter(earlier.values()))
    found = []
    for which, rows in looks.items():
        values = {f"goal_{n}": _value(sight, rows, one.metric) for n, one in enumerate(sight.config.goal)}
        found.append(rows.aggregate(**values).mutate(which=ibis.literal(which)))
    return found[0].union(found[1]) if len(found) > 1 else found[0]
