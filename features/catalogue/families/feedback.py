"""Feedback: what users complain about, how they rate the shop, and how long they wait for an answer."""

import ibis

from features.catalogue.feature import feature

DAY_SECONDS = 86_400


@feature(table="feedback", unit="complaints", dtype="int64", empty=0, powers=(-1, 1), zh="窗口期内的投诉数。")
def complaints(feedback, inside):
    """Complaints in the window."""
    return feedback.count(where=inside & (feedback.kind == "complaint"))


@feature(table="feedback", unit="days", null="no complaint", zh="距最近一次投诉的天数。")
def days_since_complaint(feedback):
    """Days since the last complaint."""
    return feedback.days_ago.min(where=feedback.kind == "complaint")


@feature(table="feedback", needs=("feedback.score",), unit="as asked", null="no score", zh="评分的平均值。")
def score_mean(feedback):
    """Mean of the scores that the user gave."""
    score = feedback.score.cast("decimal(18, 4)")
    return score.sum() / score.count().nullif(0)


@feature(
    table="feedback",
    needs=("feedback.score",),
    unit="as asked",
    null="no score",
    zh="最近一次评分；同一时间有多个时取最低的一个。",
)
def score_last(feedback):
    """The last score that the user gave; the lowest where several share its time."""
    latest = ibis.struct({"days_ago": feedback.days_ago, "score": feedback.score})
    return feedback.score.argmin(latest, where=feedback.score.notnull())


@feature(
    table="feedback",
    needs=("feedback.resolved_at",),
    unit="tickets",
    dtype="int64",
    empty=0,
    zh="尚未解决的工单数。",
)
def open_tickets(feedback):
    """Tickets that are not resolved."""
    return feedback.count(where=(feedback.kind == "ticket") & feedback.resolved_days_ago.isnull())


@feature(
    table="feedback",
    needs=("feedback.resolved_at",),
    unit="complaints",
    dtype="int64",
    empty=0,
    zh="尚未解决的投诉数。",
)
def open_complaints(feedback):
    """Complaints that are not resolved."""
    return feedback.count(where=(feedback.kind == "complaint") & feedback.resolved_days_ago.isnull())


@feature(
    table="feedback",
    needs=("feedback.resolved_at",),
    unit="days",
    null="nothing resolved",
    zh="工单和投诉从提出到解决的平均天数。",
)
def response_days(feedback):
    """Mean days from a ticket or complaint to its resolution."""
    # Rounded to seconds, so that the sum is exact.
    waited = ((feedback.days_ago - feedback.resolved_days_ago) * DAY_SECONDS).round().cast("int64")
    answerable = feedback.kind.isin(("ticket", "complaint"))
    return waited.sum(where=answerable) / (waited.count(where=answerable).nullif(0) * float(DAY_SECONDS))
