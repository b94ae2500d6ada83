"""The board from which pages count: users and sums by everything that users are grouped by."""

import ibis
import ibis.expr.types as ir

from features.boards.board import board, columns
from features.boards.kept import kept
from features.boards.sight import Sight

BY = ("stage", "stage_before", "risk_band", "stay_tier", "value_tier", "level")
SUMS = ("churn_risk", "expected_value", "value_at_stake", "lifetime_value")
NOT_SCORED = ("the user is not scored", "该用户未评分")
CONSENT = "consent_marketing"


def consent(sight: Sight) -> str:
    """The column of ``users`` that says who agreed to be written to."""
    return (sight.config.contact.consent or "").removeprefix("users.") or CONSENT


@kept("contactable", needs=("scored",))
def contactable(sight: Sight) -> ir.Table:
    """``user_id`` of users who agreed to be written to and have not opted out since; nobody where the tables do not
    tell of consent."""
    column = consent(sight)
    if not sight.has("users", column):
        return sight.scored.filter(ibis.literal(False)).select("user_id")
    users = sight.users(column)
    agreed = users.filter(users[column]).select("user_id")
    if not sight.has("messages", "opted_out_at"):
        return agreed
    messages = sight.past("messages")
    out = messages.filter(messages.opted_out_at.notnull()).select("user_id").distinct()
    return agreed.anti_join(out, "user_id")


@board(
    "cube",
    ("Users by stage, risk and value", "按阶段、风险与价值的用户"),
    (
        "Every user of the snapshot once, counted by stage, stage before, risk band, value tiers and level.",
        "快照中的每位用户各计一次，按当前阶段、上期阶段、风险档、价值层与会员等级统计。",
    ),
    key=6,
    given=columns(
        ("stage", "text", "Stage", "阶段", "Lifecycle stage now.", "当前生命周期阶段。"),
        (
            "stage_before",
            "text",
            "Stage before",
            "上期阶段",
            "Stage in the snapshot before.",
            "上一快照中的阶段。",
            "not in the snapshot before",
            "上一快照中没有该用户",
        ),
        ("risk_band", "text", "Risk band", "风险档", "Band of the churn risk.", "流失风险所在的档。", *NOT_SCORED),
        (
            "stay_tier",
            "text",
            "Worth if they stay",
            "留下后的价值层",
            "Tier of what the user is worth if they stay.",
            "用户若留下，其价值所在的层。",
            *NOT_SCORED,
        ),
        (
            "value_tier",
            "text",
            "Value tier",
            "价值层",
            "Tier of the expected value, which already holds the chance to leave.",
            "预期价值所在的层，已计入流失的可能。",
            *NOT_SCORED,
        ),
        ("level", "text", "Level", "会员等级", "Member level.", "会员等级。", "on no level", "没有等级"),
        ("users", "count", "Users", "用户", "Users in this group.", "该组用户数。"),
        (
            "scored",
            "count",
            "Scored",
            "已评分",
            "Users of the group who have a churn risk.",
            "该组中有流失风险评分的用户数。",
        ),
        (
            "contactable",
            "count",
            "May be written to",
            "可触达",
            "Users who agreed to marketing and have not opted out.",
            "同意接收营销信息且未退订的用户数。",
        ),
        (
            "churn_risk",
            "number",
            "Expected churn",
            "预计流失",
            "Sum of the churn risks: users expected to leave.",
            "流失风险之和，即预计流失的用户数。",
        ),
        ("expected_value", "money", "Expected value", "预期价值", "Sum of the expected values.", "预期价值之和。"),
        (
            "value_at_stake",
            "money",
            "Value at stake",
            "待挽留价值",
            "Sum of risk times value if the user stays: what may be lost.",
            "风险 × 若留下的价值之和，即可能失去的价值。",
        ),
        (
            "lifetime_value",
            "money",
            "Lifetime value",
            "生命周期价值",
            "Sum of the expected lifetime values.",
            "预期生命周期价值之和。",
        ),
    ),
    scored=True,
)
def cube(sight: Sight) -> ir.Table:
    """Group by all of BY; sums over those who have the number."""
    reach = contactable(sight).mutate(reach=ibis.literal(1, "int64"))
    rows = sight.scored.select("user_id", "eligible", *BY, *SUMS).left_join(reach, "user_id")
    counts = {
        "users": rows.count(),
        "scored": rows.eligible.cast("int64").sum(),
        "contactable": rows.reach.fill_null(0).sum(),
    }
    # To the millionth and as whole numbers: so sums are the same in any order.
    sums = {name: (rows[name].fill_null(0) * 1e6).round().cast("int64").sum() / 1e6 for name in SUMS}
    return rows.group_by(*BY).aggregate(**counts, **sums)
