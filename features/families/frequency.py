"""Frequency: how often a user is active, in windows that end at the cutoff and with older activity counting less."""

from features.feature import feature

UNIT = 2.0**32  # one row of today in the whole numbers of `weight`
YEAR = 365


@feature(table="activity", unit="times", dtype="int64", empty=0)
def active_count(activity, inside):
    """Times the user was active in the window."""
    return activity.count(where=inside)


@feature(table="activity", unit="days", dtype="int64", empty=0)
def active_days(activity, inside):
    """Different days with activity in the window."""
    return activity.day.nunique(where=inside)


@feature(table="activity", unit="times", empty=0, powers=(-1, 0, 1, 2))
def active_decayed(activity, weight):
    """Times active, each counting half for every half-life that has passed since."""
    return weight.sum() / UNIT


@feature(table="activity", unit="times", dtype="int64", empty=0)
def active_total(activity):
    """Times the user was ever active."""
    return activity.count()


@feature(table="activity", unit="times", dtype="int64", empty=0)
def active_last_year(activity, horizon):
    """Times active one year ago, in the days that correspond to the horizon ahead."""
    return activity.count(where=(activity.days_ago <= YEAR) & (activity.days_ago > YEAR - horizon))


@feature(table="activity", unit="times", dtype="int64", empty=0)
def active_year_before_last(activity, horizon):
    """Times active two years ago, in the days that correspond to the horizon ahead."""
    return activity.count(where=(activity.days_ago <= 2 * YEAR) & (activity.days_ago > 2 * YEAR - horizon))


@feature(unit="times per day", null="never active")
def active_rate(active_total, tenure_days):
    """Times active per day since the first time."""
    return active_total / tenure_days.nullif(0)


@feature(unit="ratio", null="not active in twice the window", powers=(-2, -1, 0, 1, 2))
def active_momentum(active_count, days):
    """Activity of the window against that of twice the window: above one half, it is picking up."""
    return active_count(days) / active_count(2 * days).nullif(0)


@feature(unit="ratio", null="never active", powers=(-1, 0, 1, 2))
def active_decayed_rate(active_decayed, tenure_days, days):
    """Times active per half-life, for the time the user has been here: a rate that follows recent behaviour."""
    return active_decayed(days) / (1 - (-tenure_days * (0.6931471805599453 / days)).exp()).nullif(0)


@feature(table="orders", unit="orders", dtype="int64", empty=0)
def order_count(orders, inside):
    """Orders placed in the window that ends at the cutoff."""
    return orders.count(where=inside & ~orders.refund)


@feature(table="events", unit="events", dtype="int64", empty=0)
def event_count(events, inside):
    """Events of any kind in the window."""
    return events.count(where=inside)


@feature(table="events", unit="events", empty=0, powers=(-2, 0, 2))
def event_decayed(events, weight):
    """Events, each counting half for every half-life that has passed since."""
    return weight.sum() / UNIT


@feature(unit="share", null="no population yet")
def base_churn_rate(population):
    """Share of the users eligible one horizon ago who have not been active since: how the whole base is doing."""
    return population.churn_rate


@feature(unit="sine of the year", null="never")
def season_sin(population):
    """Where in the year the cutoff lies, as a sine."""
    return population.season_sin


@feature(unit="cosine of the year", null="never")
def season_cos(population):
    """Where in the year the cutoff lies, as a cosine."""
    return population.season_cos
