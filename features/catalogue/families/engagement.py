"""Engagement: what users do besides buying."""

from features.catalogue.feature import feature

STEPS, LONG_AGO = 100, 1_000_000  # more than a funnel has steps, more than logs have days


@feature(
    table="events",
    per="day",
    unit="days",
    dtype="int64",
    empty=0,
    powers=(-3, -2, -1, 0, 2),
    kinds=(),
    zh="窗口期内有行为的不同天数。",
)
def event_days(latest, inside):
    """Different days with an event in the window."""
    return latest.count(where=inside)


@feature(
    table="events",
    per="event",
    needs=("events.event",),
    unit="kinds",
    dtype="int64",
    empty=0,
    powers=(0,),
    zh="窗口期内出现过的行为种类数。",
)
def event_kinds(latest, inside):
    """Different kinds of event in the window."""
    return latest.count(where=inside)


@feature(
    table="events",
    per="item",
    needs=("events.item",),
    unit="items",
    dtype="int64",
    empty=0,
    powers=(-2, 0),
    kinds=(),
    zh="窗口期内接触过的不同物品数。",
)
def event_items(latest, inside):
    """Different items met in the window."""
    return latest.count(where=inside)


@feature(
    table="events",
    per="session_id",
    needs=("events.session_id",),
    unit="sessions",
    dtype="int64",
    empty=0,
    powers=(-2, 0),
    kinds=(),
    zh="窗口期内的会话（访问）次数。",
)
def event_sessions(latest, inside):
    """Sessions in the window."""
    return latest.count(where=inside)


@feature(
    table="events", needs=("events.value",), unit="as configured", empty=0, kinds=(), zh="窗口期内各次行为的价值合计。"
)
def event_value(events, inside):
    """Sum of event values in the window."""
    return events.value.sum(where=inside)


@feature(
    table="events",
    needs=("events.value",),
    unit="as configured",
    null="no event with a value",
    zh="每次行为的平均价值。",
)
def event_value_mean(events):
    """Mean value of an event."""
    return events.value.sum() / events.value.count().nullif(0)


@feature(
    table="events",
    unit="events",
    dtype="int64",
    empty=0,
    kinds=(),
    zh="截至目前的行为总次数（全部行为，或指定的一种）。",
)
def event_total(events, where):
    """Events so far, of any kind or of the one named."""
    return events.count(where=where)


@feature(unit="events per session", null="no session in the window", powers=(0,), zh="窗口期内平均每次会话的行为数。")
def event_depth(event_count, event_sessions, days):
    """Events in a session, on average, in the window."""
    return event_count(days) / event_sessions(days).nullif(0)


@feature(
    unit="items per event", null="no event in the window", powers=(0,), zh="窗口期内平均每次行为涉及的不同物品数。"
)
def event_breadth(event_items, event_count, days):
    """Different items per event in the window."""
    return event_items(days) / event_count(days).nullif(0)


@feature(
    unit="ratio",
    null="no event in twice the window",
    powers=(-2, -1, 0, 1),
    zh="窗口期的行为数占两倍窗口期行为数的比例：大于一半说明使用正在增多。",
)
def event_momentum(event_count, days):
    """Events of the window against those of twice the window: above one half, use is picking up."""
    return event_count(days) / event_count(2 * days).nullif(0)


@feature(
    unit="ratio",
    null="no day with an event in four times the window",
    powers=(-2, 0),
    zh="窗口期内有行为的天数占四倍窗口期内有行为天数的比例（类似周活比月活）。",
)
def event_stickiness(event_days, days):
    """Days with an event in the window against those in four times the window (like WAU against MAU)."""
    return event_days(days) / event_days(4 * days).nullif(0)


@feature(
    unit="events per day", null="no event in the window", powers=(-2, 0), zh="窗口期内有行为的日子里平均每天的行为数。"
)
def event_intensity(event_count, event_days, days):
    """Events per day with an event, in the window."""
    return event_count(days) / event_days(days).nullif(0)


@feature(
    unit="share",
    null="no event in the window",
    powers=(),
    kinds=(0,),
    zh="指定的一种行为占窗口期内全部行为的比例。",
)
def event_share(event_count, kind, days):
    """Share of one kind among the events of the window."""
    return event_count(days, kind) / event_count(days).nullif(0)


@feature(
    table="events",
    needs=("events.event", "funnel.steps"),
    unit="step",
    dtype="int64",
    empty=0,
    powers=(-2, 0),
    zh="窗口期内走到的漏斗最深一步（1 为第一步，0 为一步也没有）。",
)
def funnel_deepest(events, inside, step):
    """Deepest step of the funnel reached in the window: 1 is the first, 0 none."""
    return step.max(where=inside)


@feature(
    table="events",
    needs=("events.event", "funnel.steps"),
    unit="step",
    dtype="int64",
    null="no step of the funnel yet",
    zh="用户停在漏斗的哪一步：最近一个有漏斗行为的日子里走到的最深一步。",
)
def funnel_stop(events, step):
    """Where the user stops in the funnel: the deepest step of the last day with a step of it."""
    latest_first = (LONG_AGO - events.day) * STEPS  # days weigh more than steps
    return (latest_first + step).max() % STEPS
