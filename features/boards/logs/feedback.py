"""Complaints, surveys and tickets by week: how many, how many are open, how fast the answers, how good the scores."""

import ibis
import ibis.expr.types as ir

from features.boards.activity import mean
from features.boards.board import board, columns
from features.boards.sight import Sight

DAY = 86_400_000_000  # microseconds
THOUSANDTHS = 1000  # of scores: so their sums are the same in any order


@board(
    "feedback",
    ("Feedback", "用户反馈"),
    (
        "Complaints, surveys and tickets by the week they came in: how many are still open, how fast they were "
        "answered and solved, and the scores.",
        "按收到的自然周统计的投诉、问卷与工单：仍未解决的数量、首次回应与解决所需的时间，以及评分。",
    ),
    key=2,
    given=columns(
        ("date", "date", "Week", "周", "Monday of the week.", "该周的周一。"),
        ("kind", "text", "Kind", "类型", "complaint, survey or ticket.", "complaint 投诉、survey 问卷、ticket 工单。"),
        ("received", "count", "Received", "收到", "How many came in.", "收到的数量。"),
        ("users", "count", "Users", "用户数", "Users whom they came from.", "提交反馈的用户数。"),
        (
            "answered",
            "count",
            "Answered",
            "已回应",
            "Of these, how many got a first answer by now; a solution is one.",
            "其中至今已首次回应的数量，解决也算回应。",
        ),
        ("solved", "count", "Solved", "已解决", "Of these, how many are solved by now.", "其中至今已解决的数量。"),
        (
            "open",
            "count",
            "Open",
            "未解决",
            "Of these, how many are not solved yet.",
            "其中至今未解决的数量。",
            "surveys are not solved",
            "问卷无需解决",
        ),
        (
            "response_days",
            "days",
            "Days to answer",
            "回应天数",
            "Mean days from coming in to the first answer.",
            "从收到到首次回应的平均天数。",
            "none was answered",
            "没有已回应的",
        ),
        (
            "solving_days",
            "days",
            "Days to solve",
            "解决天数",
            "Mean days from coming in to the solution.",
            "从收到到解决的平均天数。",
            "none was solved",
            "没有已解决的",
        ),
        ("scores", "count", "Scores", "评分数", "How many had a score.", "带评分的数量。"),
        (
            "score",
            "number",
            "Mean score",
            "平均评分",
            "Mean of the scores.",
            "评分的平均值。",
            "none had a score",
            "没有评分",
        ),
    ),
    needs=("feedback",),
)
def feedback(sight: Sight) -> ir.Table:
    """Times are whole microseconds and add up exactly; those that a clock has before the row count as at once."""
    rows = sight.past("feedback")
    never, none = ibis.null("timestamp(6)"), ibis.null("float64")
    solved = rows.resolved_at if "resolved_at" in rows.columns else never
    answered = ibis.coalesce(rows.responded_at, solved) if "responded_at" in rows.columns else solved
    score = rows.score if "score" in rows.columns else none
    rows = rows.mutate(
        week=rows.date.truncate("W"),
        solving=_micros(solved, rows.time),
        response=_micros(answered, rows.time),
        points=(score * THOUSANDTHS).round().cast("int64"),
    )
    found = rows.group_by("week", "kind").aggregate(
        received=rows.count(),
        users=rows.user_id.nunique(),
        answered=rows.response.count(),
        solved=rows.solving.count(),
        response=rows.response.sum(),
        solving=rows.solving.sum(),
        scores=rows.points.count(),
        points=rows.points.sum(),
    )
    return found.select(
        "kind",
        "received",
        "users",
        "answered",
        "solved",
        "scores",
        date=found.week,
        open=ibis.ifelse(found.kind == "survey", None, found.received - found.solved),
        response_days=mean(found.response, found.answered) / DAY,
        solving_days=mean(found.solving, found.solved) / DAY,
        score=mean(found.points, found.scores) / THOUSANDTHS,
    )


def _micros(at: ir.Value, since: ir.Value) -> ir.Value:
    return ibis.greatest(at.delta(since, unit="microsecond").cast("int64"), ibis.ifelse(at.isnull(), None, 0))  # type: ignore[union-attr]
