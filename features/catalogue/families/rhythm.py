"""Rhythm: the gaps between a user's active days, and the current silence compared with them."""

from features.catalogue.feature import feature

PRIOR = 2.0  # gaps of the population mixed into a user's own


@feature(
    table="activity", per="gap", unit="days", null="fewer than two active days", zh="两个活跃日之间的平均间隔天数。"
)
def gap_mean(gaps):
    """Mean days between two active days."""
    return gaps.hours.sum() / (24.0 * gaps.hours.count().nullif(0))


@feature(
    table="activity", per="gap", unit="days", null="fewer than two active days", zh="两个活跃日之间间隔天数的中位数。"
)
def gap_median(gaps):
    """Median days between two active days."""
    return gaps.days.median()


@feature(
    table="activity", per="gap", unit="days", null="fewer than two active days", zh="两个活跃日之间最长的间隔天数。"
)
def gap_longest(gaps):
    """Longest gap between two active days."""
    return gaps.days.max()


@feature(
    table="activity",
    per="gap",
    unit="days",
    null="fewer than two active days",
    zh="最近一个活跃日与它前一个活跃日的间隔天数。",
)
def gap_last(gaps):
    """The gap that ended with the last active day."""
    return gaps.days.max(where=gaps.ended == gaps.silence)


@feature(table="activity", per="gap", unit="gaps", dtype="int64", empty=0, zh="活跃日之间的间隔个数。")
def gap_count(gaps):
    """Gaps between active days."""
    return gaps.days.count()


@feature(
    table="activity",
    per="gap",
    unit="days squared",
    null="fewer than two active days",
    zh="活跃日间隔天数的平方的平均值。",
)
def gap_square_mean(gaps):
    """Mean square of the gaps between active days."""
    return (gaps.hours * gaps.hours).sum() / (576.0 * gaps.hours.count().nullif(0))


@feature(table="activity", per="gap", unit="gaps", dtype="int64", empty=0, zh="该用户以往比这次沉默更长的间隔个数。")
def gaps_longer(gaps):
    """Own gaps that were longer than this silence."""
    return gaps.count(where=gaps.days > gaps.silence)


@feature(
    table="activity",
    per="gap",
    unit="gaps",
    dtype="int64",
    empty=0,
    zh="以往比这次沉默更长、但在随后一个预测期内结束的间隔个数。",
)
def gaps_ended_in_time(gaps, horizon):
    """Own gaps that were longer than this silence and ended within one more horizon."""
    return gaps.count(where=(gaps.days > gaps.silence) & (gaps.days <= gaps.silence + horizon))


@feature(unit="days", null="fewer than two active days", zh="活跃日间隔天数的标准差。")
def gap_spread(gap_square_mean, gap_mean):
    """Standard deviation of the gaps between active days."""
    return (gap_square_mean - gap_mean * gap_mean).clip(lower=0).sqrt()


@feature(unit="ratio", null="fewer than two active days", zh="间隔的标准差与平均间隔之比：越接近 0，用户来得越规律。")
def gap_regularity(gap_spread, gap_mean):
    """Spread of the gaps against their mean: near 0, the user comes like clockwork."""
    return gap_spread / gap_mean


@feature(unit="ratio", null="fewer than two active days", zh="最近一次间隔与平均间隔之比：大于 1 说明来得越来越慢。")
def gap_last_ratio(gap_last, gap_mean):
    """The last gap against the mean gap: above 1, the user is slowing down."""
    return gap_last / gap_mean


@feature(unit="days", null="nobody has come twice", zh="平均间隔天数；自身间隔太少时向整个用户群的平均值靠拢。")
def gap_shrunk(gap_mean, gap_count, population):
    """Mean gap, drawn to the population's where the user has few gaps of their own."""
    return (gap_mean.fill_null(0) * gap_count + PRIOR * population.gap_mean) / (gap_count + PRIOR)


@feature(unit="ratio", null="fewer than two active days", zh="这次沉默的天数与平均间隔之比。")
def silence_ratio(days_since_active, gap_mean):
    """This silence against the mean gap."""
    return days_since_active / gap_mean


@feature(unit="ratio", null="fewer than two active days", zh="这次沉默的天数与间隔中位数之比。")
def silence_to_median(days_since_active, gap_median):
    """This silence against the median gap."""
    return days_since_active / gap_median


@feature(
    unit="ratio", null="fewer than two active days", zh="这次沉默的天数与以往最长间隔之比：大于 1 说明从未这么久没来。"
)
def silence_to_longest(days_since_active, gap_longest):
    """This silence against the longest gap so far: above 1, it has never been so long."""
    return days_since_active / gap_longest


@feature(unit="ratio", null="never active, or nobody has come twice", zh="这次沉默的天数与修正后的平均间隔之比。")
def silence_to_shrunk(days_since_active, gap_shrunk):
    """This silence against the shrunk gap."""
    return days_since_active / gap_shrunk


@feature(
    unit="standard deviations",
    null="fewer than two active days",
    zh="这次沉默比平均间隔长出几个标准差；标准差统一加一天，以免太规律的用户被放大。",
)
def silence_score(days_since_active, gap_mean, gap_spread):
    """This silence in standard deviations from the mean gap; one day is added to the spread of the very regular."""
    return (days_since_active - gap_mean) / (gap_spread + 1)


@feature(unit="share", null="fewer than two active days", zh="以往间隔中比这次沉默更长的比例。")
def gaps_longer_share(gaps_longer, gap_count):
    """Share of own gaps that were longer than this silence."""
    return gaps_longer / gap_count.nullif(0)


@feature(
    unit="share",
    null="no own gap was longer than this silence",
    zh="以往比这次沉默更长的间隔中，在随后一个预测期内回来的比例：该用户自己的回归概率。",
)
def return_share(gaps_ended_in_time, gaps_longer):
    """Share of own gaps longer than this silence that ended within one more horizon: the hazard of returning."""
    return gaps_ended_in_time / gaps_longer.nullif(0)


@feature(unit="share", null="never", zh="该用户自己的回归概率；自身记录太少时向整个用户群靠拢。")
def return_share_shrunk(gaps_ended_in_time, gaps_longer, population):
    """The personal hazard of returning, drawn to the population's where few own gaps tell."""
    return (gaps_ended_in_time + 1 - population.churn_rate.fill_null(0.5)) / (gaps_longer + 1)


@feature(unit="ratio", null="never active", zh="这次沉默的天数占首次活跃以来天数的比例。")
def silence_share(days_since_active, tenure_days):
    """This silence against the time since the first activity (recency over tenure)."""
    return days_since_active / tenure_days.nullif(0)
