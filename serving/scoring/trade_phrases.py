"""Phrases for what a user buys, and for messages, complaints, points, posts and who the user is."""

from serving.scoring.phrase import BEFORE, Both, Phrase, count, say

NO_DISCOUNT = Both("No discount in the last {span}", "最近 {span}内没有优惠")
NO_REFUND = Both("Nothing refunded in the last {span}", "最近 {span}内没有退款")

TRADE: dict[str, Phrase] = {
    # monetary
    "order_amount": Phrase(
        Both(f"{{v}} spent in the last {{span}}{BEFORE.en}", f"最近 {{span}}内消费 {{v}}{BEFORE.zh}"),
        zero=Both(f"Nothing spent in the last {{span}}{BEFORE.en}", f"最近 {{span}}内没有消费{BEFORE.zh}"),
    ),
    "order_amount_total": Phrase(
        Both("{v} spent so far", "累计消费 {v}"), zero=Both("Nothing spent so far", "还没有消费")
    ),
    "order_total": say("{n} [order|orders] so far", "累计下单 {n} 次", zero=Both("No order so far", "从未下单")),
    "order_amount_max": say("Largest order {v}", "最大一笔订单 {v}"),
    "order_amount_min": say("Smallest order {v}", "最小一笔订单 {v}"),
    "order_amount_last": say("Last order {v}", "最近一笔订单 {v}"),
    "order_amount_mean": say("Mean order {v}", "平均每单 {v}"),
    "order_value": say("Mean order of the last {span} {v}", "最近 {span}内平均每单 {v}"),
    "order_amount_decayed": say(
        "{v} spent, older orders counting less (half of each is left after {span})",
        "消费 {v}（每过 {span}，旧的只算一半）",
    ),
    "order_amount_share": Phrase(
        Both("{pct} of all spending fell in the last {span}", "全部消费有 {pct} 在最近 {span}内"),
        zero=Both("Spent before, but nothing in the last {span}", "以前有过消费，但最近 {span}内没有"),
    ),
    "order_amount_momentum": Phrase(
        Both(
            "{pct} of the spending of the last {twice} fell in the last {span}",
            "最近 {twice}的消费有 {pct} 在最近 {span}内",
        ),
        zero=Both(
            "Spent in the last {twice}, but nothing in the last {span}", "最近 {twice}内有消费，但最近 {span}内没有"
        ),
    ),
    "order_amount_trend": say("Last order {times} times the mean one", "最近一笔订单是平均的 {times} 倍"),
    "order_amount_last_year": Phrase(
        Both("{v} spent in the same season last year", "去年同期消费 {v}"),
        zero=Both("Nothing spent in the same season last year", "去年同期没有消费"),
    ),
    "order_amount_spread": say("Order amounts vary by {pct} of their mean", "订单金额波动为平均值的 {pct}"),
    "order_items": count("[item|items] bought", "购买 {n} 件", "item bought", "没有购买"),
    "order_discount_share": say(
        "Discounts of {pct} in the last {span}",
        "最近 {span}内优惠占 {pct}",
        zero=NO_DISCOUNT,
    ),
    "order_discount": say(
        "Discounts of {v} in the last {span}",
        "最近 {span}内享受优惠 {v}",
        zero=NO_DISCOUNT,
    ),
    "order_amount_change": Phrase(
        Both("Spending of the last {span} changed by {signed}", "最近 {span}的消费与之前相比变化 {signed}"),
        zero=Both("Spending of the last {span} as in the {span} before", "最近 {span}的消费与之前相同"),
    ),
    "order_channels": say("Ordered through {n} [channel|channels]", "通过 {n} 个渠道下过单"),
    "order_channel_share": say("{pct} of the orders through one channel", "主要渠道占全部订单的 {pct}"),
    "refund_count": count("[refund|refunds]", "退款 {n} 次", "refund", "没有退款"),
    "refund_amount": say(
        "{v} refunded in the last {span}",
        "最近 {span}内退款 {v}",
        zero=NO_REFUND,
    ),
    "refund_share": say(
        "{pct} of the orders of the last {span} refunded",
        "最近 {span}内订单金额有 {pct} 被退款",
        zero=NO_REFUND,
    ),
    # messages, feedback, points, community
    "messages_sent": count("[message|messages] received", "收到 {n} 条消息", "message received", "没有收到消息"),
    "messages_opened": count("[message|messages] opened", "打开 {n} 条消息", "message opened", "没有打开消息"),
    "messages_clicked": count("[message|messages] clicked", "点击 {n} 条消息", "message clicked", "没有点击消息"),
    "message_open_rate": say(
        "{pct} of the messages of the last {span} opened",
        "最近 {span}内消息打开率 {pct}",
        zero=Both("Not one of the messages of the last {span} opened", "最近 {span}内的消息一条也没有打开"),
    ),
    "message_click_rate": say(
        "{pct} of the messages of the last {span} clicked",
        "最近 {span}内消息点击率 {pct}",
        zero=Both("Not one of the messages of the last {span} clicked", "最近 {span}内的消息一条也没有点击"),
    ),
    "messages_unopened": say(
        "{n} [message|messages] in a row not opened",
        "连续 {n} 条消息未打开",
        zero=Both("The last message was opened", "最近一条消息已打开"),
    ),
    "opted_out": say("Opted out of messages", "已退订消息", zero=Both("Has not opted out of messages", "未退订消息")),
    "complaints": count("[complaint|complaints]", "投诉 {n} 次", "complaint", "没有投诉"),
    "open_tickets": say(
        "{n} [ticket|tickets] not resolved", "{n} 个工单未解决", zero=Both("No ticket is open", "没有未解决的工单")
    ),
    "open_complaints": say(
        "{n} [complaint|complaints] not resolved",
        "{n} 个投诉未解决",
        zero=Both("No complaint is open", "没有未解决的投诉"),
    ),
    "score_mean": say("Scores of {n}, on average", "平均评分 {n}"),
    "score_last": say("Last score {n}", "最近一次评分 {n}"),
    "response_days": say("Tickets resolved after {v}, on average", "工单平均 {v}解决"),
    "days_since_points_earned": say("Points last earned {v} ago", "最近一次获得积分在 {v}前"),
    "days_since_points_claimed": say("Points last claimed {v} ago", "最近一次领取积分在 {v}前"),
    "days_since_points_spent": say("Points last spent {v} ago", "最近一次使用积分在 {v}前"),
    "days_since_points_expired": say("Points last expired {v} ago", "最近一次积分过期在 {v}前"),
    "points_balance": say("{n} [point|points] not spent", "积分余额 {n}", zero=Both("No points left", "没有积分余额")),
    "points_earned": count("[point|points] earned", "获得 {n} 积分", "point earned", "没有获得积分"),
    "points_claimed": count("[point|points] claimed", "领取 {n} 积分", "point claimed", "没有领取积分"),
    "points_unclaimed_share": say(
        "{pct} of the points earned in the last {span} not claimed",
        "最近 {span}内获得的积分有 {pct} 未领取",
        zero=Both("All points earned in the last {span} claimed", "最近 {span}内获得的积分已全部领取"),
    ),
    "points_spent": count("[point|points] spent", "使用 {n} 积分", "point spent", "没有使用积分"),
    "points_expired": count("[point|points] expired", "有 {n} 积分过期", "point expired", "没有积分过期"),
    "post_count": count("[post|posts] written", "发帖 {n} 个", "post written", "没有发帖"),
    "reply_count": count("[reply|replies] received", "收到 {n} 条回复", "reply received", "没有收到回复"),
    "replies_per_post": say(
        "{n} [reply|replies] a post in the last {span}",
        "最近 {span}内平均每帖收到 {n} 条回复",
        zero=Both("No replies to the posts of the last {span}", "最近 {span}内的帖子没有收到回复"),
    ),
    "post_gap_mean": say("{v} between posts, on average", "平均 {v}发一次帖"),
    "post_gap_last": say("{v} between the last two posts", "最近两次发帖相隔 {v}"),
    # who the user is; the value of a text is a code, which tells a person nothing
    "days_to_birthday": say("Birthday in {v}", "距生日 {v}", zero=Both("Birthday today", "今天生日")),
    "birthday_within": say(
        "Birthday within {span}", "{span}内过生日", zero=Both("No birthday within {span}", "{span}内不过生日")
    ),
    "consent_marketing": say(
        "Agreed to marketing", "同意接收营销信息", zero=Both("Did not agree to marketing", "未同意接收营销信息")
    ),
    "channel": say("The channel that the user came through", "用户的来源渠道"),
    "plan": say("The plan that the user is on", "用户的套餐"),
    "region": say("The region that the user lives in", "用户所在的地区"),
}
