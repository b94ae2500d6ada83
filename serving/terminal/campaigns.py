"""Campaign runs as a person sees them in the terminal: plays with fates, one user, its state, what is ahead."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

from features.said import both
from serving.campaigns.ahead import Ahead
from serving.campaigns.fates import ARMS, HOLDOUT, REASONS, TREATMENT
from serving.campaigns.receipts import approval, cancelled, receipts
from serving.campaigns.run import Run
from serving.terminal.console import console, in_language, say

HEADINGS = {
    "en": ("play", "matched", "written to", "held back", "others", "cost"),
    "zh": ("打法", "匹配", "触达", "对照保留", "其余", "成本"),
}
RUNS = {
    "en": ("run", "planned by", "plays", "written to", "held back", "where it stands"),
    "zh": ("活动", "制定人", "打法", "触达", "对照保留", "进展"),
}
OVER_BUDGET = "over_budget"
KEYS = {  # what the users of a play are ordered by, with the reason
    "en": "where a budget or the places end, who comes first goes by {by} ({why}): {plays}",
    "zh": "预算或名额用尽时按 {by} 排先后（{why}）：{plays}",
}


def show_run(run: Run, language: str = "en") -> None:
    """A run: its plays by priority with the fates of those who matched, which add up; notes; and where it stands."""
    report, as_of = run.report, f"{run.as_of:%Y-%m-%d %H:%M} UTC"
    table = Table(
        title=in_language(language, f"Run {run.name} as of {as_of}", f"活动 {run.name}，截至 {as_of}"),
        title_justify="left",
    )
    for number, heading in enumerate(HEADINGS[language]):
        table.add_column(heading, justify="right" if number else "left", no_wrap=bool(number))
    for one in report["plays"]:
        table.add_row(_called(run.plays[one["name"]], language), *_counts(one, one["cost"]))
    table.add_section()
    table.add_row(in_language(language, "all, each once", "全部，每人一次"), *_counts(report["users"], report["cost"]))
    console().print(table)
    told = [
        (_called(run.plays[one["name"]], language), _why_others(one, run.plays[one["name"]], language))
        for one in report["plays"]
    ]
    if any(why for _, why in told):
        say(in_language(language, "why the others are not written to:", "其余用户不触达的原因："))
        for name, why in told:
            if why:
                say(f"  {name}{in_language(language, ': ', '：')}{why}")
    _show_order(run, language)
    for name in report["ended"]:
        say(in_language(language, f"{name}: ended before this date, and left out", f"{name}：此日期之前已结束，未参与"))
    for note in run.manifest["notes"]:
        words = both(note)
        say(in_language(language, f"note: {words['en']}", f"注意：{words['zh']}"))
    say(_standing(run, language))


def show_plays(run: Run) -> None:
    """The same for a newcomer: a heading, then two lines a play, in words."""
    say("Whom to write to, by priority (a draft: nothing is sent)")
    for one in run.report["plays"]:
        fates, cost = one["fates"], f" for {one['cost']:,.2f}" if one["cost"] >= 1 else ""
        done = f"write to {fates[TREATMENT]:,}{cost}, hold back {fates[HOLDOUT]:,} as proof"
        say(f"  {_called(run.plays[one['name']], 'en')}: of {one['matched']:,} users who match, {done}")
        why = sorted((each for each in REASONS if fates[each.name]), key=lambda each: -fates[each.name])
        rest = sum(fates[each.name] for each in why[3:])
        if why:
            said = " · ".join(f"{fates[each.name]:,} {each.en}" for each in why[:3])
            say(f"    the others: {said}" + (f" · {rest:,} for other reasons" if rest else ""))


def show_runs(found: Sequence[Run], language: str = "en") -> None:
    """Every run, the newest first: as-of, plays, users written to, where it stands."""
    if not found:
        say(
            in_language(
                language,
                "no run yet; make one with 'holdfast campaign plan'",
                "还没有活动；用 'holdfast campaign plan' 制定",
            )
        )
        return
    table = Table(title=in_language(language, "Campaign runs, newest first", "活动，最新的在前"), title_justify="left")
    for number, heading in enumerate(RUNS[language]):
        table.add_column(heading, justify="right" if number in (2, 3, 4) else "left", no_wrap=number == 0)
    for run in found:
        fates = run.report["users"]["fates"]
        stands = (
            _standing(run, language)
            .partition(in_language(language, ": ", "："))[2]
            .partition(";")[0]
            .partition("；")[0]
        )
        counts = (str(len(run.plays)), f"{fates[TREATMENT]:,}", f"{fates[HOLDOUT]:,}")
        table.add_row(run.name, run.manifest["planned_by"], *counts, stands)
    console().print(table)


def show_user(run: Run, user: str, found: Sequence[Mapping[str, Any]], language: str = "en") -> None:
    """What a run decided about a user: each play that matched, with the fate and its reason."""
    if not found:
        nobody = f"{run.name}: no play matched user {user}, or nobody has that id"
        say(in_language(language, nobody, f"{run.name}：没有打法匹配用户 {user}，或没有这个用户"))
        return
    say(
        in_language(
            language, f"user {user} in run {run.name}, by priority:", f"用户 {user}，活动 {run.name}，按优先级："
        )
    )
    for one in found:
        by = in_language(language, f" by {one['channel']}", f"，渠道 {one['channel']}") if one["fate"] in ARMS else ""
        say(f"  {_called(run.plays[one['play']], language)}{in_language(language, ': ', '：')}{one[language]}{by}")


def show_calendar(found: Sequence[Ahead], days: int, language: str = "en") -> None:
    """What is ahead, a line a date."""
    for one in found:
        say(f"{one.on}  {one.what}")
    if not found:
        say(in_language(language, f"nothing in the next {days} days", f"未来 {days} 天没有安排"))


def _called(play: Mapping[str, Any], language: str) -> str:
    return play[language] or play["name"]


def _counts(one: Mapping[str, Any], cost: float) -> list[str]:
    written, held = one["fates"][TREATMENT], one["fates"][HOLDOUT]
    counts = (one["matched"], written, held, one["matched"] - written - held)
    return [*(f"{count:,}" for count in counts), f"{cost:,.2f}"]


def _why_others(one: Mapping[str, Any], play: Mapping[str, Any], language: str) -> str:
    """Most users first, so that the eye meets what matters."""
    fates = one["fates"]
    found = sorted((why for why in REASONS if fates[why.name]), key=lambda why: -fates[why.name])
    told = [
        in_language(language, f"{fates[why.name]:,} {why.en}", f"{why.zh} {fates[why.name]:,} 人")
        if why.name != OVER_BUDGET
        else _over(fates[OVER_BUDGET], play, language)
        for why in found
    ]
    return in_language(language, "; ", "；").join(told)


def _over(users: int, play: Mapping[str, Any], language: str) -> str:
    ends = []
    if play["budget"] is not None:
        ends.append(in_language(language, f"budget of {play['budget']:,.2f}", f"预算 {play['budget']:,.2f}"))
    if play["most"] is not None:
        ends.append(in_language(language, f"{play['most']:,} places", f"名额 {play['most']:,} 人"))
    en, zh = f"{users:,} beyond the {' or the '.join(ends)}", f"超出{'或'.join(ends)}：{users:,} 人"
    return in_language(language, en, zh)


def _show_order(run: Run, language: str) -> None:
    """By what those who are over a budget, or one too many, come last."""
    groups: dict[tuple[str, str], list[str]] = {}
    for one in run.report["plays"]:
        rank = one["rank"]
        if one["fates"][OVER_BUDGET] or rank.get("test"):
            groups.setdefault((rank["by"], both(rank["why"])[language]), []).append(
                _called(run.plays[one["name"]], language)
            )
    for (by, why), plays in groups.items():
        said = in_language(language, "; ", "、").join(plays)
        say(KEYS[language].format(by=by, why=why, plays=said))


def show_standing(run: Run, language: str = "en") -> None:
    """Where a run stands, and the command that comes next."""
    say(_standing(run, language))


def _standing(run: Run, language: str = "en") -> str:
    done = ", ".join(dict.fromkeys(receipt["play"] for _, receipt in receipts(run.folder)))
    if found := cancelled(run):
        before = in_language(language, f"; exported before: {done}", f"；此前已导出：{done}") if done else ""
        said = in_language(language, f"{run.name}: cancelled by {found['by']}", f"{run.name}：已由 {found['by']} 取消")
        return said + before
    if done:
        return in_language(language, f"{run.name}: exported: {done}", f"{run.name}：已导出：{done}")
    if found := approval(run):
        return in_language(
            language,
            f"{run.name}: approved by {found['by']}; write its lists with 'holdfast campaign export {run.name}'",
            f"{run.name}：已由 {found['by']} 批准；用 'holdfast campaign export {run.name}' 导出名单",
        )
    by = run.manifest["planned_by"]
    return in_language(
        language,
        f"{run.name}: a draft by {by}; somebody else approves it with 'holdfast campaign approve {run.name} --by NAME'",
        f"{run.name}：{by} 的草案；由另一人批准：'holdfast campaign approve {run.name} --by 姓名'",
    )
