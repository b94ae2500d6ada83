"""Cohorts: who came together, how many were there later, bought again, and what they brought."""

from collections import defaultdict
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa

from features.boards.activity import FEW, seen, user_days, visitors
from features.boards.board import board, columns
from features.boards.common import CHANNEL
from features.boards.periods import SAYS, earliest, first_day, last_whole, period
from features.boards.sight import Sight


def _triangle(found: pa.Table, sight: Sight) -> pa.Table:
    """Every period of every cohort, also those when nobody was there, with the value up to its end."""
    of: dict[tuple[int, str | None], dict[int, dict[str, int]]] = defaultdict(dict)
    for row in found.to_pylist():
        of[row["cohort"], row["channel"]][row["period"] - row["cohort"]] = row
    rows, last = [], last_whole(sight)
    for (cohort, channel), periods in of.items():
        users, total = periods[0]["retained"], 0
        for after in range(last - cohort + 1):
            one = periods.get(after, {"retained": 0, "repurchased": 0, "value": 0})
            total += one["value"]
            told: dict[str, Any] = {"date": first_day(cohort, sight.config), "channel": channel, "period": after}
            told["users"] = users
            told |= {name: one[name] for name in ("retained", "repurchased")}
            told |= {"value": float(one["value"]), "value_so_far": float(total), "per_user": float(total) / users}
            rows.append(told | {"retention": one["retained"] / users, "repurchase": one["repurchased"] / users})
    names = [one.name for one in retention.columns]
    return pa.Table.from_pylist(rows, pa.schema([(one, retention.schema().field(one).type) for one in names]))


@board(
    "retention",
    ("Retention and value", "留存与价值"),
    (
        "Users by the period and the channel they came by: how many were there in later periods, bought again, and "
        f"what they brought until then. A user came in the period of their first event or order. {SAYS[0]} {FEW[0]}",
        f"按用户首次到来的周期与来源渠道分组：之后各周期有多少人回来、复购，以及累计带来的价值。"
        f"以首次事件或订单为到来时间。{SAYS[1]}{FEW[1]}",
    ),
    key=3,
    given=(
        *columns(
            ("date", "date", "Cohort", "同期群", "First day of the period they came in.", "到来周期的第一天。"),
        ),
        CHANNEL,
        *columns(
            (
                "period",
                "count",
                "Periods after",
                "第几周期",
                "Periods after the first, which is 0.",
                "到来后的第几个周期，到来当期为 0。",
            ),
            ("users", "count", "Users", "用户数", "Users of the cohort.", "该同期群的用户数。"),
            (
                "retained",
                "count",
                "There",
                "留存用户",
                "Users who were there in this period.",
                "在该周期活跃的用户数。",
            ),
            (
                "retention",
                "share",
                "Retention",
                "留存率",
                "Users who were there divided by the cohort's.",
                "留存用户 ÷ 同期群用户。",
            ),
            (
                "repurchased",
                "count",
                "Bought again",
                "复购用户",
                "Users with an order in this period that is not their first.",
                "在该周期下单且不是首单的用户数。",
            ),
            (
                "repurchase",
                "share",
                "Repurchase",
                "复购率",
                "Users who bought again divided by the cohort's.",
                "复购用户 ÷ 同期群用户。",
            ),
            (
                "value",
                "money",
                "Value",
                "价值",
                "What they brought in this period, refunds taken off (setting value.sum).",
                "该周期带来的价值，已减退款（由 value.sum 设定）。",
            ),
            (
                "value_so_far",
                "money",
                "Value so far",
                "累计价值",
                "What they brought from the first period to this one.",
                "从到来当期累计至该周期的价值。",
            ),
            (
                "per_user",
                "money",
                "Lifetime value so far",
                "人均累计价值",
                "Value so far divided by the cohort's users.",
                "累计价值 ÷ 同期群用户。",
            ),
        ),
    ),
    after=_triangle,
)
def retention(sight: Sight) -> ir.Table:
    """One row per user and period; who they are is joined when these are few."""
    config, days = sight.config, user_days(sight)
    days = days.mutate(period=period(days.date, config))
    by_user = days.group_by("user_id", "period").aggregate(
        seen=seen(days).cast("int64").max(), bought=days.orders.sum(), value=days.value.sum()
    )
    came = visitors(sight)
    came = came.select(
        "user_id", "channel", cohort=period(came["first"], config), ordered=period(came.first_order, config)
    )
    came = came.filter((came.cohort >= earliest(sight)) & (came.cohort <= last_whole(sight)))
    found = by_user.inner_join(came, "user_id")
    found = found.filter((found.period >= found.cohort) & (found.period <= last_whole(sight)))
    again = (found.bought > 1) | ((found.bought == 1) & (found.period > found.ordered))
    found = found.mutate(again=again.cast("int64"))
    return found.group_by("cohort", "channel", "period").aggregate(
        retained=found.seen.sum(), repurchased=found.again.sum(), value=found.value.sum()
    )
