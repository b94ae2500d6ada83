"""Recency: how long ago something last, or first, happened."""

from features.feature import feature


@feature(table="activity", unit="days", null="never active")
def days_since_active(activity):
    """Days since the user was last active."""
    return activity.days_ago.min()


@feature(table="activity", unit="days", null="never active")
def tenure_days(activity):
    """Days since the user was first active."""
    return activity.days_ago.max()


@feature(table="orders", unit="days", null="no order")
def days_since_order(orders):
    """Days since the last order."""
    return orders.days_ago.min(where=~orders.refund)


@feature(table="events", unit="days", null="no event")
def days_since_event(events):
    """Days since the last event of any kind."""
    return events.days_ago.min()


@feature(table="activity", per="gap", unit="days", null="never away for so long", powers=())
def days_since_return(gaps, days):
    """Days since the user last came back from an absence of at least this length."""
    return gaps.ended.min(where=gaps.days >= days)
