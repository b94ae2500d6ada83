"""Channels: who came by them lately, what they cost, what they bring, and whether one of them carries all."""

from datetime import timedelta
from typing import Any

import ibis
import ibis.expr.types as ir

from features.boards.activity import FEW, MONEY, few, mean, visitors
from features.boards.activity import channels as of_users
from features.boards.board import board, columns
from features.boards.periods import last_day, since
from features.boards.sight import Sight

DAYS = 365
# What channels of orders are called where people stand in a shop.
IN_STORE = ("store", "shop", "offline", "pos", "retail", "in store", "in_store", "门店", "线下", "实体店", "到店")
NO_COSTS = ("there is no [tables.costs]", "没有 [tables.costs] 表")
NOT_SCORED = ("no user of the channel is scored", "该渠道没有已评分的用户")
NO_WHERE = ("orders do not tell the channel", "订单没有渠道列")


@board(
    "channels",
    ("Channels", "渠道"),
    (
        f"Users by the channel they came by: how many came in the last {DAYS} days, what the channel cost then, what "
        f"these users brought, and how likely its users are to leave. {FEW[0]}",
        f"按来源渠道统计的用户：最近 {DAYS} 天的新用户、渠道花费、这些新用户带来的价值，以及用户的流失风险。{FEW[1]}",
    ),
    key=1,
    given=columns(
        (
            "channel",
            "text",
            "Channel",
            "渠道",
            "Channel by which the users came; a channel that only cost stands here, too.",
            "用户的来源渠道；只有花费的渠道也列出。",
            "not known",
            "未知",
        ),
        ("users", "count", "Users", "用户数", "Users who came by it, ever.", "累计来自该渠道的用户数。"),
        (
            "share",
            "share",
            "Share",
            "占比",
            "Users divided by those of all channels.",
            "该渠道用户 ÷ 全部用户。",
            "there are no users",
            "没有用户",
        ),
        (
            "new_users",
            "count",
            "New users",
            "新用户",
            f"Users who signed up in the last {DAYS} days; where that is not known, who were first there then.",
            f"最近 {DAYS} 天注册的用户数；没有注册时间时按首次活跃计。",
        ),
        (
            "new_share",
            "share",
            "Share of new users",
            "新用户占比",
            "New users divided by those of all channels: one far above the others is a single source that may dry up.",
            "该渠道新用户 ÷ 全部新用户；一家独大即为单一来源风险。",
            "nobody came",
            "没有新用户",
        ),
        (
            "cost",
            "money",
            "Cost",
            "花费",
            f"What was spent in the last {DAYS} days.",
            f"最近 {DAYS} 天的花费。",
            *NO_COSTS,
        ),
        (
            "cost_per_user",
            "money",
            "Cost per new user",
            "获客成本",
            "Cost divided by new users.",
            "花费 ÷ 新用户数。",
            "no costs are known, or nobody came",
            "没有花费数据，或没有新用户",
        ),
        (
            "value",
            "money",
            "Value of the new users",
            "新用户价值",
            "What the new users have brought so far, refunds taken off.",
            "这些新用户至今带来的价值，已减退款。",
        ),
        (
            "roi",
            "number",
            "Return on cost",
            "投资回报率",
            "Value of the new users less the cost, divided by the cost: 0 is break-even.",
            "（新用户价值 − 花费）÷ 花费，0 为打平。",
            "nothing was spent, or no costs are known",
            "没有花费，或没有花费数据",
        ),
        (
            "scored",
            "count",
            "Scored",
            "已评分",
            "Users who have a churn risk.",
            "有流失风险评分的用户数。",
            "there is no snapshot",
            "没有快照",
        ),
        (
            "churn_share",
            "share",
            "Expected to leave",
            "预计流失率",
            "Mean churn risk of the scored users.",
            "已评分用户的平均流失风险。",
            *NOT_SCORED,
        ),
        (
            "expected_value",
            "money",
            "Expected value",
            "人均预期价值",
            "Mean expected value of the scored users.",
            "已评分用户的平均预期价值。",
            *NOT_SCORED,
        ),
        (
            "online",
            "count",
            "Online only",
            "仅线上",
            f"Users who ordered in the last {DAYS} days, and never in a store.",
            f"最近 {DAYS} 天下过单且都在线上的用户数。",
            *NO_WHERE,
        ),
        (
            "in_store",
            "count",
            "In store only",
            "仅门店",
            f"The same, always in a store: by orders of a channel named {', '.join(IN_STORE[:5])} or alike.",
            "同上，都在门店下单的用户数；订单渠道名为 store、shop、门店、线下等即为门店。",
            *NO_WHERE,
        ),
        (
            "both",
            "count",
            "Both",
            "线上线下都有",
            "The same, in a store and online.",
            "同上，线上与门店都下过单的用户数。",
            *NO_WHERE,
        ),
    ),
    needs=("users",),
)
def channels(sight: Sight) -> ir.Table:
    """What is known of each user is joined to their channel, and added up by it; costs stand beside, by name."""
    begin = ibis.literal(since(sight, DAYS), "timestamp(6)")
    users = of_users(sight)
    of = visitors(sight)
    users = users.left_join(of.select("user_id", "first", "value"), "user_id").drop("user_id_right")
    new = users["first"] >= ibis.literal(last_day(sight) - timedelta(days=DAYS - 1), "date")
    if sight.has("users", "signup_time"):
        signed = sight.users("signup_time").rename({"=user": "user_id"})
        users = users.left_join(signed, users.user_id == signed["=user"]).drop("=user")
        new = ibis.coalesce(users.signup_time >= begin, new)
    users = users.mutate(new=new.fill_null(False).cast("int64"))
    sums: dict[str, ir.Value] = {"users": users.count(), "new_users": users.new.sum()}
    sums["value"] = ibis.ifelse(users.new == 1, users.value, None).sum().fill_null(0)
    found = users.group_by("channel").aggregate(**sums)
    found = _beside(found, _scored(sight, users))
    found = _beside(found, _where(sight, users, begin))
    found = _costs(sight, found, begin)
    all_users, all_new = found.users.sum().over(), found.new_users.sum().over()
    return found.mutate(
        share=mean(found.users, all_users),
        new_share=mean(found.new_users, all_new),
        cost=found.cost.cast("float64"),
        cost_per_user=mean(found.cost, found.new_users),
        value=found.value.cast("float64"),
        roi=(found.value.cast("float64") - found.cost.cast("float64")) / found.cost.cast("float64").nullif(0),
        churn_share=mean(found.risk, found.scored) / 1e6,
        expected_value=mean(found.worth, found.scored) / 1e6,
    ).drop("risk", "worth")


