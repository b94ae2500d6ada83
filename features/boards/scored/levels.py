"""Member levels: how many users are on which, who moved, and who is close to the next."""

import ibis
import ibis.expr.types as ir

from features.boards.board import board, columns
from features.boards.sight import MEASURE, Sight

NEAR = 0.9  # of what the next level takes
NO_LEVEL = ("on no level", "没有等级")


def wants(sight: Sight) -> str | None:
    return None if sight.config.level else "needs [[level]]"


@board(
    "levels",
    ("Member levels", "会员等级"),
    (
        "Users by member level now and in the snapshot before, and how many are close to the next level.",
        "按当前等级与上期等级统计的用户数，以及接近下一等级的用户数。",
    ),
    key=2,
    given=columns(
        ("level", "text", "Level", "等级", "Member level now.", "当前会员等级。", *NO_LEVEL),
        (
            "level_before",
            "text",
            "Level before",
            "上期等级",
            "Member level in the snapshot before.",
            "上一快照中的会员等级。",
            "on no level then, not known then, or there is no snapshot before",
            "当时没有等级、尚无该用户，或没有上一快照",
        ),
        (
            "known_before",
            "count",
            "Known before",
            "上期已有",
            "Users of the row who are in the snapshot before.",
            "其中上一快照已有的用户数。",
        ),
        (
            "users",
            "count",
            "Users",
            "用户",
            "Users on this level now who were on that one before.",
            "上期与当前等级如此的用户数。",
        ),
        (
            "near",
            "count",
            "Close to the next",
            "接近下一等级",
            "Users who have 90 % or more of what the next level takes.",
            "已达到下一等级所需 90 % 及以上的用户数。",
        ),
        (
            "value_at_stake",
            "money",
            "Value at stake",
            "待挽留价值",
            "Sum of the users' value at stake.",
            "这些用户的待挽留价值之和。",
        ),
    ),
    scored=True,
    wants=wants,
)
def levels(sight: Sight) -> ir.Table:
    """The level is the snapshot's, which outlasts the measure; the next is the one above it."""
    rows = sight.scored.select("user_id", "level", "value_at_stake")
    earlier = sight.earlier().get(sight.before) if sight.before else None
    if earlier is not None and "level" in earlier.columns:
        then = earlier.select("user_id", level_before="level", there=ibis.literal(1, "int64"))
        rows = rows.left_join(then, "user_id").drop("user_id_right")
    else:
        rows = rows.mutate(level_before=ibis.null("string"), there=ibis.null("int64"))
    near = ibis.literal(0, "int64")
    if sight.has(MEASURE):
        measured = sight.tables[MEASURE]
        rows = rows.left_join(measured, "user_id").drop("user_id_right")
        names = [one.name for one in sight.config.level]
        steps = dict(zip([None, *names], [one.least for one in sight.config.level], strict=False))
        close = [(_on(rows, name) & (rows.measure >= NEAR * least), 1) for name, least in steps.items()]
        near = ibis.cases(*close, else_=0).cast("int64")
    rows = rows.mutate(near=near)
    return rows.group_by("level", "level_before").aggregate(
        known_before=rows.there.fill_null(0).sum(),
        users=rows.count(),
        near=rows.near.sum(),
        value_at_stake=(rows.value_at_stake.fill_null(0) * 1e6).round().cast("int64").sum() / 1e6,
    )


def _on(rows: ir.Table, name: str | None) -> ir.BooleanValue:
    return rows.level.isnull() if name is None else rows.level.fill_null("") == name
