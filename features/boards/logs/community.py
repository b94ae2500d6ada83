"""Community groups by day and week: who joins, takes part, buys and leaves."""

from functools import reduce

import ibis
import ibis.expr.types as ir

from features.boards.board import board, columns
from features.boards.sight import Sight

LACKS = "needs [community] post or join, kinds of event, and a column event of [tables.events]"


def wants(sight: Sight) -> str | None:
    given = sight.config.community
    return None if (given.post or given.join) and sight.has("events", "event") else LACKS


def told(sight: Sight) -> ir.Table:
    """``user_id, time, event, group`` of the configured kinds of event: a group is the event's item."""
    rows, given = sight.past("events"), sight.config.community
    group = rows.item if "item" in rows.columns else ibis.null("string")
    kinds = [kind for kind in (given.join, given.leave, given.post) if kind]
    return rows.filter(rows.event.isin(kinds)).select("user_id", "time", "date", "event", group=group)


def stays(sight: Sight, rows: ir.Table) -> ir.Table:
    """``user_id, group, time, date, joined, end``: each time somebody was in a group, from entering to leaving.

    Who posts is in the group, whether or not the log tells of joining; ``joined`` says so where it does. end: null
    while the user is still in.
    """
    given = sight.config.community
    leaves = rows.event == given.leave if given.leave else ibis.literal(False)
    joined = rows.event == given.join if given.join else ~leaves
    moves = rows.mutate(inside=~leaves, joined=joined)
    by = {"group_by": ["user_id", "group"], "order_by": ["time", "inside", ibis.desc("joined")]}
    before = moves.inside.lag().over(**by)
    turns = moves.mutate(turn=moves.inside != before.fill_null(False)).filter(lambda row: row.turn)
    end = turns.time.lead().over(**by)
    return (
        turns.mutate(end=end).filter(lambda row: row.inside).select("user_id", "group", "time", "date", "joined", "end")
    )


def facts(sight: Sight) -> ir.Table:
    """``date, group, user_id, what, amount``: everything that is counted, one row each."""
    rows, given = told(sight), sight.config.community
    spans = stays(sight, rows)
    nothing = ibis.literal(0, "decimal(18, 4)")

    def fact(table: ir.Table, what: str, amount: ir.Value = nothing) -> ir.Table:
        return table.select("date", "group", "user_id", what=ibis.literal(what), amount=amount)

    found = [fact(spans, "entered"), fact(spans.filter(spans.joined), "joined")]
    left = spans.filter(spans.end.notnull())
    found.append(fact(left.mutate(date=sight.day(left.end)), "lost"))
    found.append(fact(rows.filter(rows.event == (given.post or "")), "active"))
    if sight.has("orders"):
        orders = sight.past("orders").filter(lambda row: ~row.refund)
        orders = orders.select("user_id", "amount", bought="time", day="date")
        within = orders.join(spans, "user_id")
        within = within.filter((within.bought >= within.time) & (within.end.isnull() | (within.bought < within.end)))
        within = within.select("group", "user_id", "amount", date="day")
        found.append(fact(within, "bought", within.amount.cast("decimal(18, 4)")))
    return reduce(lambda a, b: a.union(b), found)


@board(
    "community",
    ("Community", "社群运营"),
    (
        "Every community group by day and by week: joined, active, conversions, sales and lost.",
        "各社群按日、按周统计：新增、活跃、转化、成交额与流失。",
    ),
    key=3,
    given=columns(
        ("period", "text", "Period", "周期", "day or week.", "day：日；week：周。"),
        ("date", "date", "Begin", "开始日期", "The day, or the Monday of the week.", "当天，或当周的周一。"),
        (
            "group",
            "text",
            "Group",
            "社群",
            "The item of the community's events.",
            "社群事件的 item 列。",
            "the events name no group",
            "事件未注明社群",
        ),
        (
            "members",
            "count",
            "Members",
            "群成员",
            "Users who were in the group at some time of the period.",
            "周期内曾在群中的用户数。",
        ),
        ("joined", "count", "Joined", "新增人数", "Users who joined in the period.", "周期内入群的人数。"),
        (
            "active",
            "count",
            "Active",
            "活跃人数",
            "Users who posted in the period.",
            "周期内发言的人数。",
            "the configuration names no [community] post",
            "未配置 [community] post",
        ),
        (
            "active_rate",
            "share",
            "Active rate",
            "活跃率",
            "Active divided by members.",
            "活跃人数 ÷ 群成员。",
            "no members, or active is not known",
            "没有群成员，或活跃人数未知",
        ),
        (
            "conversions",
            "count",
            "Conversions",
            "转化人数",
            "Members with an order in the period.",
            "周期内下单的群成员数。",
        ),
        (
            "conversion_rate",
            "share",
            "Conversion rate",
            "转化率",
            "Conversions divided by members.",
            "转化人数 ÷ 群成员。",
            "no members are known",
            "没有已知成员",
        ),
        (
            "gmv",
            "money",
            "Sales (GMV)",
            "成交额 GMV",
            "Sum of the members' orders, refunds aside.",
            "群成员订单金额之和，不含退款。",
        ),
        ("lost", "count", "Lost", "流失人数", "Users who left the group in the period.", "周期内退群的人数。"),
    ),
    needs=("events",),
    wants=wants,
)
def community(sight: Sight) -> ir.Table:
    """A user in several groups counts in each; users by group and period are counted once."""
    period = ibis.array([ibis.literal("day"), ibis.literal("week")]).unnest()
    rows = facts(sight).mutate(period=period)
    rows = rows.mutate(date=ibis.ifelse(rows.period == "week", rows.date.truncate("W"), rows.date))

    def users(what: str) -> ir.Value:
        return ibis.ifelse(rows.what == what, rows.user_id, None).nunique()

    counts = rows.group_by("period", "date", "group").aggregate(
        entered=(rows.what == "entered").cast("int64").sum(),
        left=(rows.what == "lost").cast("int64").sum(),
        joined=users("joined"),
        active=users("active") if sight.config.community.post else ibis.null("int64"),
        conversions=users("bought"),
        lost=users("lost"),
        gmv=rows.amount.sum().cast("float64"),
    )
    so_far = ibis.cumulative_window(group_by=["period", "group"], order_by="date")
    members = counts.entered.sum().over(so_far) - counts["left"].sum().over(so_far) + counts["left"]
    counts = counts.mutate(members=members)
    of = counts.members.nullif(0)
    counts = counts.mutate(active_rate=counts.active / of, conversion_rate=counts.conversions / of)
    return counts.drop("entered", "left")
