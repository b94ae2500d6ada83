"""The private-domain funnel: 引流 → 承接 → 培育 → 筛选 → 运营, by the channel that users came from."""

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from features.boards.board import board, columns
from features.boards.sight import Sight
from features.build.past import DAY_MICROSECONDS

STEPS = ("attract", "receive", "nurture", "qualify", "operate")  # 引流, 承接, 培育, 筛选, 运营
LACKS = "needs [private_domain] steps, five kinds of event, and a column event of [tables.events]"


def wants(sight: Sight) -> str | None:
    return None if sight.config.private_domain.steps and sight.has("events", "event") else LACKS


def taken(sight: Sight) -> ir.Table:
    """``user_id`` and ``at_0`` … ``at_4``: when a user first took each step at or after the step before; null: not."""
    rows = sight.past("events")
    rows = rows.filter(rows.event.isin(sight.config.private_domain.steps)).select("user_id", "event", "time")
    kinds = sight.config.private_domain.steps
    found = rows.filter(rows.event == kinds[0]).group_by("user_id").aggregate(at_0=lambda t: t.time.min())
    for step in range(1, len(kinds)):
        own = rows.filter(rows.event == kinds[step]).select(user="user_id", time="time")
        both = found.left_join(own, [found.user_id == own.user, own.time >= found[f"at_{step - 1}"]])
        kept = {name: both[name].min() for name in found.columns if name != "user_id"}  # alike in all rows of a user
        found = both.group_by("user_id").aggregate(**kept, **{f"at_{step}": both.time.min()})
    return found


def shaped(found: pa.Table, sight: Sight) -> pa.Table:
    """A row for each step of each channel's row of sums."""
    rows = []
    for one in found.to_pylist():
        for step, kind in enumerate(sight.config.private_domain.steps):
            users, before = one[f"users_{step}"], one[f"users_{step - 1}"] if step else 0
            rows.append(
                {
                    "channel": one["channel"],
                    "place": step + 1,
                    "step": STEPS[step],
                    "event": kind,
                    "users": users,
                    "rate": users / before if before else None,
                    "overall": users / one["users_0"],
                    "days_mean": one[f"total_{step}"] / users / DAY_MICROSECONDS if step and users else None,
                    "days_median": one[f"median_{step}"] / DAY_MICROSECONDS if step and users else None,
                }
            )
    return pa.Table.from_pylist(rows, private_domain.schema())


@board(
    "private_domain",
    ("Private-domain funnel", "私域漏斗"),
    (
        "How many users took each of the five steps, one after the other, by the channel that they came from, and how "
        "long each step took them.",
        "引流 → 承接 → 培育 → 筛选 → 运营：按来源渠道统计依次走完每一步的用户数及所用时间。",
    ),
    key=2,
    given=columns(
        (
            "channel",
            "text",
            "Channel",
            "渠道",
            "Channel that the user came from.",
            "用户的来源渠道。",
            "not known",
            "未知",
        ),
        (
            "place",
            "count",
            "Place",
            "序号",
            "Place of the step in the funnel, from 1.",
            "该步在漏斗中的序号，从 1 起。",
        ),
        (
            "step",
            "text",
            "Step",
            "步骤",
            "attract, receive, nurture, qualify or operate.",
            "attract 引流、receive 承接、nurture 培育、qualify 筛选、operate 运营。",
        ),
        (
            "event",
            "text",
            "Event",
            "事件",
            "The kind of event that is the step, by private_domain.steps.",
            "该步对应的事件类型，见 private_domain.steps。",
        ),
        (
            "users",
            "count",
            "Users",
            "用户",
            "Users who took this step and all before it, in their order.",
            "按顺序走到这一步的用户数。",
        ),
        (
            "rate",
            "share",
            "From the step before",
            "较上一步",
            "Users divided by those of the step before.",
            "用户数 ÷ 上一步用户数。",
            "the first step, or nobody took the one before",
            "第一步，或上一步没有用户",
        ),
        (
            "overall",
            "share",
            "From the first step",
            "较第一步",
            "Users divided by those of the first step.",
            "用户数 ÷ 第一步用户数。",
        ),
        (
            "days_mean",
            "days",
            "Mean days",
            "平均天数",
            "Mean days from the step before to this one.",
            "从上一步到这一步的平均天数。",
            "the first step, or nobody took this one",
            "第一步，或没有用户走到这一步",
        ),
        (
            "days_median",
            "days",
            "Median days",
            "天数中位数",
            "Half of the users took no longer than this.",
            "一半用户从上一步到这一步不超过此天数。",
            "the first step, or nobody took this one",
            "第一步，或没有用户走到这一步",
        ),
    ),
    needs=("events",),
    after=shaped,
    wants=wants,
)
def private_domain(sight: Sight) -> ir.Table:
    """A user is counted once, by the first time through; channels without anybody in the funnel are not there."""
    kinds, rows = sight.config.private_domain.steps, taken(sight)
    if sight.has("users", "channel"):
        rows = rows.left_join(sight.users("channel"), "user_id").drop("user_id_right")
    else:
        rows = rows.mutate(channel=ibis.null("string"))
    sums = {"users_0": rows.at_0.count()}
    for step in range(1, len(kinds)):
        now, before = rows[f"at_{step}"], rows[f"at_{step - 1}"]
        took = now.delta(before, unit="microsecond")
        sums[f"users_{step}"] = now.count()
        sums[f"total_{step}"] = took.sum().cast("float64")
        sums[f"median_{step}"] = took.cast("float64").median()
    return rows.group_by("channel").aggregate(**sums)
