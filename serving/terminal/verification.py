"""What campaigns did, as a person reads it in the terminal."""

from collections.abc import Sequence

from rich.table import Table

from serving.terminal.console import console, say
from training.verification.campaigns.verify import Verified
from training.verification.effect import Effect
from training.verification.power import Design
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
        if one.churn is None and one.trial.ok:
            told = (
                f"结果窗口至 {one.closes:%Y-%m-%d}"
                if language == "zh"
                else f"windows are over on {one.closes:%Y-%m-%d}"
            )
            say(f"  {told}")
        if one.reached is not None and one.churn is not None:
            share = one.reached / one.users[0]
            zh = f"实验组中 {one.reached:,} 人（{share:.0%}）有该活动的消息"
            en = f"{one.reached:,} of the treated ({share:.0%}) have a message of it"
            say(f"  {zh if language == 'zh' else en}")


def show_design(designs: Sequence[tuple[str, Design]], language: str = "en") -> None:
    """What a holdout can see, before the campaign: users, smallest effect, and users needed for some effects."""
    for told, one in designs:
        say(f"{told}: {_design(one, language)}")


def _design(one: Design, language: str) -> str:
    seen = "–" if one.smallest is None else f"{one.smallest:.4g}"
    if language == "zh":
        return f"{one.users:,} 人，对照组 {one.holdout:.0%}，以 80% 的把握可看出的最小差异为 {seen}"
    return f"{one.users:,} users, {one.holdout:.0%} held out: the smallest difference seen in 4 of 5 trials is {seen}"


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
