"""Traffic by day and channel: who was there, who was new, and how many within the week and the month."""

from collections import defaultdict
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from features.boards.activity import FEW, seen, user_days, visitors
from features.boards.board import board, columns
from features.boards.common import CHANNEL, DAY
from features.boards.periods import last_day, number
from features.boards.sight import Sight

DAYS = 400  # a year, and what the weeks of a year before need
WEEK, MONTH = 7, 30
EPOCH = date(1970, 1, 1)


def _calendar(found: pa.Table, sight: Sight) -> pa.Table:
    """A row for every day of a channel, from the first that it has: those of the week and of the month add up from who
    comes in and who drops out."""
    last = (last_day(sight) - EPOCH).days
    of: dict[str | None, dict[int, dict[str, int]]] = defaultdict(dict)
    for row in found.to_pylist():
        of[row["channel"]][row["day"]] = row
    rows = []
    for channel, days in of.items():
        week = month = 0
        for day in range(min(days), last + 1):
            one = days.get(day, {})
            week += one.get("week", 0)
            month += one.get("month", 0)
            if day <= last - DAYS:
                continue
            told = {name: one.get(name, 0) for name in ("active", "new", "sessions", "events", "orders")}
            told |= {"returning": told["active"] - told["new"], "week": week, "month": month}
            share = told["active"] / month if month else None
            rows.append({"date": EPOCH + timedelta(days=day), "channel": channel, **told, "stickiness": share})
    names = [one.name for one in traffic.columns]
    return pa.Table.from_pylist(rows, pa.schema([(one, traffic.schema().field(one).type) for one in names]))


@board(
    "traffic",
    ("Traffic", "流量"),
    (
        f"Who was there, day by day, by the channel they came by: anybody with an event or an order, refunds aside. "
        f"A user has one channel, so channels add up to the whole. The last {DAYS} days. {FEW[0]}",
        f"按日、按用户来源渠道统计的活跃用户：当天有事件或订单（不含退款）即为活跃。每位用户只属于一个渠道，"
        f"各渠道相加即为总数。显示最近 {DAYS} 天。{FEW[1]}",
    ),
    key=2,
    given=(
        DAY,
        CHANNEL,
        *columns(
            ("active", "count", "Active (DAU)", "日活", "Users who were there that day.", "当天活跃的用户数。"),
            (
                "new",
                "count",
                "New",
                "新用户",
                "Of these, users who were never there before.",
                "其中此前从未活跃过的用户数。",
            ),
            (
                "returning",
                "count",
                "Returning",
                "老用户",
                "Of these, users who had been there before.",
                "其中此前活跃过的用户数。",
            ),
            (
                "sessions",
                "count",
                "Sessions",
                "会话数",
                "Sessions of events that day; 0 where events name none.",
                "当天的会话数；事件没有会话编号时为 0。",
            ),
            ("events", "count", "Events", "事件数", "Events that day.", "当天的事件数。"),
            ("orders", "count", "Orders", "订单数", "Orders that day, refunds aside.", "当天的订单数，不含退款。"),
            (
                "week",
                "count",
                "Of the week (WAU)",
                "周活",
                f"Users who were there in the {WEEK} days up to this one.",
                f"截至当天 {WEEK} 天内活跃过的用户数。",
            ),
            (
                "month",
                "count",
                "Of the month (MAU)",
                "月活",
                f"Users who were there in the {MONTH} days up to this one.",
                f"截至当天 {MONTH} 天内活跃过的用户数。",
            ),
            (
                "stickiness",
                "share",
                "Stickiness",
                "粘性",
                "Active users of the day divided by those of the month: how often a user comes.",
                "日活 ÷ 月活，反映用户来得有多勤。",
                "nobody was there in the month",
                "近一月无人活跃",
            ),
        ),
    ),
    after=_calendar,
)
def traffic(sight: Sight) -> ir.Table:
    """One row per user and day, and the day of the user's next one. A user is of the week from a day on until the next
    of their days, at most for seven: so each counts once, and no row is copied for every day of a window."""
    days = user_days(sight)
    begin = last_day(sight) - timedelta(days=DAYS + MONTH - 1)
    days = days.filter(seen(days) & (days.date >= ibis.literal(begin, "date")))
    days = days.inner_join(visitors(sight).select("user_id", "channel", "first"), "user_id")
    days = days.mutate(day=number(days.date), new=(days.date == days["first"]).cast("int64"))
    sums = {name: days[name].sum() for name in ("new", "sessions", "events", "orders")}
    come = days.group_by("channel", "day").aggregate(active=days.count(), **sums)
    following = days.select("user_id", "channel", "day")
    gap = ibis.least(following.day.lead().over(group_by="user_id", order_by="day") - following.day, MONTH)
    stays = (
        following.mutate(gap=gap.fill_null(MONTH))
        .group_by("channel", "day", "gap")
        .aggregate(users=lambda t: t.count())
    )
    none = ibis.literal(0, "int64")
    names = ("new", "sessions", "events", "orders", "active", "week", "month")
    parts = [come.select("channel", "day", *names[:-2], week=come.active, month=come.active)]
    for name, span in (("week", WEEK), ("month", MONTH)):
        gone = stays.day + ibis.least(stays.gap, span)
        parts.append(stays.select("channel", day=gone, **dict.fromkeys(names, none) | {name: -stays.users}))
    moved = ibis.union(*(one.select("channel", "day", *names) for one in parts))
    return moved.group_by("channel", "day").aggregate(**{name: moved[name].sum() for name in names})
