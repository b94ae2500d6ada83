"""Engagement: what users do besides buying."""

from features.feature import feature


@feature(table="events", unit="days", dtype="int64", empty=0, powers=(-3, -2, -1, 0, 2))
def event_days(events, inside):
    """Different days with an event in the window."""
    return events.day.nunique(where=inside)


@feature(table="events", needs=("events.event",), unit="kinds", dtype="int64", empty=0, powers=(0,))
def event_kinds(events, inside):
    """Different kinds of event in the window."""
    return events.event.nunique(where=inside)


@feature(table="events", needs=("events.item",), unit="items", dtype="int64", empty=0, powers=(-2, 0))
def event_items(events, inside):
    """Different items met in the window."""
    return events.item.nunique(where=inside)


@feature(table="events", needs=("events.session_id",), unit="sessions", dtype="int64", empty=0, powers=(-2, 0))
def event_sessions(events, inside):
    """Sessions in the window."""
    return events.session_id.nunique(where=inside)


@feature(table="events", needs=("events.value",), unit="as configured", empty=0)
def event_value(events, inside):
    """Sum of event values in the window."""
    return events.value.sum(where=inside)


@feature(table="events", needs=("events.value",), unit="as configured", null="no event with a value")
def event_value_mean(events):
    """Mean value of an event."""
    return events.value.sum() / events.value.count().nullif(0)


@feature(table="events", unit="events", dtype="int64", empty=0)
def event_total(events):
    """Events of any kind so far."""
    return events.count()


@feature(unit="events per session", null="no session in the window", powers=(0,))
def event_depth(event_count, event_sessions, days):
    """Events in a session, on average, in the window."""
    return event_count(days) / event_sessions(days).nullif(0)


@feature(unit="items per event", null="no event in the window", powers=(0,))
def event_breadth(event_items, event_count, days):
    """Different items per event in the window."""
    return event_items(days) / event_count(days).nullif(0)


@feature(unit="ratio", null="no event in twice the window", powers=(-2, -1, 0, 1))
def event_momentum(event_count, days):
    """Events of the window against those of twice the window: above one half, use is picking up."""
    return event_count(days) / event_count(2 * days).nullif(0)


@feature(unit="ratio", null="no day with an event in four times the window", powers=(-2, 0))
def event_stickiness(event_days, days):
    """Days with an event in the window against those in four times the window (like WAU against MAU)."""
    return event_days(days) / event_days(4 * days).nullif(0)


@feature(unit="events per day", null="no event in the window", powers=(-2, 0))
def event_intensity(event_count, event_days, days):
    """Events per day with an event, in the window."""
    return event_count(days) / event_days(days).nullif(0)
