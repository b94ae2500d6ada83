"""What campaigns did, as a person reads it in the terminal."""

from collections.abc import Sequence

from rich.table import Table

from serving.terminal.console import console, say
from training.verification.campaigns.verify import Verified
from training.verification.effect import Effect
from training.verification.relative_lift import RelativeLift
from training.verification.verdict import Text

HEADINGS = {
    "en": ("campaign", "treatment", "holdout", "churn", "difference in points", "value a user", "difference"),
    "zh": ("活动", "实验组", "对照组", "流失率", "差异（百分点）", "人均价值", "差异"),
}


def show_verified(found: Sequence[Verified], language: str = "en") -> None:
    """A row a campaign: users of both arms, churn and value with their differences and intervals; then the verdicts."""
    title = "活动效果（按分组全体计算）" if language == "zh" else "What campaigns did, by everybody assigned"
    table = Table(title=title, title_justify="left")
    for number, heading in enumerate(HEADINGS[language]):
        table.add_column(heading, justify="right" if number else "left")
    for one in found:
        counts = [f"{count:,}" for count in one.users]
        table.add_row(one.campaign_id, *counts, *_effect(one.churn, True), *_effect(one.value, False))
    console().print(table)
    for one in found:
        say(f"{one.campaign_id}: {_in(one.verdict.sentence, language)}")
        say(f"  → {_in(one.verdict.next, language)}")
        if one.looked != one.users and one.trial.ok:
            zh, en = f"结果窗口至 {one.closes:%Y-%m-%d}", f"windows are over on {one.closes:%Y-%m-%d}"
            say(f"  {zh if language == 'zh' else en}")
        if one.look is not None and one.plan is not None and one.plan.users != sum(one.looked or ()):
            at = f"{one.plan.next_users:,}"
            zh = f"第 {one.look.number} 次计划查看，区间按 {one.look.level:.1%} 计算"
            zh += "" if one.plan.over else f"；下一次在 {at} 人时"
            en = f"planned look {one.look.number}, its intervals at {one.look.level:.1%}"
            en += "" if one.plan.over else f"; the next at {at} users"
            say(f"  {zh if language == 'zh' else en}")
        if one.lift is not None and one.churn is not None:
            say(f"  {_lift(one.lift, language)}")
        if one.reached is not None and one.churn is not None:
            share = one.reached / max((one.looked or one.users)[0], 1)
            zh = f"实验组中 {one.reached:,} 人（{share:.0%}）有该活动的消息"
            en = f"{one.reached:,} of the treated ({share:.0%}) have a message of it"
            say(f"  {zh if language == 'zh' else en}")


def _effect(effect: Effect | None, share: bool) -> tuple[str, str]:
    if effect is None:
        return "–", "–"
    if share:
        means = f"{effect.treatment:.1%} / {effect.holdout:.1%}"
        return means, f"{100 * effect.difference:+.2f} ({100 * effect.low:+.2f} … {100 * effect.high:+.2f})"
    means = f"{effect.treatment:,.2f} / {effect.holdout:,.2f}"
    return means, f"{effect.difference:+,.2f} ({effect.low:+,.2f} … {effect.high:+,.2f})"


def _in(text: Text, language: str) -> str:
    return text.zh if language == "zh" else text.en


def _lift(lift: RelativeLift, language: str) -> str:
    told = f"{100 * lift.lift:+.1f} %" if lift.lift == lift.lift else "–"
    ends = "无界" if language == "zh" else "unbounded"
    if lift.low is not None and lift.high is not None:
        ends = f"{100 * lift.low:+.1f} … {100 * lift.high:+.1f} %"
    return f"流失相对变化 {told}（{ends}）" if language == "zh" else f"relative change of churn {told} ({ends})"
