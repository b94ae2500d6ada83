"""What reasons are about, and what can be done about each: the theme of a feature, and the lever that it suggests."""

from typing import NamedTuple

from features.catalogue.feature import Feature
from serving.scoring.phrase import Both


class Theme(NamedTuple):
    """What the theme is called, also where a reason raises the risk (None: the same), and what to do then (None: no
    lever)."""

    name: Both
    raising: Both | None
    lever: Both | None


THEMES: dict[str, Theme] = {
    "silence": Theme(
        Both("silence", "沉默"), None, Both("reach out now, before the gap grows", "尽快触达，不要等间隔继续拉长")
    ),
    "activity": Theme(
        Both("activity", "活跃"),
        Both("less activity", "活跃减少"),
        Both("give a reason to come back soon", "给一个近期回来的理由"),
    ),
    "orders": Theme(
        Both("orders", "下单"),
        Both("fewer orders", "下单减少"),
        Both("an offer for the next order", "发放下一单可用的优惠"),
    ),
    "spending": Theme(
        Both("spending", "消费"),
        Both("less spending", "消费减少"),
        Both("recommend what this user used to buy", "推荐该用户过去常买的商品"),
    ),
    "use": Theme(
        Both("use", "使用"),
        Both("less use", "使用减少"),
        Both("guide to a feature or a task worth the visit", "引导使用功能或完成任务"),
    ),
    "complaint": Theme(
        Both("complaints", "投诉"),
        None,
        Both("solve it first; send no offers until then", "先解决问题，解决前不发营销"),
    ),
    "messages": Theme(
        Both("messages", "消息"), None, Both("send less, or use another channel", "降低发送频次，或换一个渠道")
    ),
    "points": Theme(
        Both("points", "积分"), None, Both("remind of the balance and what it buys", "提醒积分余额和可兑换的权益")
    ),
    "community": Theme(
        Both("community", "社区"), None, Both("answer, and invite to a topic", "回复互动，邀请参与话题")
    ),
    "profile": Theme(Both("who they are", "用户背景"), None, None),
}
FAMILIES = {
    "recency": "silence",
    "rhythm": "silence",
    "frequency": "activity",
    "monetary": "spending",
    "engagement": "use",
    "feedback": "complaint",
    "messages": "messages",
    "points": "points",
    "profile": "profile",
    "community": "community",
}
OTHERWISE = {  # features that are about something else than the rest of their family
    "order_count": "orders",
    "order_total": "orders",
    "order_items": "orders",
    "event_count": "use",
    "event_decayed": "use",
    "days_since_message": "messages",
    "days_since_open": "messages",
    "days_since_click": "messages",
    "days_since_complaint": "complaint",
    "refund_count": "complaint",
    "refund_amount": "complaint",
    "refund_share": "complaint",
    "tenure_days": "profile",
    "tenure_share": "profile",
    "arrival_days": "profile",
    "base_churn_rate": "profile",
    "season_sin": "profile",
    "season_cos": "profile",
}


def theme_of(feature: Feature) -> str:
    """The key in ``THEMES`` of what a feature is about."""
    return OTHERWISE.get(feature.name) or FAMILIES[feature.family]
