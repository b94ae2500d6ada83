"""Campaign runs as a person sees them in the terminal: plays with fates, one user, exports, what came back."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

from serving.campaigns.ahead import Ahead
from serving.campaigns.export import Exported
from serving.campaigns.fates import HOLDOUT, REASONS, TREATMENT, words
from serving.campaigns.lists.tag_sync import Synced
from serving.campaigns.read_back import WAIT_DAYS, Outcome
from serving.campaigns.receipts import approval, cancelled, receipts
from serving.campaigns.run import Run
from serving.terminal.console import console, say

HEADINGS = {
    "en": ("play", "matched", "written to", "held back", "cost", "why others are not"),
    "zh": ("打法", "匹配", "触达", "对照保留", "成本", "其余用户的原因"),
}


def show_run(run: Run, language: str = "en") -> None:
    """A run: its plays by priority with the fates of those who matched, which add up; notes; and where it stands."""
    report = run.report
    as_of = f"{run.as_of:%Y-%m-%d %H:%M}"
    title = f"活动 {run.name}，截至 {as_of}" if language == "zh" else f"Run {run.name} as of {as_of} UTC"
    table = Table(title=title, title_justify="left")
    for heading in HEADINGS[language]:
        left = heading in (HEADINGS[language][0], HEADINGS[language][5])
        table.add_column(heading, justify="left" if left else "right", no_wrap=heading != HEADINGS[language][5])
    for one in report["plays"]:
        table.add_row(
            _called(run.plays[one["name"]], language), *_counts(one["matched"], one["fates"], one["cost"], language)
        )
    everybody = "全部用户" if language == "zh" else "all users, each once"
    users = report["users"]
    table.add_section()
    table.add_row(everybody, *_counts(users["matched"], users["fates"], report["cost"], language))
    console().print(table)
    for one in report["plays"]:
        by = one["rank"]
        if one["budget"] is None and by.get("test"):
            say(f"{one['name']}: {by['why']}")
        if one["budget"] is not None:
            spent = f"{one['cost']:,.2f} of a budget of {one['budget']:,.2f}"
            say(f"{one['name']}: {spent}; in order of {by['by']} ({by['why']})")
    for name in report["ended"]:
        say(f"{name}: ended before this date, and left out")
    for note in run.manifest["notes"]:
        say(note)
    say(_standing(run))


def show_runs(found: Sequence[Run]) -> None:
    """Every run, the newest first: as-of, plays, users written to, where it stands."""
    if not found:
        say("no run yet; make one with 'holdfast campaign plan'")
        return
    table = Table(title="Campaign runs, newest first", title_justify="left")
    for heading in ("run", "planned by", "plays", "written to", "held back", "where it stands"):
        table.add_column(heading, justify="right" if heading in ("plays", "written to", "held back") else "left")
    for run in found:
        fates = run.report["users"]["fates"]
        stands = _standing(run).partition(": ")[2]
        table.add_row(
            run.name,
            run.manifest["planned_by"],
            str(len(run.plays)),
            f"{fates[TREATMENT]:,}",
            f"{fates[HOLDOUT]:,}",
            stands,
        )
    console().print(table)


def show_user(run: Run, user: str, found: Sequence[Mapping[str, Any]], language: str = "en") -> None:
    """What a run decided about a user: each play that matched, with the fate and its reason."""
    if not found:
        say(f"{run.name}: no play matched user {user}, or nobody has that id")
    for one in found:
        by = f", {one['channel']}" if one.get("channel") else ""
        say(f"{run.name}: {_called(run.plays[one['play']], language)}: {one[language]}{by} ({one['fate']})")


def show_exported(done: Exported) -> None:
    """What an export wrote, and who was left out of it."""
    told, receipt = [], done.receipt
    told += [f"{count:,} by {channel}" for channel, count in receipt["rows"].items() if count]
    told += [f"{count:,} dropped, {words(why)} now" for why, count in receipt["dropped"].items()]
    told += [f"{count:,} left out, {why}" for why, count in receipt["left_out"].items()]
    again = ", as exported before" if done.again else ""
    said = "; ".join(told) or "nobody, so nothing was written"
    say(f"{receipt['play']} as {receipt['format']}, {receipt['which']} list{again}: {said}")
    if receipt["files"]:
        say(f"  in {done.folder}; nothing was sent")


def show_synced(done: Synced) -> None:
    """What a sync of tags wrote."""
    if done.folder is None or done.receipt is None:
        say("no tag changed since the sync before, so nothing was written")
        return
    told = "".join(f"; {count:,} left out, {why}" for why, count in done.receipt["left_out"].items())
    say(f"tags of {done.receipt['rows']:,} users change{told}")
    say(f"  in {done.folder}; nothing was sent")


def show_outcomes(found: Sequence[Outcome]) -> None:
    """What came back, by run, play and channel."""
    if not found:
        say("no list was exported yet; do it with 'holdfast campaign export'")
        return
    table = Table(title="What came back", title_justify="left")
    for heading in ("run", "play", "channel", "exported", "sent", "delivered", "opened", "clicked", "opted out"):
        table.add_column(heading, justify="left" if heading in ("run", "play", "channel") else "right")
    for one in found:
        counts = (one.exported, one.sent, one.delivered, one.opened, one.clicked, one.opted_out)
        table.add_row(one.run, one.play, one.channel, *("–" if n is None else f"{n:,}" for n in counts))
    console().print(table)
    for one in found:
        if one.late:
            what = f"{one.run}/{one.play}, {one.channel}: {one.late:,} users exported more than {WAIT_DAYS} days ago"
            say(f"{what} have no message: was the list sent, and do messages carry its campaign_id?")


def show_calendar(found: Sequence[Ahead], days: int) -> None:
    """What is ahead, a line a date."""
    for one in found:
        say(f"{one.on}  {one.what}")
    if not found:
        say(f"nothing in the next {days} days")


def _called(play: Mapping[str, Any], language: str) -> str:
    return play[language] or play["name"]


def _counts(matched: int, fates: Mapping[str, int], cost: float, language: str) -> list[str]:
    others = [f"{words(one.name, language)} {fates[one.name]:,}" for one in REASONS if fates[one.name]]
    said = ("；" if language == "zh" else "; ").join(others)
    return [f"{matched:,}", f"{fates[TREATMENT]:,}", f"{fates[HOLDOUT]:,}", f"{cost:,.2f}", said]


def _standing(run: Run) -> str:
    if found := cancelled(run):
        return f"{run.name}: cancelled by {found['by']}"
    done = [receipt["play"] for _, receipt in receipts(run.folder)]
    if done:
        return f"{run.name}: exported: {', '.join(dict.fromkeys(done))}"
    if found := approval(run):
        return f"{run.name}: approved by {found['by']}; 'holdfast campaign export' writes its lists"
    by = run.manifest["planned_by"]
    return f"{run.name}: a draft by {by}; somebody else approves it with 'holdfast campaign approve'"
