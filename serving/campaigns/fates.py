"""What becomes of a matched user: an arm of a play, or the one reason why not. The first that holds counts."""

from dataclasses import dataclass

TREATMENT, HOLDOUT = "treatment", "holdout"
ARMS = (TREATMENT, HOLDOUT)


@dataclass(frozen=True)
class Reason:
    """Why a matched user is in no arm: its name in files, and what people read in English and Chinese."""

    name: str
    en: str
    zh: str


REASONS = (
    Reason("global_holdout", "in the global holdout", "属于全局对照组"),
    Reason("not_reachable", "without an id on any channel of the play", "该打法的渠道都没有此用户的标识"),
    Reason("no_consent", "did not consent", "未同意接收"),
    Reason("opted_out", "opted out", "已退订"),
    Reason("blackout", "on a day without messages", "当日为免打扰日"),
    Reason("in_other_play", "taken by a play of higher priority", "已被优先级更高的打法选中"),
    Reason("cooldown", "taken by the play too short a time ago", "该打法对此用户仍在冷却期"),
    Reason("weekly_cap", "had as many messages as a week may bring", "已达每周触达上限"),
    Reason("monthly_cap", "had as many messages as a month may bring", "已达每月触达上限"),
    Reason("own_usage_cap", "had as many messages as the own use allows", "已达按自身活跃度的触达上限"),
    Reason("channel_cap", "had as many messages as the channels may bring", "已达渠道触达上限"),
    Reason("not_worth_it", "expected to save less than it costs", "预期挽回价值低于成本"),
    Reason("over_budget", "beyond the play's budget or places", "超出预算或名额"),
)
BY_PLAY = tuple(one.name for one in REASONS[:-1])  # told of each play that matched; the last is of the play that took
FATES = (*ARMS, *(one.name for one in REASONS))


def words(fate: str, language: str = "en") -> str:
    """A reason as people read it; an arm as it is called."""
    arms = {TREATMENT: ("written to", "触达"), HOLDOUT: ("held back as proof", "对照保留")}
    if fate in arms:
        return arms[fate][language == "zh"]
    one = next(one for one in REASONS if one.name == fate)
    return one.zh if language == "zh" else one.en
