"""Messages by channel and campaign: sent, opened, clicked, and who opted out."""

import ibis
import ibis.expr.types as ir

from features.boards.activity import OTHER, few, mean
from features.boards.board import board, columns
from features.boards.periods import since
from features.boards.sight import Sight

DAYS, MOST = 365, 200
NOT_TOLD = ("the table does not tell", "消息表没有此信息")
MOMENTS = {"delivered": "delivered_at", "opened": "opened_at", "clicked": "clicked_at", "opted_out": "opted_out_at"}


def told(rows: ir.Table) -> dict[str, ir.Value]:
    """How many of the messages were delivered, opened, clicked and opted out of; null where the table has no such
    column."""
    return {
        name: rows[column].count() if column in rows.columns else ibis.null("int64") for name, column in MOMENTS.items()
    }


@board(
    "messages",
    ("Messages", "消息触达"),
    (
        f"Messages of the last {DAYS} days by channel and campaign: how many were opened, clicked and opted out of. "
        f"Beyond the {MOST} largest, campaigns are one: {OTHER}.",
        f"最近 {DAYS} 天按渠道与活动统计的消息：送达、打开、点击与退订。除最大的 {MOST} 个活动外合并为 {OTHER}。",
    ),
    key=2,
    given=columns(
        ("channel", "text", "Channel", "渠道", "Channel of the message, such as sms.", "触达渠道，如短信。"),
        (
            "campaign_id",
            "text",
            "Campaign",
            "活动",
            "Campaign of the message.",
            "消息所属的活动。",
            "outside any campaign",
            "不属于任何活动",
        ),
        ("first", "date", "First", "首次发送", "Day of its first message.", "第一条消息的日期。"),
        ("last", "date", "Last", "末次发送", "Day of its last message.", "最后一条消息的日期。"),
        ("sent", "count", "Sent", "发送数", "Messages sent.", "发送的消息数。"),
        (
            "users",
            "count",
            "Users",
            "用户数",
            "Users who were sent one; of " + OTHER + ", once for each campaign.",
            "收到消息的用户数；" + OTHER + " 中每个活动各计一次。",
        ),
        ("delivered", "count", "Delivered", "送达数", "Messages that arrived.", "已送达的消息数。", *NOT_TOLD),
        ("opened", "count", "Opened", "打开数", "Messages that were opened.", "被打开的消息数。", *NOT_TOLD),
        ("clicked", "count", "Clicked", "点击数", "Messages with a click.", "被点击的消息数。", *NOT_TOLD),
        (
            "opted_out",
            "count",
            "Opted out",
            "退订数",
            "Messages that the user opted out by.",
            "导致退订的消息数。",
            *NOT_TOLD,
        ),
        ("open_rate", "share", "Open rate", "打开率", "Opened divided by sent.", "打开数 ÷ 发送数。", *NOT_TOLD),
        ("click_rate", "share", "Click rate", "点击率", "Clicked divided by sent.", "点击数 ÷ 发送数。", *NOT_TOLD),
        (
            "opt_out_rate",
            "share",
            "Opt-out rate",
            "退订率",
            "Opted out divided by sent.",
            "退订数 ÷ 发送数。",
            *NOT_TOLD,
        ),
    ),
    needs=("messages",),
)
def messages(sight: Sight) -> ir.Table:
    """By user first, so that no set of users is kept for each campaign."""
    rows = sight.past("messages")
    rows = rows.filter(rows.time >= ibis.literal(since(sight, DAYS), "timestamp(6)"))
    if "campaign_id" not in rows.columns:
        rows = rows.mutate(campaign_id=ibis.null("string"))
    by_user = rows.group_by("channel", "campaign_id", "user_id").aggregate(
        sent=rows.count(), first=rows.date.min(), last=rows.date.max(), **told(rows)
    )
    sums = {name: by_user[name].sum() for name in ("sent", *MOMENTS)}
    one = by_user.group_by("channel", "campaign_id").aggregate(
        users=by_user.count(), first=by_user["first"].min(), last=by_user["last"].max(), **sums
    )
    one = few(one, "campaign_id", one.group_by("campaign_id").aggregate(size=one.sent.sum()), MOST)
    sums = {name: one[name].sum() for name in ("sent", "users", *MOMENTS)}
    found = one.group_by("channel", "campaign_id").aggregate(first=one["first"].min(), last=one["last"].max(), **sums)
    rates = {"open_rate": "opened", "click_rate": "clicked", "opt_out_rate": "opted_out"}
    return found.mutate(**{rate: mean(found[name], found.sent) for rate, name in rates.items()})
