"""Monetary: what a user spends. Refunds are subtracted from sums and are no orders of their own."""

import ibis

from features.feature import feature


@feature(table="orders", unit="currency", empty=0)
def order_amount(orders, inside):
    """Amount spent in the window, refunds subtracted."""
    return orders.amount.sum(where=inside)


@feature(table="orders", unit="currency", empty=0)
def order_amount_total(orders):
    """Amount ever spent, refunds subtracted."""
    return orders.amount.sum()


@feature(table="orders", unit="orders", dtype="int64", empty=0)
def order_total(orders):
    """Orders ever placed."""
    return orders.count(where=~orders.refund)


@feature(table="orders", unit="currency", null="no order")
def order_amount_max(orders):
    """Largest order."""
    return orders.amount.max(where=~orders.refund)


@feature(table="orders", unit="currency", null="no order")
def order_amount_min(orders):
    """Smallest order."""
    return orders.amount.min(where=~orders.refund)


@feature(table="orders", unit="currency", null="no order")
def order_amount_last(orders):
    """Amount of the last order; the largest where several share its time."""
    latest = ibis.struct({"days_ago": orders.days_ago, "rest": -orders.amount})
    return orders.amount.argmin(latest, where=~orders.refund)


@feature(table="orders", unit="currency", empty=0, powers=(0, 2))
def order_amount_decayed(orders, weight):
    """Amount spent, each order counting half for every half-life that has passed since."""
    part = orders.amount.cast("float64") * weight.cast("float64") / 2.0**32
    return part.round(4).cast("decimal(18, 4)").sum()


@feature(unit="currency", null="no order")
def order_amount_mean(order_amount_total, order_total):
    """Mean amount of an order."""
    return order_amount_total / order_total.nullif(0)


@feature(unit="share", null="nothing spent", powers=(-2, 0, 1, 2))
def order_amount_share(order_amount, order_amount_total, days):
    """The window's share of all that the user ever spent."""
    return order_amount(days) / order_amount_total.nullif(0)


@feature(unit="currency", null="no order in the window", powers=(0, 2))
def order_value(order_amount, order_count, days):
    """Mean amount of an order of the window."""
    return order_amount(days) / order_count(days).nullif(0)


@feature(unit="ratio", null="no order, or nothing spent")
def order_amount_trend(order_amount_last, order_amount_mean):
    """The last order against the mean one."""
    return order_amount_last / order_amount_mean.nullif(0)


@feature(unit="ratio", null="nothing spent in twice the window", powers=(-1, 0, 1))
def order_amount_momentum(order_amount, days):
    """Amount of the window against that of twice the window."""
    return order_amount(days) / order_amount(2 * days).nullif(0)


@feature(table="orders", unit="currency", empty=0)
def order_amount_last_year(orders, horizon):
    """Amount spent one year ago, in the days that correspond to the horizon ahead."""
    return orders.amount.sum(where=(orders.days_ago <= 365) & (orders.days_ago > 365 - horizon))


@feature(table="orders", needs=("orders.items",), unit="items", null="no order with items in the window", powers=(0, 2))
def order_items(orders, inside):
    """Items ordered in the window."""
    return orders.items.cast("decimal(18, 4)").sum(where=inside)


@feature(table="orders", needs=("orders.discount",), unit="currency", empty=0, powers=(0, 2))
def order_discount(orders, inside):
    """Discounts granted in the window."""
    return orders.discount.sum(where=inside)


@feature(unit="share", null="nothing spent in the window", powers=(0, 2))
def order_discount_share(order_discount, order_amount, days):
    """Discounts of the window as a share of what the orders would have cost."""
    return order_discount(days) / (order_discount(days) + order_amount(days)).nullif(0)
