"""Phrases for when, how often and how regularly a user is here, and what the user does here."""

from serving.scoring.phrase import Both, Phrase, count, say, since

SILENT = Both("No {none} for {v}<; usual gap {gap}>", "已 {v}{undone}<，平时间隔 {gap}>")
BACK = Both("Last {one} {v} ago<; usual gap {gap}>", "最近一次{do}在 {v}前<，平时间隔 {gap}>")
AGAINST = Both(" ({silence} against {gap})", "（{silence}，平时 {gap}）")

NEVER_BACK = Both("Never back in time after a silence like this", "以往这样沉默后从未及时回来")
NEVER_SO_LONG = Both("Never silent for this long before", "以往从未沉默这么久")

TIME: dict[str, Phrase] = {
    # recency
    "days_since_active": Phrase(SILENT, low=BACK),
    "days_since_order": since("No order", "未下单", "Last order", "下过单"),
    "days_since_event": since("No {event}", "没有{event}", "Last {event}", "有过{event}"),
    "days_since_message": say("Last message {v} ago", "最近一次收到消息在 {v}前"),
    "days_since_open": since("No message opened", "未打开消息", "Last message opened", "打开过消息"),
    "days_since_click": since("No message clicked", "未点击消息", "Last message clicked", "点击过消息"),
    "days_since_complaint": say("Last complaint {v} ago", "最近一次投诉在 {v}前"),
    "days_since_return": say("Back {v} ago after an absence of {span} or more", "离开至少 {span}后，于 {v}前回归"),
    "days_since_signup": say("Signed up {v} ago", "注册于 {v}前"),
    "tenure_days": say("First {one} {v} ago", "首次{do}在 {v}前"),
    # frequency
    "active_count": count("{count}", "{do} {n} 次", "{none}", "{undone}"),
    "active_days": count("[day|days] with {all}", "{do}天数为 {n}", "{none}", "{undone}"),
    "active_decayed": say(
        "{n} {count}, older ones counting less (half of each is left after {span})",
        "{do} {n} 次（每过 {span}，旧的只算一半）",
    ),
    "active_decayed_rate": say(
        "{n} {count} per {span}, recent ones counting more", "每 {span}{do} {n} 次（越近权重越高）"
    ),
    "active_total": say("{n} {count} so far", "累计{do} {n} 次", zero=Both("No {none} so far", "从未{do}过")),
    "active_rate": say("{month} {count} a month", "平均每月{do} {month} 次"),
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
    "order_count": count("[order|orders]", "下单 {n} 次", "order", "未下单"),
    "event_count": count("{events}", "有 {n} 次{event}", "{event}", "没有{event}"),
    "event_total": say("{n} {events} so far", "累计 {n} 次{event}", zero=Both("No {event} so far", "从未有过{event}")),
    "event_days": count("[day|days] with an event{kind}", "有 {n} 天有行为{kind}", "event{kind}", "没有行为{kind}"),
    "event_decayed": say(
        "{n} {events}, older ones counting less (half of each is left after {span})",
        "{event} {n} 次（每过 {span}，旧的只算一半）",
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
    "event_sessions": count("[session|sessions]{kind}", "访问 {n} 次{kind}", "session{kind}", "没有访问{kind}"),
    "event_share": say(
        "{pct} of the events of the last {span} are {event}s",
        "最近 {span}内的行为有 {pct} 是{event}",
        zero=Both("Not one of the events of the last {span} is a {event}", "最近 {span}内的行为中没有{event}"),
    ),
    "event_kinds": count("[kind|kinds] of event", "有 {n} 种行为", "event", "没有行为"),
    "event_items": count("[item|items] met{kind}", "接触 {n} 件物品{kind}", "item met{kind}", "没有接触物品{kind}"),
    "event_value": say("Events worth {n} in the last {span}", "最近 {span}内行为价值合计 {n}"),
    "event_value_mean": say("Events worth {n} each, on average", "平均每次行为价值 {n}"),
    "event_depth": say("{n} [event|events] a session in the last {span}", "最近 {span}内平均每次访问有 {n} 次行为"),
    "event_breadth": say(
        "{n} different [item|items] an event in the last {span}", "最近 {span}内平均每次行为涉及 {n} 件物品"
    ),
    "event_intensity": say(
        "{n} [event|events] on a day with any, in the last {span}", "最近 {span}内有行为的日子平均每天 {n} 次"
    ),
    "funnel_deepest": say(
        "Step {n} of the funnel reached in the last {span}",
        "最近 {span}内走到漏斗第 {n} 步",
        zero=Both("No step of the funnel reached in the last {span}", "最近 {span}内没有进入漏斗"),
    ),
    "funnel_stop": say("Stops at step {n} of the funnel", "停在漏斗第 {n} 步"),
    "streak_longest": say(
        "Longest run of active days: {v}",
        "最长连续活跃 {v}",
        zero=Both("Never active two days in a row", "从未连续两天活跃"),
    ),
    "streak_current": say(
        "Active {v} in a row until now", "至今连续活跃 {v}", zero=Both("No run of active days now", "目前没有连续活跃")
    ),
    "arrival_days": say("First {one} {v} after the logs begin", "首次{do}在日志开始后 {v}"),
    "tenure_share": say("Known for {pct} of the time that the logs cover", "在册时间占整个日志时长的 {pct}"),
    "base_churn_rate": say(
        "Of all users active one horizon ago, {pct} have not come back",
        "一个预测期前活跃的全部用户中，有 {pct} 未再回来",
    ),
    "season_sin": say("Time of the year", "所处的时节"),
    "season_cos": say("Time of the year", "所处的时节"),
    # rhythm
    "gap_mean": say("Usual gap {v}", "平时间隔 {v}"),
    "gap_median": say("Usual gap {v} (median)", "平时间隔 {v}（中位数）"),
    "gap_shrunk": say("Usual gap about {v}", "平时间隔约 {v}"),
    "gap_longest": say("Longest gap so far {v}", "以往最长间隔 {v}"),
    "gap_last": say("Last gap {v}", "最近一次间隔 {v}"),
    "gap_last_ratio": say("Last gap {times} times the usual one", "最近一次间隔是平时的 {times} 倍"),
    "gap_spread": say("Gaps vary by {v}", "间隔长短相差约 {v}"),
    "gap_square_mean": say("Gaps of about {root}, long ones counting more", "间隔约 {root}（长间隔权重更高）"),
    "gap_regularity": say("Gaps vary by {pct} of their mean", "间隔波动为平均值的 {pct}"),
    "gap_count": say(
        "Came back {n} [time|times] so far",
        "以往回来过 {n} 次",
        zero=Both("Never came back on a second day", "从未在另一天回来过"),
    ),
    "silence_ratio": say(
        f"Silent for {{times}} times the usual gap<{AGAINST.en}>", f"沉默时长是平时间隔的 {{times}} 倍<{AGAINST.zh}>"
    ),
    "silence_to_median": say(
        f"Silent for {{times}} times the usual gap<{AGAINST.en}>", f"沉默时长是平时间隔的 {{times}} 倍<{AGAINST.zh}>"
    ),
    "silence_to_shrunk": say(
        f"Silent for about {{times}} times the usual gap<{AGAINST.en}>",
        f"沉默时长约为平时间隔的 {{times}} 倍<{AGAINST.zh}>",
    ),
    "silence_to_longest": say("Silent for {times} times the longest gap so far", "沉默时长是以往最长间隔的 {times} 倍"),
    "silence_score": Phrase(
        Both(
            "Silent for longer than usual: {times} times what the gaps usually vary by",
            "沉默比平时更久：超出平时间隔波动的 {times} 倍",
        ),
        low=Both(
            "Silence within what is usual: {times} times what the gaps vary by",
            "沉默仍属正常：为平时间隔波动的 {times} 倍",
        ),
    ),
    "silence_share": say("Silent for {pct} of the time since the first {one}", "沉默占首次{do}以来时间的 {pct}"),
    "gaps_longer": Phrase(
        Both("{n} [time|times] silent for longer than now", "以往有 {n} 次沉默比这次更久"),
        zero=NEVER_SO_LONG,
    ),
    "gaps_longer_share": Phrase(
        Both("{pct} of the earlier gaps were longer than this silence", "以往间隔有 {pct} 比这次沉默更长"),
        zero=NEVER_SO_LONG,
    ),
    "gaps_ended_in_time": say(
        "Back in time {n} [time|times] after a silence like this",
        "以往有 {n} 次在这样的沉默后及时回来",
        zero=NEVER_BACK,
    ),
    "return_share": say(
        "Back in time after {pct} of silences like this", "以往这样沉默后有 {pct} 及时回来", zero=NEVER_BACK
    ),
    "return_share_shrunk": say(
        "Back in time after about {pct} of silences like this", "这样沉默后约有 {pct} 会及时回来"
    ),
}
