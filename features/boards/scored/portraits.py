"""Who the users of a stage are: what the users table says of them, against everybody."""

import ibis
import ibis.expr.types as ir

from features.boards.board import board, columns
from features.boards.sight import Sight

ATTRIBUTES = ("channel", "plan", "region")
MOST = 30  # values of an attribute
OTHER = "(other)"


@board(
    "portraits",
    ("Portraits", "画像"),
    (
        f"Users by stage and what the users table says of them: channel, plan, region. Beyond the {MOST} commonest "
        f"values of each, the others are one: {OTHER}.",
        f"按阶段与用户表属性（渠道、套餐、地区）统计的用户；每个属性只列最常见的 {MOST} 个值，其余合为 {OTHER}。",
    ),
    key=3,
    given=columns(
        ("attribute", "text", "Attribute", "属性", "channel, plan or region.", "channel、plan 或 region。"),
        ("value", "text", "Value", "取值", "Its value.", "属性的取值。", "not known", "未知"),
        ("stage", "text", "Stage", "阶段", "Lifecycle stage now.", "当前生命周期阶段。"),
        ("users", "count", "Users", "用户", "Users of this value on this stage.", "该阶段中取此值的用户数。"),
        ("value_at_stake", "money", "Value at stake", "待挽留价值", "Sum of their value at stake.", "待挽留价值之和。"),
    ),
    needs=("users",),
    scored=True,
)
def portraits(sight: Sight) -> ir.Table:
    """One row a user and attribute, then groups."""
    there = [name for name in ATTRIBUTES if sight.has("users", name)]
    if not there:
        empty = sight.scored.filter(ibis.literal(False))
        nothing = {"attribute": ibis.literal(""), "value": ibis.literal(""), "users": ibis.literal(0, "int64")}
        return empty.select("stage", **nothing, value_at_stake=ibis.literal(0.0))
    told = sight.users(*there)
    rows = sight.scored.select("user_id", "stage", "value_at_stake").left_join(told, "user_id")
    one = [
        rows.select("stage", "value_at_stake", attribute=ibis.literal(name), value=rows[name].cast("string"))
        for name in there
    ]
    # A lone attribute gets a name of its own as well: or Ibis takes its rows for those that they are joined with.
    rows = ibis.union(*one) if len(one) > 1 else one[0].view()
    sizes = rows.group_by("attribute", "value").aggregate(size=rows.count())
    order = [ibis.desc("size"), ibis.asc("value")]
    place = ibis.row_number().over(group_by="attribute", order_by=order)
    known = sizes.filter(sizes.value.notnull()).mutate(place=place).filter(lambda row: row.place < MOST)
    kept = known.select("attribute", "value", kept=known.value)
    rows = rows.left_join(kept, ["attribute", "value"])
    value = ibis.ifelse(rows.value.isnull(), None, rows.kept.fill_null(OTHER))
    rows = rows.select("attribute", "stage", "value_at_stake", value=value)
    return rows.group_by("attribute", "value", "stage").aggregate(
        users=rows.count(), value_at_stake=(rows.value_at_stake.fill_null(0) * 1e6).round().cast("int64").sum() / 1e6
    )
