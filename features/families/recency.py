"""Recency: how long ago something last, or first, happened."""

from features.feature import feature


@feature(table="activity", unit="days", null="never active", zh="距最近一次活跃的天数。")
def days_since_active(activity):
    """Days since the user was last active."""
    return activity.days_ago.min()


@feature(table="activity", unit="days", null="never active", zh="距首次活跃的天数。")
def tenure_days(activity):
    """Days since the user was first active."""
    return activity.days_ago.max()


@feature(table="orders", unit="days", null="no order", zh="距最近一次下单的天数。")
def days_since_order(orders):
    """Days since the last order."""
    return orders.days_ago.min(where=~orders.refund)


@feature(
    table="events", unit="days", null="no event", kinds=(0,), zh="距最近一次行为的天数（全部行为，或指定的一种）。"
)
def days_since_event(events, where):
    """Days since the last event, of any kind or of the one named."""
    return events.days_ago.min(where=where)


@feature(
    table="activity",
    per="gap",
    unit="days",
    null="never away for so long",
    powers=(),
    zh="距最近一次回归的天数：此前至少离开了窗口所示的天数。",
)
def days_since_return(gaps, days):
    """Days since the user last came back from an absence of at least this length."""
    return gaps.ended.min(where=gaps.days >= days)
