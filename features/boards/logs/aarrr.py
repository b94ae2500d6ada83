"""From sign-up to invitation: acquisition, activation, retention, revenue and referral by period and channel."""

from datetime import timedelta

import ibis
import ibis.expr.types as ir

from features.boards.activity import FEW, by_channel, mean, seen, user_days, visitors
from features.boards.board import board, columns
from features.boards.common import CHANNEL
from features.boards.periods import SAYS, earliest, first_day, last_day, last_whole, monthly, number, period
from features.boards.sight import Sight

FIRST, MONTH = 7, 30  # days from sign-up: of activation, and until retention and revenue are counted
EARLY = ("their days are not over", "观察期未满")
NO_INVITES = ("users do not tell who invited them", "用户表没有邀请人列")


@board(
    "aarrr",
    ("Growth funnel (AARRR)", "增长漏斗（AARRR）"),
    (
        f"Users by the period they signed up in: how many were there in their first {FIRST} days, came back until day "
        f"{MONTH}, bought, and invited others. Where no sign-up is known, the first event or order is it. {SAYS[0]} "
        f"{FEW[0]}",
        f"按注册周期统计：前 {FIRST} 天内激活、第 {MONTH} 天前回访、付费与邀请他人的用户。"
        f"没有注册时间时以首次事件或订单为准。{SAYS[1]}{FEW[1]}",
    ),
    key=2,
    given=(
        *columns(
            ("date", "date", "Period", "周期", "First day of the period they signed up in.", "注册周期的第一天。"),
        ),
        CHANNEL,
        *columns(
            ("acquired", "count", "Acquired", "获客", "Users who signed up.", "注册的用户数。"),
            (
                "activated",
                "count",
                "Activated",
                "激活",
                f"Of these, who had an event or an order in their first {FIRST} days.",
                f"其中注册后 {FIRST} 天内有事件或订单的用户数。",
                *EARLY,
            ),
            (
                "retained",
                "count",
                "Came back",
                "回访",
                f"Of the acquired, who had one in their days {FIRST + 1} to {MONTH}.",
                f"注册后第 {FIRST + 1} 至 {MONTH} 天内有事件或订单的用户数。",
                *EARLY,
            ),
            (
                "paying",
                "count",
                "Paying",
                "付费",
                f"Of the acquired, who had an order in their first {MONTH} days.",
                f"注册后 {MONTH} 天内下过单的用户数。",
                *EARLY,
            ),
            (
                "revenue",
                "money",
                "Revenue",
                "收入",
                f"What the acquired brought in their first {MONTH} days, refunds taken off.",
                f"这些用户注册后 {MONTH} 天内带来的价值，已减退款。",
                *EARLY,
            ),
            (
                "invited",
                "count",
                "Came by invitation",
                "受邀注册",
                "Of the acquired, who were invited by another user: invitations accepted.",
                "其中受其他用户邀请而来的用户数，即被接受的邀请。",
                *NO_INVITES,
            ),
            (
                "inviters",
                "count",
                "Inviters",
                "邀请人",
                "Of the acquired, who have brought others by now.",
                "其中至今成功邀请过他人的用户数。",
                *NO_INVITES,
            ),
            (
                "brought",
                "count",
                "Brought",
                "带来的用户",
                "Users whom they have brought by now.",
                "他们至今带来的用户数。",
                *NO_INVITES,
            ),
            ("activation", "share", "Activation", "激活率", "Activated divided by acquired.", "激活 ÷ 获客。", *EARLY),
            ("retention", "share", "Retention", "回访率", "Came back divided by acquired.", "回访 ÷ 获客。", *EARLY),
            ("conversion", "share", "Conversion", "付费率", "Paying divided by acquired.", "付费 ÷ 获客。", *EARLY),
            (
                "k",
                "number",
                "K-factor",
                "K 因子",
                "Users brought divided by acquired: from 1 on, users replace themselves.",
                "带来的用户 ÷ 获客；达到 1 即可自我增长。",
                *NO_INVITES,
            ),
        ),
    ),
)
def aarrr(sight: Sight) -> ir.Table:
    """One row per user, from the rows of their first days alone; counts are null until the days of all are over."""
    config, rows, came = sight.config, user_days(sight), visitors(sight)
    users = _signed_up(sight, came.filter(came["first"].notnull()).select("user_id", "first"))
    number_of = period(users.day, config)
    users = users.filter((number_of >= earliest(sight)) & (number_of <= last_whole(sight)))
    of = users.select(user="user_id", day=users.day)
    early = rows.inner_join(of, rows.user_id == of.user)
    early = early.mutate(after=number(early.date) - number(early.day))
    early = early.filter((early.after >= 0) & (early.after < MONTH))
    soon, there = early.after < FIRST, seen(early)
    by_user = early.group_by("user").aggregate(
        activated=(there & soon).cast("int64").max(),
        retained=(there & ~soon).cast("int64").max(),
        paying=(early.orders > 0).cast("int64").max(),
        revenue=early.value.sum(),
    )
    found = users.left_join(by_user, users.user_id == by_user.user)
    names = ("activated", "retained", "paying", "revenue", "invited", "brought")
    found = found.select("user_id", "day", **{name: found[name] for name in names})
    found = by_channel(sight, found.mutate(date=found.day.truncate("M" if monthly(config) else "W")))
    sums = {name: found[name].sum().fill_null(0) for name in ("activated", "retained", "paying", "revenue")}
    referred = {"invited": found.invited.sum(), "brought": found.brought.sum(), "inviters": (found.brought > 0).sum()}
    found = found.group_by("date", "channel").aggregate(acquired=found.count(), **sums, **referred)
    told = {name: _over(sight, found, name, FIRST if name == "activated" else MONTH) for name in sums}
    found = found.mutate(**told | {"revenue": told["revenue"].cast("float64")})
    rates = {"activation": "activated", "retention": "retained", "conversion": "paying", "k": "brought"}
    return found.mutate(**{rate: mean(found[name], found.acquired) for rate, name in rates.items()})


