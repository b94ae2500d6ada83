"""Points month by month, how many users hold how many, and what is owed to them in money."""

import ibis
import ibis.expr.types as ir

from features.boards.board import board, columns
from features.boards.sight import Sight

BANDS = (1, 10, 100, 1_000, 10_000, 100_000)  # lower ends of the balance bands, above a band of nothing
KINDS = ("earned", "claimed", "spent", "expired")
SHAPE = {"part": "string", "month": "date", "least": "float64", "most": "float64", "users": "int64"}


def _sums(rows: ir.Table) -> dict[str, ir.Value]:
    nothing = ibis.literal(0, rows.points.type())
    return {kind: ibis.ifelse(rows.kind == kind, rows.points, nothing).sum() for kind in KINDS}


def _months(by_user: ir.Table) -> ir.Table:
    """Of every month; balances are those at its end."""
    months = by_user.group_by("month").aggregate(users=by_user.count(), **{one: by_user[one].sum() for one in KINDS})
    so_far = ibis.cumulative_window(order_by=months.month)
    held = (months.earned - months.spent - months.expired).sum().over(so_far)
    waiting = (months.earned - months.claimed).sum().over(so_far)
    return months.mutate(
        part=ibis.literal("month"), least=ibis.null("float64"), most=ibis.null("float64"), held=held, waiting=waiting
    )


def _bands(by_user: ir.Table) -> ir.Table:
    """Of all users with points, by what they hold now."""
    users = by_user.group_by("user_id").aggregate(**{one: by_user[one].sum() for one in KINDS})
    users = users.mutate(held=users.earned - users.spent - users.expired, waiting=users.earned - users.claimed)
    least = ibis.cases(*((users.held >= one, one) for one in reversed(BANDS)), else_=0).cast("float64")
    names = (*KINDS, "held", "waiting")
    bands = users.mutate(least=least).group_by("least")
    found = bands.aggregate(users=lambda t: t.count(), **{name: users[name].sum() for name in names})
    most = ibis.cases(*((found.least == a, b) for a, b in zip((0, *BANDS), BANDS, strict=False))).cast("float64")
    return found.mutate(part=ibis.literal("balance"), month=ibis.null("date"), most=most)


@board(
    "points",
    ("Points", "积分"),
    (
        "Points earned, claimed, spent and expired by month, what users hold, and what that is worth in money.",
        "按月统计的积分发放、领取、使用与过期，用户持有的余额及其折合金额。",
    ),
    key=3,
    given=columns(
        (
            "part",
            "text",
            "Rows",
            "行",
            "month: a month; balance: users by the points that they hold now.",
            "month：某月；balance：按当前积分余额分组的用户。",
        ),
        (
            "month",
            "date",
            "Month",
            "月份",
            "First day of the month.",
            "当月第一天。",
            "a row of balances",
            "余额分组行",
        ),
        (
            "least",
            "number",
            "Holds at least",
            "余额下限",
            "Points that users of the band hold at least.",
            "该组用户的积分余额下限。",
            "a row of a month",
            "月度行",
        ),
        (
            "most",
            "number",
            "And less than",
            "余额上限",
            "And less than so many.",
            "低于该积分数。",
            "a row of a month, or the highest band",
            "月度行，或最高一组",
        ),
        (
            "users",
            "count",
            "Users",
            "用户",
            "Users whose points moved that month, or who are in the band.",
            "当月积分有变动的用户数，或该组用户数。",
        ),
        (
            "earned",
            "number",
            "Earned",
            "发放",
            "Points earned: that month, or by the band's users so far.",
            "发放的积分：当月，或该组用户累计。",
        ),
        ("claimed", "number", "Claimed", "领取", "Earned points that users claimed.", "用户已领取的积分。"),
        ("spent", "number", "Spent", "使用", "Points spent.", "使用的积分。"),
        ("expired", "number", "Expired", "过期", "Points that expired.", "过期的积分。"),
        (
            "unclaimed",
            "number",
            "Unclaimed",
            "未领取",
            "Points earned so far and not claimed, at the month's end or now; 0 where the table tells of no claims.",
            "截至月末（或目前）已发放但未领取的积分；积分表没有领取记录时为 0。",
        ),
        (
            "balance",
            "number",
            "Held",
            "余额",
            "Points earned so far, neither spent nor expired, at the month's end or now.",
            "截至月末（或目前）已发放且未使用、未过期的积分。",
        ),
        (
            "liability",
            "money",
            "Owed in money",
            "负债金额",
            "What they are worth: held divided by points.per_currency.",
            "余额折合金额：余额 ÷ points.per_currency。",
        ),
        (
            "redemption",
            "share",
            "Redemption",
            "核销率",
            "Spent divided by earned.",
            "使用 ÷ 发放。",
            "none earned",
            "没有发放积分",
        ),
    ),
    needs=("points",),
)
def points(sight: Sight) -> ir.Table:
    """Exact sums, by user and month first: the log is read once, and no set of users is kept for a month. Claims are
    told of where the table has any."""
    rows = sight.past("points")
    rows = rows.mutate(month=rows.date.truncate("M"))
    by_user = rows.group_by("user_id", "month").aggregate(**_sums(rows))
    months, bands = _months(by_user), _bands(by_user)
    rate = sight.config.points.per_currency
    found = []
    for rows in (months, bands):
        claims = rows.claimed.sum().over(ibis.window())
        waiting = ibis.ifelse((claims > 0) & (rows.waiting > 0), rows.waiting.cast("float64"), 0.0)
        told = {name: rows[name].cast(kind) for name, kind in SHAPE.items()}
        sums = {name: rows[name].cast("float64") for name in KINDS}
        held = rows.held.cast("float64")
        redemption = sums["spent"] / sums["earned"].nullif(0)
        found.append(
            rows.select(**told, **sums, unclaimed=waiting, balance=held, liability=held / rate, redemption=redemption)
        )
    return ibis.union(*found)
