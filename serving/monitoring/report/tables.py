"""A monitoring report as tables of text, in English or Chinese: what the terminal and the page show."""

from collections.abc import Mapping
from typing import Any

from features.said import Said
from serving.monitoring.report.shown import NONE, Shown, in_, number, with_range
from serving.monitoring.report.trial_table import trial_table, trial_windows
from serving.monitoring.score_drift import TITLES

VERDICTS = {
    "fine": Said("fine", "正常"),
    "watch": Said("watch", "关注"),
    "retrain": Said("retrain", "需重新训练"),
    "stop": Said("stop", "停用"),
}
MOST = 12  # features and groups shown


def tables(told: Mapping[str, Any], names: Mapping[str, tuple[str, str]], language: str) -> list[Shown]:
    """The tables of a report that have rows. told: see ``as_json``; names: what stages are called."""
    plain = [make(told, language) for make in (_freshness, _volumes, _inputs)]
    named = [_scores(told, language, names), _early(told, language), _realised(told, language)]
    trial = [trial_table(told.get("trial"), language), trial_windows(told.get("trial"), language)]
    found = [*plain, *named, _slices(told, language, names), *trial]
    return [one for one in found if one.rows]


def _freshness(told: Mapping[str, Any], language: str) -> Shown:
    say = in_(language)
    return Shown(
        say("Freshness of the tables", "数据表新鲜度"),
        say(
            "Days without a row before the snapshot's moment; the longest such time in the weeks before.",
            "截至快照时刻没有新数据的天数，以及此前数周的最长间隔。",
        ),
        (
            say("table", "表"),
            say("newest row (UTC)", "最新一行（UTC）"),
            say("days silent", "静默天数"),
            say("usual longest", "通常最长"),
            "",
        ),
        tuple(
            (
                one["table"],
                (one["newest"] or NONE)[:16].replace("T", " "),
                number(one["silent"], "{:.2f}"),
                number(one["usual"], "{:.2f}"),
                say("stopped", "已中断") if one["stopped"] else "",
            )
            for one in told["freshness"]
        ),
    )


def _volumes(told: Mapping[str, Any], language: str) -> Shown:
    say = in_(language)
    return Shown(
        say("Rows of a day", "每日行数"),
        say(
            "Each day since the snapshot before, beside the usual of its weekday.",
            "自上一个快照以来每天的行数，与该星期几的通常值对比。",
        ),
        (say("table", "表"), say("day up to (UTC)", "截至（UTC）"), say("rows", "行数"), say("usual", "通常"), ""),
        tuple(
            (
                one["table"],
                one["day"][:16].replace("T", " "),
                f"{one['rows']:,}",
                f"{one['usual']:,.0f}",
                say("odd", "异常") if one["odd"] else "",
            )
            for one in told["volumes"]
        ),
    )


def _inputs(told: Mapping[str, Any], language: str) -> Shown:
    say = in_(language)
    return Shown(
        say("What the model reads", "模型输入"),
        say(
            "Population stability index (PSI): 0 is the same spread over users, from 0.25 on it is another. "
            "The most moved features.",
            "群体稳定性指数（PSI）：0 表示分布相同，0.25 以上表示明显变化。仅列变化最大的特征。",
        ),
        (
            say("feature", "特征"),
            say("PSI to the snapshot before", "对上一快照的 PSI"),
            say("PSI to the model's first", "对该模型首个快照的 PSI"),
            say("missing before", "此前缺失"),
            say("missing now", "现在缺失"),
            "",
        ),
        tuple(
            (
                one["feature"],
                number(one["psi"], "{:.3f}"),
                number(one["psi_first"], "{:.3f}"),
                number(one["missing_before"], "{:.1%}"),
                number(one["missing"], "{:.1%}"),
                say("drifted", "漂移") if one["drifted"] else "",
            )
            for one in told["inputs"][:MOST]
            if one["psi"] is not None or one["psi_first"] is not None
        ),
    )


def _scores(told: Mapping[str, Any], language: str, names: Mapping[str, tuple[str, str]]) -> Shown:
    say = in_(language)
    return Shown(
        say("Bands, tiers and stages", "风险、价值与阶段"),
        say("Share of the users, before and now.", "用户占比，此前与现在。"),
        (
            say("group", "分组"),
            say("snapshot before", "上一快照"),
            say("model's first", "该模型首个快照"),
            say("now", "现在"),
            "",
        ),
        tuple(
            (
                f"{TITLES[one['kind']][language]}: {_called(names, one['name'], language)}",
                number(one["before"], "{:.1%}"),
                number(one["first"], "{:.1%}"),
                number(one["now"], "{:.1%}"),
                say("moved", "变化") if one["moved"] else "",
            )
            for one in told["scores"]
        ),
    )


