"""Recency: how long ago something last, or first, happened."""

from features.catalogue.feature import feature


@feature(table="activity", unit="days", null="never active", zh="距最近一次活跃的天数。")
def days_since_active(activity):
    """Days since the user was last active."""
    return activity.days_ago.min()


@feature(table="activity", unit="days", null="never active", zh="距首次活跃的天数。")
def tenure_days(activity):
    """Days since the user was first active."""
    return activity.days_ago.max()


@feature(unit="days", null="never active", zh="从日志开始到该用户首次活跃的天数，最多计两个预测期。")
def arrival_days(tenure_days, population, horizon):
    """Days from the beginning of the logs to the user's first activity, up to two horizons: whoever was there when the
    logs began may have come long before."""
    return (population.observed_days - tenure_days).clip(upper=2 * horizon)


@feature(unit="share", null="never active", zh="该用户首次活跃以来的时间占整个日志时长的比例。")
def tenure_share(tenure_days, population):
    """Share of the time that the logs cover since the user was first active."""
    return tenure_days / population.observed_days.nullif(0)


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
