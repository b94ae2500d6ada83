"""Orders by day and channel."""

import ibis
import ibis.expr.types as ir

from features.boards.board import board, columns
from features.boards.sight import Sight


@board(
    "orders",
    ("Orders", "订单"),
    ("Orders by day and channel, first and repeat.", "按日与渠道统计的订单，区分首单与复购。"),
    key=2,
    given=columns(
        ("date", "date", "Day", "日期", "Day of the project's calendar.", "项目时区的日期。"),
        ("channel", "text", "Channel", "渠道", "Channel of the order.", "下单渠道。", "not known", "未知"),
        ("orders", "count", "Orders", "订单数", "Orders placed, refunds aside.", "下单数，不含退款。"),
        (
            "buyers",
            "count",
            "Buyers",
            "购买用户",
            "Users with an order that day in the channel.",
            "当天在该渠道下单的用户数。",
        ),
        (
            "first_orders",
            "count",
            "First orders",
            "首单",
            "Orders that are their user's first ever.",
            "用户的第一笔订单数。",
        ),
        (
            "repeat_orders",
            "count",
            "Repeat orders",
            "复购单",
            "Orders of users who had ordered before.",
            "此前已下过单的用户的订单数。",
        ),
        ("amount", "money", "Amount", "金额", "Sum of the orders' amounts.", "订单金额之和。"),
        ("refunds", "money", "Refunds", "退款", "Sum of the refunds, as a positive number.", "退款金额之和（正数）。"),
        (
            "discount",
            "money",
            "Discounts",
            "优惠",
            "Sum of the discounts.",
            "优惠金额之和。",
            "the table has no discounts",
            "订单表没有优惠列",
        ),
        (
            "average",
            "money",
            "Average order",
            "客单价",
            "Amount divided by orders.",
            "金额 ÷ 订单数。",
            "no order that day",
            "当天没有订单",
        ),
    ),
    needs=("orders",),
)
def orders(sight: Sight) -> ir.Table:
    """Each order is one row of the clean table; a user's first is the earliest, of several at once the one of the
    smallest channel. By user first, so that no set of buyers is kept for each day."""
    rows = sight.past("orders")
    rows = rows.mutate(channel=rows.channel if "channel" in rows.columns else ibis.null("string"))
    nothing = ibis.literal(0, rows.amount.type())
    by_user = rows.group_by("date", "channel", "user_id").aggregate(
        orders=(~rows.refund).cast("int64").sum(),
        amount=ibis.ifelse(rows.refund, nothing, rows.amount).sum(),
        refunds=ibis.ifelse(rows.refund, rows.amount.abs(), nothing).sum(),
        discount=rows.discount.sum() if "discount" in rows.columns else ibis.null("float64"),
    )
    sums = {name: by_user[name].sum() for name in ("orders", "amount", "refunds", "discount")}
    buyers = (by_user.orders > 0).cast("int64").sum()
    found = by_user.group_by("date", "channel").aggregate(buyers=buyers, **sums)
    first = _first(rows).group_by("date", "channel").aggregate(first_orders=lambda t: t.count())
    first = first.rename({"=date": "date", "=channel": "channel"})
    same = [found.date == first["=date"], found.channel.identical_to(first["=channel"])]
    found = found.left_join(first, same).drop("=date", "=channel")
    found = found.mutate(first_orders=found.first_orders.fill_null(0))
    found = found.mutate(**{name: found[name].cast("float64") for name in ("amount", "refunds", "discount")})
    return found.mutate(repeat_orders=found.orders - found.first_orders, average=found.amount / found.orders.nullif(0))


def _first(rows: ir.Table) -> ir.Table:
    """Of every user the first order; only those of their first moment are put in order."""
    bought = rows.filter(~rows.refund).select("user_id", "time", "date", "channel", "amount")
    begin = bought.group_by("user_id").aggregate(begin=bought.time.min()).rename({"=user": "user_id"})
    early = bought.inner_join(begin, [bought.user_id == begin["=user"], bought.time == begin.begin])
    order = [early.channel.asc(nulls_first=False), early.amount.asc()]
    place = ibis.row_number().over(group_by="user_id", order_by=order)
    return early.mutate(place=place).filter(lambda row: row.place == 0)
