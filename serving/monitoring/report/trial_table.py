"""Champion and challenger as tables of text: how they agree, and what came of what each said."""

from collections.abc import Mapping
from typing import Any

from serving.monitoring.report.shown import Shown, in_, number, with_range


def trial_table(trial: Mapping[str, Any] | None, language: str) -> Shown:
    """How both agree over the newest snapshot's users; without rows where there is no challenger."""
    say, agree = in_(language), trial["agreement"] if trial else {}
    figures = (
        (say("rank correlation of the risks", "风险排序相关"), "rank", "{:.3f}"),
        (say("users in the same risk band", "风险等级相同的用户"), "same_band", "{:.1%}"),
        (say("users in the same value tier if they stay", "留存价值层级相同的用户"), "same_tier", "{:.1%}"),
        (say("mean risk, champion", "平均风险，当前模型"), "risk", "{:.1%}"),
        (say("mean risk, challenger", "平均风险，挑战模型"), "challenger_risk", "{:.1%}"),
    )
    return Shown(
        say("Champion and challenger", "当前模型与挑战模型"),
        say(
            f"{trial['challenger']} is scored beside {trial['champion']} from {trial['since'][:10]} to "
            f"{trial['until'][:10]}; then it takes its place unless it was worse.",
            f"{trial['since'][:10]} 至 {trial['until'][:10]}，{trial['challenger']} 与 {trial['champion']} 同时评分；"
            "到期后若不更差则取代。",
        )
        if trial
        else "",
        ("", say("newest snapshot", "最新快照")),
        tuple((title, number(agree[name], form)) for title, name, form in figures) if trial else (),
    )


def trial_windows(trial: Mapping[str, Any] | None, language: str) -> Shown:
    """The closed windows of snapshots that both scored, a row a model."""
    say = in_(language)
    names = {"champion": say("champion", "当前模型"), "challenger": say("challenger", "挑战模型")}
    return Shown(
        say("Champion and challenger: what came", "当前模型与挑战模型：实际结果"),
        say(
            "Snapshots that both scored, whose window has closed, with 95 % intervals.",
            "两者都评过分且结果窗口已结束的快照，附 95% 区间。",
        ),
        (
            say("snapshot of", "快照日期"),
            say("model", "模型"),
            say("users", "用户"),
            say("churn said / came", "流失 预测/实际"),
            "AUC",
            say("log loss", "对数损失"),
            "ECE",
        ),
        tuple(
            (
                one["as_of"][:10],
                title,
                f"{one['users']:,}",
                f"{one['risk'][name]:.1%} / {one['churned']:.1%}",
                *(
                    with_range(one["figures"][name][figure], one["intervals"][name][figure])
                    for figure in ("auc", "log_loss", "ece")
                ),
            )
            for one in (trial["came"] if trial else ())
            for name, title in names.items()
        ),
    )