def _signed_up(sight: Sight, first: ir.Table) -> ir.Table:
    """``user_id``, ``day`` of sign-up, ``invited`` (1 where by another user) and ``brought`` (users)."""
    null = ibis.null("int64")
    if not sight.has("users"):
        return first.select("user_id", day=first["first"], invited=null, brought=null)
    rows = sight.users("signup_time", "invited_by")
    seen = first.rename({"=user": "user_id"})
    users = rows.outer_join(seen, rows.user_id == seen["=user"])
    day = users["first"]
    if "signup_time" in rows.columns:
        day = ibis.coalesce(sight.day(users.signup_time), day)
    users = users.mutate(user_id=ibis.coalesce(users.user_id, users["=user"]), day=day).drop("=user", "first")
    users = users.filter(users.day.notnull())
    if "invited_by" not in rows.columns:
        return users.select("user_id", "day", invited=null, brought=null)
    guests = users.filter(users.invited_by.notnull())
    hosts = guests.group_by("invited_by").aggregate(brought=guests.count()).rename({"=host": "invited_by"})
    users = users.left_join(hosts, users.user_id.cast("string") == hosts["=host"])
    invited = users.invited_by.notnull().cast("int64")
    return users.select("user_id", "day", invited=invited, brought=users.brought.fill_null(0))


def _over(sight: Sight, found: ir.Table, name: str, days: int) -> ir.Value:
    """A count of the first so many days, null where they are not over for who signed up last in the period."""
    last = last_whole(sight)
    while first_day(last + 1, sight.config) + timedelta(days=days - 2) > last_day(sight):
        last -= 1
    whole = found.date <= ibis.literal(first_day(last, sight.config), "date")
    return ibis.ifelse(whole, found[name], None)
