"""The definition lab: what churn would mean after 30, 60 and 90 days of silence, beside the configured horizon."""

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from features.boards.board import board, columns
from features.boards.sight import Sight
from features.build.past import activity_rows
from features.catalogue.feature import steps_a_day
from features.groups.horizon_choice import ENOUGH, GRID, SPANS, churned_after, gaps_longer

DAYS = (30, 60, 90)
NOBODY = ("nobody to divide by", "分母为零")


def grids(sight: Sight) -> tuple[list[float], list[float]]:
    """The horizons that are shown, and those among which one is suggested, shortest first."""
    own = sight.config.horizon
    return sorted({*map(float, DAYS), own}), sorted({*map(float, GRID), own})


def shaped(found: pa.Table, sight: Sight) -> pa.Table:
    """A row for every horizon that fits into the logs, of the one row of counts."""
    shown, tried = grids(sight)
    (one,) = found.to_pylist()
    span, share = one["span"] or 0, sight.config.quality.false_churn
    longer = {days: one[f"longer_{k}"] for k, days in enumerate(tried) if SPANS * days <= span}
    good = [days for days, part in longer.items() if one["users"] >= ENOUGH and part is not None and part <= share]
    rows = []
    for number, days in enumerate(shown):
        if SPANS * days > span:
            continue
        eligible, churned, back = (one[f"{name}_{number}"] or 0 for name in ("eligible", "churned", "back"))
        rows.append(
            {
                "days": days,
                "role": "configured" if days == sight.config.horizon else None,
                "eligible": eligible,
                "churned": churned,
                "churn_rate": churned / eligible if eligible else None,
                "back": back,
                "back_rate": back / churned if churned else None,
                "value_lost": one[f"lost_{number}"] or 0.0,
                "longer": longer[days],
                "suggested": good[0] if good else None,
            }
        )
    return pa.Table.from_pylist(rows, definitions.schema())


@board(
    "definitions",
    ("Definition lab", "流失口径对比"),
    (
        "What churn would have meant after 30, 60 and 90 days of silence, beside your own horizon; each looked at "
        "two horizons ago, so that it is known who came back afterwards.",
        "若把 30、60、90 天未活跃定义为流失，与当前口径并排对比；均以两个周期前为观察点，因此已知之后谁又回来了。",
    ),
    key=1,
    given=columns(
        (
            "days",
            "days",
            "Days of silence",
            "静默天数",
            "So many days without activity count as churned.",
            "连续这么多天没有活动即视为流失。",
        ),
        (
            "role",
            "text",
            "Yours",
            "当前口径",
            "configured: it is the one that you use.",
            "configured：当前使用的口径。",
            "another one",
            "其他口径",
        ),
        (
            "eligible",
            "count",
            "Looked at",
            "观察用户",
            "Users active recently enough to churn at that time.",
            "观察时近期活跃、可能流失的用户数。",
        ),
        (
            "churned",
            "count",
            "Churned",
            "流失用户",
            "Of these, users without activity in the days that followed.",
            "其中随后这些天没有活动的用户数。",
        ),
        (
            "churn_rate",
            "share",
            "Churn rate",
            "流失率",
            "Churned divided by looked at.",
            "流失用户 ÷ 观察用户。",
            *NOBODY,
        ),
        (
            "back",
            "count",
            "Came back",
            "之后回流",
            "Churned users who came back in as many days after that: false alarms.",
            "被判流失、但在其后同样天数内又回来的用户数，即误判。",
        ),
        (
            "back_rate",
            "share",
            "Share that came back",
            "回流占比",
            "Came back divided by churned.",
            "之后回流 ÷ 流失用户。",
            *NOBODY,
        ),
        (
            "value_lost",
            "money",
            "Value lost",
            "流失价值",
            "What the churned had brought in the as many days before.",
            "流失用户在此前同样天数内带来的价值。",
        ),
        (
            "longer",
            "share",
            "Longer gaps",
            "更长间隔",
            "Share of the gaps after which users came back that are longer; every user weighs the same.",
            "用户回来之前的间隔中比这更长的比例，每位用户权重相同。",
            "nobody came back so far",
            "尚无用户回来过",
        ),
        (
            "suggested",
            "days",
            "Suggested",
            "建议天数",
            "The shortest horizon at which few enough gaps are longer (quality.false_churn).",
            "更长间隔足够少（quality.false_churn）的最短天数。",
            "too few users came back, or no horizon that fits into the logs is long enough",
            "回来的用户太少，或日志内没有足够长的天数",
        ),
    ),
    after=shaped,
)
def definitions(sight: Sight) -> ir.Table:
    """One row of counts: two aggregates over activity, one by user and day, one by user."""
    shown, tried = grids(sight)
    names = dict.fromkeys(entry.partition(":")[0] for entry in (*sight.config.churn.activity, sight.config.value.sum))
    past = {name.partition(".")[0]: sight.past(name.partition(".")[0]) for name in names}
    past = {name: table.mutate(days_ago=sight.ago(table.time)) for name, table in past.items()}
    activity = activity_rows(past, sight.config.churn.activity, ("user_id", "days_ago"))
    of, _, column = sight.config.value.sum.partition(".")
    value = past[of][column] if column else ibis.literal(1, "int64")
    spent = past[of].select("user_id", "days_ago", value=value).fill_null({"value": 0})
    gaps = gaps_longer(activity, tried, steps_a_day(sight.config.horizon))
    churn = churned_after(activity, shown, sight.config.eligible / sight.config.horizon, spent)
    span = activity.aggregate(span=activity.days_ago.max())
    return gaps.cross_join(churn).cross_join(span)