def _early(told: Mapping[str, Any], language: str) -> Shown:
    say = in_(language)
    return Shown(
        say("First signs of what comes", "早期信号"),
        say(
            "Short horizons close first: the share silent for so many days, as it was said and as it came. In the "
            "steadier half a change shows first.",
            "较短的周期先有结果：若干天内没有活动的占比，预测与实际。较稳定的一半用户最先反映变化。",
        ),
        (
            say("days", "天数"),
            say("of", "用户群"),
            say("snapshot of", "快照日期"),
            say("users", "用户"),
            say("said", "预测"),
            say("came", "实际"),
            say("usually off by", "通常偏差"),
            "",
        ),
        tuple(
            (
                f"{one['days']:g}",
                say("all", "全部") if one["group"] == "all" else say("steadier half", "较稳定的一半"),
                one["as_of"][:10],
                f"{one['users']:,}",
                number(one["risk"], "{:.1%}"),
                number(one["silent"], "{:.1%}"),
                number(one["usual"], "{:+.1%}"),
                say("off", "偏离") if one["off"] else "",
            )
            for one in told["early"]
        ),
    )


def _realised(told: Mapping[str, Any], language: str) -> Shown:
    say = in_(language)

    def row(one: Mapping[str, Any]) -> tuple[str, ...]:
        promise = (one["promised"].get("auc") or {}).get("figure")
        value = f"{one['expected']:,.0f} / {one['actual']:,.0f}"
        mark = say("in hindsight", "事后评分") if one["hindsight"] else ""
        figures = [with_range(one["figures"][name], one["intervals"].get(name)) for name in ("auc", "log_loss", "ece")]
        churn = f"{one['risk']:.1%} / {one['churned']:.1%}"
        return (
            one["as_of"][:10],
            f"{one['users']:,}",
            churn,
            figures[0],
            number(promise, "{:.3f}"),
            *figures[1:],
            value,
            mark,
        )

    return Shown(
        say("What came true", "预测与实际"),
        say(
            "Past snapshots whose window has closed, with 95 % intervals. In hindsight: its model had learned from "
            "what came, so it proves nothing.",
            "结果窗口已结束的快照，附 95% 区间。事后评分：模型已学过这些结果，不作为证明。",
        ),
        (
            say("snapshot of", "快照日期"),
            say("users", "用户"),
            say("churn said / came", "流失 预测/实际"),
            "AUC",
            say("AUC promised", "承诺 AUC"),
            say("log loss", "对数损失"),
            "ECE",
            say("value said / came", "价值 预计/实际"),
            "",
        ),
        tuple(row(one) for one in told["realised"]),
    )


def _slices(told: Mapping[str, Any], language: str, names: Mapping[str, tuple[str, str]]) -> Shown:
    say = in_(language)
    known: list[Mapping[str, Any]] = sorted(told["realised"], key=lambda one: (not one["hindsight"], one["as_of"]))
    newest: Mapping[str, Any] = known[-1] if known else {"slices": [], "as_of": ""}
    return Shown(
        say(
            f"By stage and tier: the snapshot of {newest['as_of'][:10]}",
            f"按阶段与价值层级：{newest['as_of'][:10]} 的快照",
        ),
        say("Groups of fewer than 50 users are left out.", "少于 50 人的分组未列出。"),
        (
            say("group", "分组"),
            say("users", "用户"),
            say("churn said", "预测流失"),
            say("came", "实际"),
            "AUC",
            say("value said", "预计价值"),
            say("came", "实际"),
        ),
        tuple(
            (
                _called(names, one["group"], language)
                if one["by"] == "stage"
                else f"{say('value tier', '价值层级')}: {one['group']}",
                f"{one['users']:,}",
                number(one["risk"], "{:.1%}"),
                number(one["churned"], "{:.1%}"),
                number(one["auc"], "{:.3f}"),
                number(one["value_predicted"], "{:,.0f}"),
                number(one["value_actual"], "{:,.0f}"),
            )
            for one in newest["slices"]
            if one["by"] != "all" and one["risk"] is not None
        ),
    )


def _called(names: Mapping[str, tuple[str, str]], stage: str, language: str) -> str:
    return names.get(stage, (stage, stage))[language == "zh"]
