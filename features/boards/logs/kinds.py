"""What users did, by day and kind of event: pages, steps, posts."""

import ibis
import ibis.expr.types as ir

from features.boards.activity import OTHER, few
from features.boards.board import board, columns
from features.boards.common import DAY
from features.boards.periods import since
from features.boards.sight import Sight

DAYS, MOST = 90, 50


@board(
    "kinds",
    ("Kinds of event", "事件类型"),
    (
        f"What users did, by day and kind of event such as the kind of page. The last {DAYS} days; beyond the {MOST} "
        f"commonest kinds the others are one: {OTHER}.",
        f"按日与事件类型（如页面类型）统计的用户行为。显示最近 {DAYS} 天；除最常见的 {MOST} 种外合并为 {OTHER}。",
    ),
    key=2,
    given=(
        DAY,
        *columns(
            (
                "kind",
                "text",
                "Kind",
                "类型",
                "Kind of event.",
                "事件类型。",
                "the table has one kind of event",
                "事件表只有一种事件",
            ),
            (
                "users",
                "count",
                "Users",
                "用户数",
                f"Users who did it that day; of {OTHER}, once for each kind.",
                f"当天有此行为的用户数；{OTHER} 中每种各计一次。",
            ),
            ("events", "count", "Times", "次数", "How often it was done that day.", "当天发生的次数。"),
        ),
    ),
    needs=("events",),
)
def kinds(sight: Sight) -> ir.Table:
    """By user first, so that no set of users is kept for each kind and day."""
    rows = sight.past("events")
    rows = rows.filter(rows.time >= ibis.literal(since(sight, DAYS), "timestamp(6)"))
    rows = rows.mutate(kind=rows.event if "event" in rows.columns else ibis.null("string"))
    by_user = rows.group_by("date", "kind", "user_id").aggregate(events=rows.count())
    by_kind = by_user.group_by("date", "kind").aggregate(users=by_user.count(), events=by_user.events.sum())
    sizes = by_kind.group_by("kind").aggregate(size=by_kind.events.sum())
    # Whoever did two rare kinds on a day counts in each.
    named = few(by_kind, "kind", sizes, MOST)
    return named.group_by("date", "kind").aggregate(users=named.users.sum(), events=named.events.sum())
