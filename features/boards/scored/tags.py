"""How many users have each tag, and what they are worth."""

import ibis
import ibis.expr.types as ir

from features.boards.board import board, columns
from features.boards.scored.cube import contactable
from features.boards.sight import Sight

SUMS = ("churn_risk", "value_at_stake")


@board(
    "tags",
    ("Tags", "标签"),
    (
        "Users by tag, of those [[tag]] names; a user may have several.",
        "按 [[tag]] 所列标签统计的用户，一位用户可有多个标签。",
    ),
    key=1,
    given=columns(
        ("tag", "text", "Tag", "标签", "Name of the tag.", "标签名称。"),
        ("users", "count", "Users", "用户", "Users who have it.", "拥有该标签的用户数。"),
        ("scored", "count", "Scored", "已评分", "Those of them who have a churn risk.", "其中有流失风险评分的用户数。"),
        (
            "contactable",
            "count",
            "May be written to",
            "可触达",
            "Those of them who agreed to marketing and have not opted out.",
            "其中同意接收营销信息且未退订的用户数。",
        ),
        ("churn_risk", "number", "Expected churn", "预计流失", "Sum of their churn risks.", "流失风险之和。"),
        ("value_at_stake", "money", "Value at stake", "待挽留价值", "Sum of their value at stake.", "待挽留价值之和。"),
    ),
    scored=True,
)
def tags(sight: Sight) -> ir.Table:
    """One row a user and tag, then groups; sums to the millionth, so that they are the same in any order."""
    reach = contactable(sight).mutate(reach=ibis.literal(1, "int64"))
    rows = sight.scored.select("user_id", "eligible", "tags", *SUMS).left_join(reach, "user_id")
    rows = rows.mutate(tag=rows.tags.unnest()).filter(lambda row: row.tag.notnull())
    return rows.group_by("tag").aggregate(
        users=rows.count(),
        scored=rows.eligible.cast("int64").sum(),
        contactable=rows.reach.fill_null(0).sum(),
        **{name: (rows[name].fill_null(0) * 1e6).round().cast("int64").sum() / 1e6 for name in SUMS},
    )
