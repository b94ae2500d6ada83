"""Frequency: how often a user is active, in windows that end at the cutoff and with older activity counting less."""

import ibis

from features.catalogue.feature import WEIGHT_UNIT, WHOLE_YEAR, feature, steps_a_day


@feature(table="activity", unit="times", dtype="int64", empty=0, zh="窗口期内的活跃次数。")
def active_count(activity, inside):
    """Times the user was active in the window."""
    return activity.count(where=inside)


@feature(table="activity", per="day", unit="days", dtype="int64", empty=0, zh="窗口期内的活跃天数。")
def active_days(latest, inside):
    """Different days with activity in the window."""
    return latest.count(where=inside)


@feature(
    table="activity", unit="times", empty=0, powers=(-1, 0, 1, 2), zh="活跃次数，每过一个半衰期，旧的一次只算一半。"
)
def active_decayed(activity, weight):
    """Times active, each counting half for every half-life that has passed since."""
    return weight.sum() / WEIGHT_UNIT


@feature(table="activity", unit="times", dtype="int64", empty=0, zh="截至目前的活跃总次数。")
def active_total(activity):
    """Times the user was ever active."""
    return activity.count()


@feature(table="activity", unit="times", dtype="int64", empty=0, zh="去年同期（与预测期对应的那些天）的活跃次数。")
def active_last_year(activity, horizon):
    """Times active one year ago, in the days that correspond to the horizon ahead."""
    return activity.count(where=(activity.days_ago <= WHOLE_YEAR) & (activity.days_ago > WHOLE_YEAR - horizon))


@feature(table="activity", unit="times", dtype="int64", empty=0, zh="前年同期（与预测期对应的那些天）的活跃次数。")
def active_year_before_last(activity, horizon):
    """Times active two years ago, in the days that correspond to the horizon ahead."""
    days = 2 * WHOLE_YEAR
    return activity.count(where=(activity.days_ago <= days) & (activity.days_ago > days - horizon))


@feature(
    table="activity",
    per="run",
    unit="days",
    dtype="int64",
    empty=0,
    powers=(),
    zh="最长的一次连续活跃天数；从未连续两天活跃时为 0。",
)
def streak_longest(runs):
    """Longest run of active days, one after the other; 0 where there never were two in a row."""
    return runs.steps.max()


@feature(
    table="activity",
    per="gap",
    unit="days",
    dtype="int64",
    empty=0,
    powers=(),
    zh="截至目前仍在继续的连续活跃天数；最近 24 小时内没有活跃时为 0。",
)
def streak_current(gaps, horizon):
    """Run of active days that is still going on: up to the last 24 hours; 0 where nothing happened in them."""
    fine = steps_a_day(horizon)
    begin = gaps.ended.min(where=gaps.hours.isnull() | (gaps.hours > 24 // fine))
    return ibis.ifelse(gaps.silence.min() * fine == 1, begin * fine, 0).round()


@feature(unit="times per day", null="never active", zh="自首次活跃以来平均每天的活跃次数。")
def active_rate(active_total, tenure_days):
    """Times active per day since the first time."""
    return active_total / tenure_days.nullif(0)


@feature(
    unit="ratio",
    null="not active in twice the window",
    powers=(-2, -1, 0, 1, 2),
    zh="窗口期的活跃次数占两倍窗口期活跃次数的比例：大于一半说明活跃正在上升。",
)
def active_momentum(active_count, days):
    """Activity of the window against that of twice the window: above one half, it is picking up."""
    return active_count(days) / active_count(2 * days).nullif(0)


@feature(
    unit="ratio",
    null="never active",
    powers=(-1, 0, 1, 2),
    zh="按用户在册时间折算、偏重近期的活跃频率（每个半衰期的活跃次数）。",
)
def active_decayed_rate(active_decayed, tenure_days, days):
    """Times active per half-life, for the time the user has been here: a rate that follows recent behaviour."""
    return active_decayed(days) / (1 - (-tenure_days * (0.6931471805599453 / days)).exp()).nullif(0)


@feature(table="orders", unit="orders", dtype="int64", empty=0, zh="窗口期内的下单次数。")
def order_count(orders, inside):
    """Orders placed in the window that ends at the cutoff."""
    return orders.count(where=inside & ~orders.refund)


@feature(
    table="events",
    unit="events",
    dtype="int64",
    empty=0,
    kinds=(-2, 0),
    zh="窗口期内的行为次数（全部行为，或指定的一种）。",
)
def event_count(events, inside):
    """Events in the window, of any kind or of the one named."""
    return events.count(where=inside)


@feature(
    table="events",
    unit="events",
    empty=0,
    powers=(-2, 0, 2),
    kinds=(),
    zh="行为次数，每过一个半衰期，旧的一次只算一半。",
)
def event_decayed(events, weight):
    """Events, each counting half for every half-life that has passed since."""
    return weight.sum() / WEIGHT_UNIT


@feature(
    unit="share",
    null="no population yet",
    zh="一个预测期以前近期活跃过的用户中，此后再未活跃的比例：反映整个用户群的状况。",
)
def base_churn_rate(population):
    """Share of the users eligible one horizon ago who have not been active since: how the whole base is doing."""
    return population.churn_rate


@feature(unit="sine of the year", null="never", zh="截止日在一年中的位置（正弦值）。")
def season_sin(population):
    """Where in the year the cutoff lies, as a sine."""
    return population.season_sin


@feature(unit="cosine of the year", null="never", zh="截止日在一年中的位置（余弦值）。")
def season_cos(population):
    """Where in the year the cutoff lies, as a cosine."""
    return population.season_cos
