"""How features are said to people, in English and Chinese. Those without a phrase are said by their meaning and value.

{v} is the value in its unit, {n} the bare number, {times} the same of a ratio, {pct} as a percentage, {signed} with its
sign, {month} times 30, {root} its square root in days. {span}, {twice}, {quad} are the window or half-life and its
multiples; {event}, {events} and {kind} the events counted. What counts as activity has {none}, {one}, {count}, {all},
and in Chinese {do}, {undone}. [order|orders] is singular or plural, and <…> is left out where {gap} or {silence}, the
user's usual gap and this silence, are not known.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

Lang = Literal["en", "zh"]


class Both(NamedTuple):
    """One text in English and Chinese."""

    en: str
    zh: str


@dataclass(frozen=True)
class Phrase:
    """How a value is said; ``zero`` where it is 0, ``low`` where it lowers the risk, if that is said differently."""

    any: Both
    zero: Both | None = None
    low: Both | None = None


def _since(what: str, zh: str, done: str, zh_done: str) -> Phrase:
    return Phrase(Both(f"{what} for {{v}}", f"已 {{v}}{zh}"), low=Both(f"{done} {{v}} ago", f"{{v}}前{zh_done}"))


def _count(what: str, zh: str, none: str, zh_none: str) -> Phrase:
    return Phrase(
        Both(f"{{n}} {what} in the last {{span}}", f"最近 {{span}}内{zh}"),
        zero=Both(f"No {none} in the last {{span}}", f"最近 {{span}}内{zh_none}"),
    )


def _say(en: str, zh: str) -> Phrase:
    return Phrase(Both(en, zh))


SILENT = Both("No {none} for {v}<; usual gap {gap}>", "已 {v}{undone}<，平时间隔 {gap}>")
BACK = Both("Last {one} {v} ago<; usual gap {gap}>", "最近一次{do}在 {v}前<，平时间隔 {gap}>")
AGAINST = Both(" ({silence} against {gap})", "（{silence}，平时 {gap}）")

PHRASES: dict[str, Phrase] = {
    # recency
    "days_since_active": Phrase(SILENT, low=BACK),
    "days_since_order": _since("No order", "未下单", "Last order", "下过单"),
    "days_since_event": _since("No {event}", "没有{event}", "Last {event}", "有过{event}"),
    "days_since_message": _say("Last message {v} ago", "最近一次收到消息在 {v}前"),
    "days_since_open": _since("No message opened", "未打开消息", "Last message opened", "打开过消息"),
    "days_since_click": _since("No message clicked", "未点击消息", "Last message clicked", "点击过消息"),
    "days_since_complaint": _say("Last complaint {v} ago", "最近一次投诉在 {v}前"),
    "days_since_return": _say("Back {v} ago after an absence of {span} or more", "离开至少 {span}后，于 {v}前回归"),
    "days_since_signup": _say("Signed up {v} ago", "注册于 {v}前"),
    "tenure_days": _say("First {one} {v} ago", "首次{do}在 {v}前"),
    # frequency
    "active_count": _count("{count}", "{do} {n} 次", "{none}", "{undone}"),
    "active_days": _count("[day|days] with {all}", "{do}天数为 {n}", "{none}", "{undone}"),
    "active_decayed": _say(
        "{n} {count}, older ones counting less (half-life {span})", "{do} {n} 次（越早权重越低，半衰期 {span}）"
    ),
    "active_decayed_rate": _say(
        "{n} {count} per {span}, recent ones counting more", "每 {span}{do} {n} 次（越近权重越高）"
    ),
    "active_total": _say("{n} {count} so far", "累计{do} {n} 次"),
    "active_rate": _say("{month} {count} a month", "平均每月{do} {month} 次"),
    "active_momentum": Phrase(
        Both(
            "{pct} of the {all} of the last {twice} fell in the last {span}",
            "最近 {twice}的{do}有 {pct} 在最近 {span}内",
        ),
        zero=Both(
            "{all} in the last {twice}, but none in the last {span}", "最近 {twice}内有{do}，但最近 {span}内没有"
        ),
    ),
    "active_last_year": Phrase(
        Both("{n} {count} in the same season last year", "去年同期{do} {n} 次"),
        zero=Both("No {none} in the same season last year", "去年同期{undone}"),
    ),
    "active_year_before_last": Phrase(
        Both("{n} {count} in the same season two years ago", "前年同期{do} {n} 次"),
        zero=Both("No {none} in the same season two years ago", "前年同期{undone}"),
    ),
    "order_count": _count("[order|orders]", "下单 {n} 次", "order", "未下单"),
    "event_count": _count("{events}", "有 {n} 次{event}", "{event}", "没有{event}"),
    "event_total": _say("{n} {events} so far", "累计 {n} 次{event}"),
    "event_days": _count("[day|days] with an event{kind}", "有 {n} 天有行为{kind}", "event{kind}", "没有行为{kind}"),
    "event_decayed": _say(
        "{n} {events}, older ones counting less (half-life {span})", "{event} {n} 次（越早权重越低，半衰期 {span}）"
    ),
    "event_momentum": Phrase(
        Both(
            "{pct} of the events of the last {twice} fell in the last {span}",
            "最近 {twice}的行为有 {pct} 在最近 {span}内",
        ),
        zero=Both(
            "Events in the last {twice}, but none in the last {span}", "最近 {twice}内有行为，但最近 {span}内没有"
        ),
    ),
    "event_stickiness": Phrase(
        Both(
            "{pct} of the days with events of the last {quad} fell in the last {span}",
            "最近 {quad}内有行为的日子有 {pct} 在最近 {span}内",
        ),
        zero=Both("Events in the last {quad}, but none in the last {span}", "最近 {quad}内有行为，但最近 {span}内没有"),
    ),
    "event_sessions": _count("[session|sessions]{kind}", "访问 {n} 次{kind}", "session{kind}", "没有访问{kind}"),
    "event_share": _say("{pct} of the events of the last {span} are {event}s", "最近 {span}内的行为有 {pct} 是{event}"),
    "base_churn_rate": _say(
        "Of all users active before, {pct} have not come back of late", "整个用户群近期有 {pct} 不再活跃"
    ),
    "season_sin": _say("Time of the year", "所处的时节"),
    "season_cos": _say("Time of the year", "所处的时节"),
    # rhythm
    "gap_mean": _say("Usual gap {v}", "平时间隔 {v}"),
    "gap_median": _say("Usual gap {v} (median)", "平时间隔 {v}（中位数）"),
    "gap_shrunk": _say("Usual gap about {v}", "平时间隔约 {v}"),
    "gap_longest": _say("Longest gap so far {v}", "以往最长间隔 {v}"),
    "gap_last": _say("Last gap {v}", "最近一次间隔 {v}"),
    "gap_last_ratio": _say("Last gap {times} times the usual one", "最近一次间隔是平时的 {times} 倍"),
    "gap_spread": _say("Gaps vary by {v}", "间隔长短相差约 {v}"),
    "gap_square_mean": _say("Gaps of {root} (root mean square)", "间隔约 {root}（均方根）"),
    "gap_regularity": _say("Gaps vary by {pct} of their mean", "间隔波动为平均值的 {pct}"),
    "gap_count": _say("Came back {n} [time|times] so far", "以往回来过 {n} 次"),
    "silence_ratio": _say(
        f"Silent for {{times}} times the usual gap<{AGAINST.en}>", f"沉默时长是平时间隔的 {{times}} 倍<{AGAINST.zh}>"
    ),
    "silence_to_median": _say(
        f"Silent for {{times}} times the usual gap<{AGAINST.en}>", f"沉默时长是平时间隔的 {{times}} 倍<{AGAINST.zh}>"
    ),
    "silence_to_shrunk": _say(
        f"Silent for about {{times}} times the usual gap<{AGAINST.en}>",
        f"沉默时长约为平时间隔的 {{times}} 倍<{AGAINST.zh}>",
    ),
    "silence_to_longest": _say(
        "Silent for {times} times the longest gap so far", "沉默时长是以往最长间隔的 {times} 倍"
    ),
    "silence_score": _say(
        "This silence lies {signed} standard deviations from the usual gap", "这次沉默偏离平时间隔 {signed} 个标准差"
    ),
    "silence_share": _say("Silent for {pct} of the time since the first {one}", "沉默占首次{do}以来时间的 {pct}"),
    "gaps_longer": Phrase(
        Both("{n} [time|times] silent for longer than now", "以往有 {n} 次沉默比这次更久"),
        zero=Both("Never silent for so long before", "以往从未沉默这么久"),
    ),
    "gaps_longer_share": Phrase(
        Both("{pct} of the earlier gaps were longer than this silence", "以往间隔有 {pct} 比这次沉默更长"),
        zero=Both("Never silent for so long before", "以往从未沉默这么久"),
    ),
    "gaps_ended_in_time": _say(
        "{n} [time|times] back in time after a silence like this", "以往有 {n} 次在这样的沉默后及时回来"
    ),
    "return_share": _say("Back in time after {pct} of silences like this", "以往这样沉默后有 {pct} 及时回来"),
    "return_share_shrunk": _say(
        "Back in time after about {pct} of silences like this", "这样沉默后约有 {pct} 会及时回来"
    ),
    # monetary
    "order_amount": Phrase(
        Both("{v} spent in the last {span}", "最近 {span}内消费 {v}"),
        zero=Both("Nothing spent in the last {span}", "最近 {span}内没有消费"),
    ),
    "order_amount_total": Phrase(
        Both("{v} spent so far", "累计消费 {v}"), zero=Both("Nothing spent so far", "还没有消费")
    ),
    "order_total": _say("{n} [order|orders] so far", "累计下单 {n} 次"),
    "order_amount_max": _say("Largest order {v}", "最大一笔订单 {v}"),
    "order_amount_min": _say("Smallest order {v}", "最小一笔订单 {v}"),
    "order_amount_last": _say("Last order {v}", "最近一笔订单 {v}"),
    "order_amount_mean": _say("Mean order {v}", "平均每单 {v}"),
    "order_value": _say("Mean order of the last {span} {v}", "最近 {span}内平均每单 {v}"),
    "order_amount_decayed": _say(
        "{v} spent, older orders counting less (half-life {span})", "消费 {v}（越早权重越低，半衰期 {span}）"
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
    "order_amount_trend": _say("Last order {times} times the mean one", "最近一笔订单是平均的 {times} 倍"),
    "order_amount_last_year": Phrase(
        Both("{v} spent in the same season last year", "去年同期消费 {v}"),
        zero=Both("Nothing spent in the same season last year", "去年同期没有消费"),
    ),
    "order_amount_spread": _say("Order amounts vary by {pct} of their mean", "订单金额波动为平均值的 {pct}"),
    "order_items": _count("[item|items] bought", "购买 {n} 件", "item bought", "没有购买"),
    "order_discount_share": _say("Discounts of {pct} in the last {span}", "最近 {span}内优惠占 {pct}"),
    "refund_count": _count("[refund|refunds]", "退款 {n} 次", "refund", "没有退款"),
    # messages, feedback, points, community
    "messages_sent": _count("[message|messages] received", "收到 {n} 条消息", "message received", "没有收到消息"),
    "messages_opened": _count("[message|messages] opened", "打开 {n} 条消息", "message opened", "没有打开消息"),
    "messages_clicked": _count("[message|messages] clicked", "点击 {n} 条消息", "message clicked", "没有点击消息"),
    "message_open_rate": _say("{pct} of the messages of the last {span} opened", "最近 {span}内消息打开率 {pct}"),
    "message_click_rate": _say("{pct} of the messages of the last {span} clicked", "最近 {span}内消息点击率 {pct}"),
    "messages_unopened": _say("{n} [message|messages] in a row not opened", "连续 {n} 条消息未打开"),
    "complaints": _count("[complaint|complaints]", "投诉 {n} 次", "complaint", "没有投诉"),
    "open_tickets": _say("{n} [ticket|tickets] not resolved", "{n} 个工单未解决"),
    "open_complaints": _say("{n} [complaint|complaints] not resolved", "{n} 个投诉未解决"),
    "days_since_points_earned": _say("Points last earned {v} ago", "最近一次获得积分在 {v}前"),
    "days_since_points_claimed": _say("Points last claimed {v} ago", "最近一次领取积分在 {v}前"),
    "days_since_points_spent": _say("Points last spent {v} ago", "最近一次使用积分在 {v}前"),
    "days_since_points_expired": _say("Points last expired {v} ago", "最近一次积分过期在 {v}前"),
    "points_balance": _say("{n} [point|points] not spent", "积分余额 {n}"),
    "points_spent": _count("[point|points] spent", "使用 {n} 积分", "point spent", "没有使用积分"),
    "points_expired": _count("[point|points] expired", "有 {n} 积分过期", "point expired", "没有积分过期"),
    "post_count": _count("[post|posts] written", "发帖 {n} 个", "post written", "没有发帖"),
    "reply_count": _count("[reply|replies] received", "收到 {n} 条回复", "reply received", "没有收到回复"),
}

MISSING: dict[str, str] = {  # what a feature says of a missing value, in Chinese
    "never active": "从未活跃",
    "no order": "从未下单",
    "no event": "没有行为记录",
    "never away for so long": "从未离开这么久",
    "fewer than two active days": "活跃不足两天",
    "nobody has come twice": "还没有人来过两次",
    "never active, or nobody has come twice": "从未活跃",
    "no own gap was longer than this silence": "以往从未沉默这么久",
    "not active in twice the window": "最近 {twice}内未活跃",
    "no event in twice the window": "最近 {twice}内没有行为",
    "no event in the window": "最近 {span}内没有行为",
    "no session in the window": "最近 {span}内没有访问",
    "no day with an event in four times the window": "最近 {quad}内没有行为",
    "nothing spent": "从未消费",
    "nothing spent in the window": "最近 {span}内没有消费",
    "nothing spent in twice the window": "最近 {twice}内没有消费",
    "no order in the window": "最近 {span}内未下单",
    "no order, or nothing spent": "从未消费",
    "fewer than two orders, or nothing spent": "下单不足两次",
    "no message": "从未收到消息",
    "no message in the window": "最近 {span}内没有收到消息",
    "no message opened": "从未打开消息",
    "no message clicked": "从未点击消息",
    "no complaint": "从未投诉",
    "no score": "从未评分",
    "sign-up not known": "注册时间不详",
    "birthday not known": "生日不详",
}
