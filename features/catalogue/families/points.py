"""Points: what users earn, claim, spend and let expire. Claiming hands out earned points, it makes no new ones."""

import ibis

from features.catalogue.feature import feature


def _sum(points, kind, inside):
    return points.points.sum(where=inside & (points.kind == kind))


@feature(table="points", unit="points", empty=0, powers=(-1, 1), zh="窗口期内获得的积分。")
def points_earned(points, inside):
    """Points earned in the window."""
    return _sum(points, "earned", inside)


@feature(table="points", unit="points", empty=0, powers=(-1, 1), zh="窗口期内领取的积分。")
def points_claimed(points, inside):
    """Points claimed in the window."""
    return _sum(points, "claimed", inside)


@feature(table="points", unit="points", empty=0, powers=(-1, 1), zh="窗口期内使用的积分。")
def points_spent(points, inside):
    """Points spent in the window."""
    return _sum(points, "spent", inside)


@feature(table="points", unit="points", empty=0, powers=(1,), zh="窗口期内过期的积分。")
def points_expired(points, inside):
    """Points that expired in the window."""
    return _sum(points, "expired", inside)


@feature(table="points", unit="points", empty=0, zh="积分余额：累计获得减去已使用和已过期的积分。")
def points_balance(points):
    """Points earned so far and neither spent nor expired."""
    gone = points.kind.isin(("spent", "expired"))
    change = ibis.cases((points.kind == "earned", points.points), (gone, -points.points))
    return change.sum()


@feature(
    unit="share",
    null="no points earned in the window",
    powers=(1,),
    zh="窗口期内获得的积分中未领取的比例。",
)
def points_unclaimed_share(points_earned, points_claimed, days):
    """Share of the points earned in the window that were not claimed in it."""
    earned = points_earned(days).nullif(0)
    return (1 - points_claimed(days) / earned).clip(lower=0)


@feature(table="points", unit="days", null="no points earned", zh="距最近一次获得积分的天数。")
def days_since_points_earned(points):
    """Days since points were last earned."""
    return points.days_ago.min(where=points.kind == "earned")


@feature(table="points", unit="days", null="no points claimed", zh="距最近一次领取积分的天数。")
def days_since_points_claimed(points):
    """Days since points were last claimed."""
    return points.days_ago.min(where=points.kind == "claimed")


@feature(table="points", unit="days", null="no points spent", zh="距最近一次使用积分的天数。")
def days_since_points_spent(points):
    """Days since points were last spent."""
    return points.days_ago.min(where=points.kind == "spent")


@feature(table="points", unit="days", null="no points expired", zh="距最近一次积分过期的天数。")
def days_since_points_expired(points):
    """Days since points last expired."""
    return points.days_ago.min(where=points.kind == "expired")
