"""The verdict: worked, harm, not proven or no trial, in one sentence, and what to do next. English and 简体中文."""

from dataclasses import dataclass
from typing import Literal

from training.verification.effect import Effect
from training.verification.power import users_missing
from training.verification.trial import Trial

Word = Literal["worked", "harm", "not proven", "no trial"]
Unit = Literal["share", "amount"]


@dataclass(frozen=True)
class Text:
    """The same in English and in 简体中文."""

    en: str
    zh: str


@dataclass(frozen=True)
class Verdict:
    """verdict: the word; sentence: why; next: what to do now. missing: how many more users it takes, None where that is
    no question (proven, no trial) or no number of users would do."""

    verdict: Word
    sentence: Text
    next: Text
    missing: int | None = None


@dataclass(frozen=True)
class Aim:
    """What a campaign was to change. name: as people say it; unit: a share is told in points; lower: less is better.

    effect: the change hoped for, None where none was named: then "not proven" counts users for the change seen.
    """

    name: Text
    unit: Unit
    lower: bool
    effect: float | None = None


CHURN = Aim(Text("churn", "流失率"), "share", lower=True)
VALUE = Aim(Text("value", "人均价值"), "amount", lower=False)

_ZH = {
    "no_holdout": "只有一组用户，没有可比的对照组",
    "two_arms": "有用户同时在两组",
    "sample_ratio": "两组人数与计划的比例不符，有用户从一侧丢失或混入",
    "one_sided_loss": "分组之后两组丢失的用户不一样多",
    "imbalance": "活动之前两组就不同，并非随机分组",
    "assigned_late": "有用户在结果已经开始之后才分组",
    "scored_late": "评分晚于分组，可能已含活动的影响",
}
_NEXT_ZH = {
    "no_holdout": "下次留出随机对照组",
    "imbalance": "下次随机分组",
    "two_arms": "每个用户只留一行分组",
    "scored_late": "改用分组之前的快照评分",
    "assigned_late": "让结果窗口从分组之时开始",
}


def refusal_zh(code: str) -> str:
    """Why a trial is refused, in 简体中文."""
    return _ZH[code]


def judge(trial: Trial, effect: Effect | None, aim: Aim = CHURN, more_to_come: bool = False) -> Verdict:
    """The verdict on the aim. effect: with the interval that this look may be told with; None where the outcome
    window is still open, or the trial was refused.

    more_to_come: a planned look follows, so that "not proven" means "not yet".
    """
    if trial.refusals:
        return _no_trial(trial)
    if effect is None:
        words = Text("not proven yet: the outcome window is still open", "尚未证实：结果窗口还未结束")
        return Verdict("not proven", words, Text("wait until it has closed", "请等待窗口结束"))
    if effect.proven:
        good = (effect.difference < 0) == aim.lower
        return _worked(effect, aim) if good else _harm(effect, aim)
    return _not_proven(effect, aim, more_to_come)


def _no_trial(trial: Trial) -> Verdict:
    first = trial.refusals[0]
    after = _NEXT_ZH.get(first.code, "补齐所有分组过的用户")
    return Verdict(
        "no trial",
        Text(f"no effect can be told: {first.what}", f"无法判断效果：{_ZH[first.code]}"),
        Text(first.cure, after),
    )


def _worked(effect: Effect, aim: Aim) -> Verdict:
    en, zh = _told(effect, aim)
    return Verdict(
        "worked",
        Text(f"it worked: {en}", f"有效：{zh}"),
        Text("go on with it, and keep the holdout so that this stays known", "继续执行，并保留对照组以便持续验证"),
    )


def _harm(effect: Effect, aim: Aim) -> Verdict:
    en, zh = _told(effect, aim)
    return Verdict(
        "harm",
        Text(f"it did harm: {en}", f"有害：{zh}"),
        Text(
            "stop it, or change the offer or whom it goes to, and try that on few",
            "停止执行；或更换方案或人群，先小范围试验",
        ),
    )


def _not_proven(effect: Effect, aim: Aim, more_to_come: bool) -> Verdict:
    en, zh = _told(effect, aim)
    missing = users_missing(effect, aim.effect)
    start = Text("not proven yet" if more_to_come else "not proven", "尚未证实" if more_to_come else "未能证实")
    size = Text("as large as it looks", "与目前所见相同")
    if aim.effect is not None:
        size = Text(f"the planned {_size(aim.effect, aim, 'en')}", f"计划的 {_size(aim.effect, aim, 'zh')}")
    if missing is None:
        after = Text(
            "the arms do not differ, and no number of users would prove it; try another offer",
            "两组没有差别，再多用户也无法证实；请更换方案",
        )
    elif aim.effect is None and (effect.difference < 0) != aim.lower:
        after = Text(
            f"so far it points to harm; a harm as large as it looks takes {missing:,} more users to prove; "
            "do not widen it",
            f"目前看偏向有害；若与目前所见相同，还需 {missing:,} 名用户才能证实；请勿扩大范围",
        )
    elif missing == 0:
        after = Text(
            f"there are enough users to see {size.en}, so it is smaller, if there is one; try another offer",
            f"现有用户已足以看出{size.zh}的效果，故实际效果更小或没有；请更换方案",
        )
    else:
        after = Text(
            f"an effect {'of ' if aim.effect is not None else ''}{size.en} takes {missing:,} more users to prove"
            + ("; go on to the next look" if more_to_come else "; go on, or raise the holdout"),
            f"若效果{'为' if aim.effect is not None else ''}{size.zh}，还需 {missing:,} 名用户才能证实；"
            + ("请等下一次计划查看" if more_to_come else "请继续执行，或提高对照组比例"),
        )
    return Verdict("not proven", Text(f"{start.en}: {en}", f"{start.zh}：{zh}"), after, missing)


def _told(effect: Effect, aim: Aim) -> tuple[str, str]:
    a, b = (f"{x:.1%}" if aim.unit == "share" else f"{x:,.2f}" for x in (effect.treatment, effect.holdout))
    ends = f"{_number(effect.low, aim)} to {_number(effect.high, aim)}"
    ends_zh = f"{_number(effect.low, aim)} 至 {_number(effect.high, aim)}"
    change, points = _number(effect.difference, aim), aim.unit == "share"
    en = f"{aim.name.en} {a} in treatment, {b} in holdout, {change}{' points' if points else ''} ({ends})"
    return en, f"{aim.name.zh}实验组 {a}，对照组 {b}，相差 {change}{' 个百分点' if points else ''}（{ends_zh}）"


def _number(x: float, aim: Aim) -> str:
    """Signed; a share in points."""
    return f"{x * 100:+.2f}" if aim.unit == "share" else f"{x:+,.2f}"


def _size(x: float, aim: Aim, language: str) -> str:
    unit = {"en": " points", "zh": " 个百分点"}[language] if aim.unit == "share" else ""
    return _number(x, aim) + unit
