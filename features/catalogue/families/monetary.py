"""Monetary: what a user spends. Refunds are subtracted from sums and do not count as orders."""

import ibis

from features.catalogue.feature import WEIGHT_UNIT, WHOLE_YEAR, feature

NOTHING = 1e-12  # below this, a squared spread is a rounding error of 0


@feature(table="orders", unit="currency", empty=0, zh="窗口期内的消费金额，已扣除退款。")
def order_amount(orders, inside):
    """Amount spent in the window, refunds subtracted."""
    return orders.amount.sum(where=inside)


@feature(table="orders", unit="currency", empty=0, zh="累计消费金额，已扣除退款。")
def order_amount_total(orders):
    """Amount ever spent, refunds subtracted."""
    return orders.amount.sum()


@feature(table="orders", unit="orders", dtype="int64", empty=0, zh="累计下单次数。")
def order_total(orders):
    """Orders ever placed."""
    return orders.count(where=~orders.refund)


@feature(table="orders", unit="currency", null="no order", zh="最大一笔订单的金额。")
def order_amount_max(orders):
    """Largest order."""
    return orders.amount.max(where=~orders.refund)


@feature(table="orders", unit="currency", null="no order", zh="最小一笔订单的金额。")
def order_amount_min(orders):
    """Smallest order."""
    return orders.amount.min(where=~orders.refund)


@feature(table="orders", unit="currency", null="no order", zh="最近一笔订单的金额；同一时间有多笔时取最大的一笔。")
def order_amount_last(orders):
    """Amount of the last order; the largest where several share its time."""
    latest = ibis.struct({"days_ago": orders.days_ago, "rest": -orders.amount})
    return orders.amount.argmin(latest, where=~orders.refund)


@feature(table="orders", unit="currency", empty=0, powers=(0, 2), zh="消费金额，每过一个半衰期，旧的订单只算一半。")
def order_amount_decayed(orders, weight):
    """Amount spent, each order counting half for every half-life that has passed since."""
    part = orders.amount.cast("float64") * weight.cast("float64") / WEIGHT_UNIT
    places = orders.amount.type().scale
    return part.round(places).cast(f"decimal(18, {places})").sum()


@feature(table="orders", unit="currency", null="no order", zh="平均每笔订单的金额，不计退款。")
def order_amount_mean(orders):
    """Mean amount of an order, refunds left out."""
    return orders.amount.sum(where=~orders.refund) / orders.count(where=~orders.refund).nullif(0)


@feature(unit="share", null="nothing spent", powers=(-2, 0, 1, 2), zh="窗口期内的消费占该用户全部消费的比例。")
def order_amount_share(order_amount, order_amount_total, days):
    """The window's share of all that the user ever spent."""
    return order_amount(days) / order_amount_total.nullif(0)


@feature(
    table="orders",
    unit="currency",
    null="no order in the window",
    powers=(0, 2),
    zh="窗口期内平均每笔订单的金额（客单价），不计退款。",
)
def order_value(orders, inside):
    """Mean amount of an order of the window, refunds left out."""
    placed = inside & ~orders.refund
    return orders.amount.sum(where=placed) / orders.count(where=placed).nullif(0)


@feature(unit="ratio", null="no order, or nothing spent", zh="最近一笔订单与平均订单金额之比。")
def order_amount_trend(order_amount_last, order_amount_mean):
    """The last order against the mean one."""
    return order_amount_last / order_amount_mean.nullif(0)


@feature(
    unit="ratio",
    null="nothing spent in twice the window",
    powers=(-1, 0, 1),
    zh="窗口期的消费占两倍窗口期消费的比例：大于一半说明消费正在上升。",
)
def order_amount_momentum(order_amount, days):
    """Amount of the window against that of twice the window."""
    return order_amount(days) / order_amount(2 * days).nullif(0)