def _beside(found: ir.Table, other: ir.Table | dict[str, ir.Value]) -> ir.Table:
    """The rows with other columns by channel, null being one like others."""
    if isinstance(other, dict):
        return found.mutate(**other)
    names = [name for name in other.columns if name != "channel"]
    other = other.rename({"=channel": "channel"})
    joined = found.left_join(other, found.channel.identical_to(other["=channel"])).drop("=channel")
    return joined.mutate(**{name: joined[name].fill_null(0) for name in names})


def _scored(sight: Sight, users: ir.Table) -> ir.Table | dict[str, Any]:
    """How many are scored, and their risks and values to the millionth as whole numbers: sums alike in any order."""
    if not sight.has("scored"):
        return {name: ibis.null("int64") for name in ("scored", "risk", "worth")}
    rows = sight.scored.filter(sight.scored.churn_risk.notnull()).select("user_id", "churn_risk", "expected_value")
    rows = rows.inner_join(users.select("user_id", "channel"), "user_id")
    return rows.group_by("channel").aggregate(
        scored=rows.count(),
        risk=(rows.churn_risk * 1e6).round().cast("int64").sum(),
        worth=(rows.expected_value * 1e6).round().cast("int64").sum(),
    )


def _where(sight: Sight, users: ir.Table, begin: ir.Value) -> ir.Table | dict[str, Any]:
    """Who ordered online, in a store, or both."""
    names = ("online", "in_store", "both")
    if not sight.has("orders", "channel"):
        return {name: ibis.null("int64") for name in names}
    orders = sight.past("orders")
    orders = orders.filter(~orders.refund & (orders.time >= begin) & orders.channel.notnull())
    store = orders.channel.lower().isin(IN_STORE).cast("int64")
    of = orders.group_by("user_id").aggregate(some=store.max(), all=store.min())
    of = of.inner_join(users.select("user_id", "channel"), "user_id")
    tests = {"online": of.some == 0, "in_store": of["all"] == 1, "both": (of.some == 1) & (of["all"] == 0)}
    return of.group_by("channel").aggregate(**{name: test.cast("int64").sum() for name, test in tests.items()})


def _costs(sight: Sight, found: ir.Table, begin: ir.Value) -> ir.Table:
    """With ``cost``, 0 where a channel has none, and rows of channels that only cost; null without the table."""
    if not sight.has("costs"):
        return found.mutate(cost=ibis.null(MONEY))
    costs = sight.past("costs")
    costs = costs.filter(costs.time >= begin)
    spent = costs.group_by("channel").aggregate(cost=costs.cost.sum())
    spent = few(spent, "channel", spent.select("channel", size=spent.cost))
    spent = spent.group_by("channel").aggregate(cost=spent.cost.sum()).rename({"=channel": "channel"})
    joined = found.outer_join(spent, found.channel == spent["=channel"])
    counted = ["users", "new_users", "value"]
    counted += ["scored", "risk", "worth"] if sight.has("scored") else []
    counted += ["online", "in_store", "both"] if sight.has("orders", "channel") else []
    zero = {name: joined[name].fill_null(0) for name in counted}
    return joined.mutate(
        channel=ibis.coalesce(joined.channel, joined["=channel"]), cost=joined.cost.fill_null(0), **zero
    ).drop("=channel")
