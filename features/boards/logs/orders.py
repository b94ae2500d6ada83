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
    smallest channel."""
    rows = sight.past("orders")
    channel = rows.channel if "channel" in rows.columns else ibis.null("string")
    rows = rows.mutate(channel=channel, bought=~rows.refund)
    order = [rows.bought.desc(), rows.time.asc(), rows.channel.asc(nulls_first=False), rows.amount.asc()]
    place = ibis.row_number().over(group_by="user_id", order_by=order)
    rows = rows.mutate(first=(place == 0) & rows.bought)
    amount = ibis.ifelse(rows.bought, rows.amount, ibis.literal(0, rows.amount.type()))
    found = rows.group_by("date", "channel").aggregate(
        orders=rows.bought.cast("int64").sum(),
        buyers=ibis.ifelse(rows.bought, rows.user_id, None).nunique(),
        first_orders=rows["first"].cast("int64").sum(),
        amount=amount.sum().cast("float64"),
        refunds=ibis.ifelse(rows.bought, ibis.literal(0, rows.amount.type()), rows.amount.abs()).sum().cast("float64"),
        discount=rows.discount.sum().cast("float64") if "discount" in rows.columns else ibis.null("float64"),
    )
    return found.mutate(repeat_orders=found.orders - found.first_orders, average=found.amount / found.orders.nullif(0))