@feature(table="orders", unit="currency", empty=0, zh="去年同期（与预测期对应的那些天）的消费金额。")
def order_amount_last_year(orders, horizon):
    """Amount spent one year ago, in the days that correspond to the horizon ahead."""
    return orders.amount.sum(where=(orders.days_ago <= WHOLE_YEAR) & (orders.days_ago > WHOLE_YEAR - horizon))


@feature(
    table="orders",
    needs=("orders.items",),
    unit="items",
    null="no order with items in the window",
    powers=(0, 2),
    zh="窗口期内购买的商品件数。",
)
def order_items(orders, inside):
    """Items ordered in the window."""
    return orders.items.cast("decimal(18, 4)").sum(where=inside)


@feature(
    table="orders", needs=("orders.discount",), unit="currency", empty=0, powers=(0, 2), zh="窗口期内享受的优惠金额。"
)
def order_discount(orders, inside):
    """Discounts granted in the window."""
    return orders.discount.sum(where=inside)


@feature(unit="share", null="nothing spent in the window", powers=(0, 2), zh="窗口期内优惠占订单原价的比例。")
def order_discount_share(order_discount, order_amount, days):
    """Discounts of the window as a share of what the orders would have cost."""
    return order_discount(days) / (order_discount(days) + order_amount(days)).nullif(0)


@feature(
    table="orders",
    unit="ratio",
    null="fewer than two orders, or nothing spent",
    powers=(),
    zh="订单金额的标准差与平均订单金额之比：越接近 0，每笔金额越相近。",
)
def order_amount_spread(orders):
    """Standard deviation of order amounts (to the cent) against their mean: near 0, all are alike."""
    cents = orders.amount.cast("decimal(18, 2)")
    count = orders.count(where=~orders.refund).nullif(0)
    mean = cents.sum(where=~orders.refund).cast("float64") / count
    square = (cents.cast("decimal(38, 2)") * cents).sum(where=~orders.refund).cast("float64") / count
    ratio = square / (mean * mean).nullif(0) - 1
    return ibis.ifelse(count < 2, None, ibis.ifelse(ratio < NOTHING, 0.0, ratio.clip(lower=0).sqrt()))


@feature(
    unit="currency",
    empty=0,
    powers=(),
    zh="窗口期的消费比它之前同样长的一段时间多多少。",
)
def order_amount_change(order_amount, days):
    """Amount of the window less that of the window before it: what the user spends more, or less."""
    return 2 * order_amount(days) - order_amount(2 * days)


@feature(
    table="orders",
    needs=("tables.orders.refunds",),
    unit="refunds",
    dtype="int64",
    empty=0,
    powers=(1,),
    zh="窗口期内的退款次数。",
)
def refund_count(orders, inside):
    """Refunds in the window."""
    return orders.count(where=inside & orders.refund)


@feature(
    table="orders",
    needs=("tables.orders.refunds",),
    unit="currency",
    empty=0,
    powers=(),
    zh="窗口期内的退款金额。",
)
def refund_amount(orders, inside):
    """Amount refunded in the window."""
    return -orders.amount.sum(where=inside & orders.refund)


@feature(
    unit="share",
    null="nothing ordered in the window",
    powers=(1,),
    zh="窗口期内退款金额占下单金额的比例。",
)
def refund_share(refund_amount, order_amount, days):
    """Amount refunded in the window against that of its orders."""
    return refund_amount(days) / (order_amount(days) + refund_amount(days)).nullif(0)


@feature(
    table="channels",
    needs=("orders.channel",),
    unit="channels",
    dtype="int64",
    empty=0,
    powers=(),
    zh="下过单的渠道数。",
)
def order_channels(channels):
    """Channels that the user ever ordered through."""
    return channels.count()


@feature(
    table="channels",
    needs=("orders.channel",),
    unit="share",
    null="no order with a channel",
    powers=(),
    zh="主要下单渠道占全部订单的比例。",
)
def order_channel_share(channels):
    """Share of the orders that came through the user's main channel."""
    return channels.orders.max() / channels.orders.sum().nullif(0)
