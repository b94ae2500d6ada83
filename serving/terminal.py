"""What a person sees in the terminal: tables of results, and a progress bar for work of more than two seconds."""

import math
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.table import Table
from rich.text import Text

from features.config import Config
from features.groups.lifecycle import ABSENT, Flow, counts, days_on_stage, names
from features.progress import Progress
from features.tables import Tables
from serving.batch.score import most_worth_keeping
from serving.batch.snapshot import Snapshot
from serving.funnel import Funnel, significant
from serving.layers import Layered
from serving.stages import Stages
from serving.wording import Words

PATIENCE = 2.0
MINUTE = 60.0
GROUPS = 20  # of a funnel; all of them are in its file
LONG = 600  # seconds over which speed is told: a step of the work, such as a bucket of users, may take a minute


class Speed(ProgressColumn):
    """Steps per second, once there are two to tell it from."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.0f}/s" if task.speed else "")


@contextmanager
def progress() -> Iterator[Progress]:
    """A progress report for long work, after the first two seconds: a bar, or where stderr is no terminal, as in a
    scheduled job's log, a line a minute."""
    if not sys.stderr.isatty():
        yield _lines()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Speed())
    left = TimeRemainingColumn(elapsed_when_finished=True)
    bars = Bars(*columns, left, console=Console(stderr=True), transient=True, speed_estimate_period=LONG)
    tasks, began = {}, time.monotonic()

    def step(what: str, done: int, total: int) -> None:
        if what not in tasks:
            tasks[what] = bars.add_task(what, total=total)
        bars.update(tasks[what], completed=done, total=total)
        if not bars.live.is_started and time.monotonic() - began > PATIENCE:
            bars.start()

    try:
        yield step
    finally:
        bars.stop()


def _lines() -> Progress:
    said, begun = time.monotonic(), dict[str, tuple[float, int]]()

    def step(what: str, done: int, total: int) -> None:
        nonlocal said
        now = time.monotonic()
        since, first = begun.setdefault(what, (now, done))
        if now - said < MINUTE:
            return
        said = now
        speed = (done - first) / max(now - since, 1e-9)
        fast = f"{speed:,.0f} a second" if speed >= 1 else f"{60 * speed:.1f} a minute"
        left = f", {fast}, {math.ceil((total - done) / speed / 60):,} min left" if speed else ""
        print(f"holdfast: {what}: {done:,} of {total:,}{left}", file=sys.stderr, flush=True)

    return step


def console() -> Console:
    """Standard output; wide enough for whole tables where it is no terminal.

    User ids, paths and names may hold brackets and colons, which Rich would take for colours and pictures.
    """
    width = None if sys.stdout.isatty() else 150
    return Console(width=width, markup=False, emoji=False, highlight=False)


def say(text: str) -> None:
    """A line on standard output, however long."""
    console().print(text, soft_wrap=True)


def show_tables(tables: Tables, warning: str = "") -> None:
    """What became of every table's rows, how far the logs reach, and a warning where a date lies beyond."""
    for name, count in tables.counts.items():
        say(f"{name}: {count}")
    for note in tables.notes:
        say(note)
    say(f"logs from {tables.observed_from:%Y-%m-%d %H:%M} until {tables.observed_until:%Y-%m-%d %H:%M} UTC")
    if warning:
        say(warning)


def show_worth_keeping(snapshot: Snapshot, activity: Sequence[str] = (), count: int = 10) -> None:
    """The users with the most value at stake. activity: ``churn.activity``, for the words of their reasons."""
    table = Table(title="Most worth keeping (churn risk × what they are worth if they stay)", title_justify="left")
    why, words = "first reasons (↑ raises the risk, ↓ lowers it)", Words(activity=tuple(activity))
    headings = ("user", "churn risk", "band", "expected value", "tier", "value at stake", why)
    for heading in headings:
        table.add_column(heading, justify="left" if heading in ("band", "tier", why) else "right")
    for row in most_worth_keeping(snapshot, count).to_pylist():
        told = words.told(row["reasons"]) or []
        table.add_row(
            str(row["user_id"]),
            f"{row['churn_risk']:.0%}",
            row["risk_band"],
            f"{row['expected_value']:,.2f}",
            row["value_tier"],
            f"{row['value_at_stake']:,.2f}",
            "\n".join(f"{'↑' if one['contribution'] > 0 else '↓'} {one['text']}" for one in told[:2]),
        )
    console().print(table)


def show_snapshot(snapshot: Snapshot) -> None:
    """How many users were scored, into which bands and tiers, beside the snapshot before; which shares moved more than
    is configured, and whose text the model does not know."""
    about = snapshot.manifest
    previous = about.get("previous") or {}
    before = previous.get("counts", {})

    def beside(count: int, was: int | None) -> str:
        return f"{count:,}" + (f" ({count - was:+,})" if previous and was is not None else "")

    counts: dict[str, list[str]] = {}
    for key in dict.fromkeys([*about["counts"], *before]):
        kind, _, name = key.partition(":")
        counts.setdefault(kind, []).append(f"{beside(about['counts'].get(key, 0), before.get(key, 0))} {name}")
    users, scored = about["users"], about["eligible"]
    say(
        f"{beside(users, previous.get('users'))} users = {beside(scored, previous.get('eligible'))} scored + "
        f"{users - scored:,} not eligible"
    )
    for kind, title in (
        ("reason_not_eligible", "not eligible"),
        ("risk_band", "risk"),
        ("value_tier", "value"),
        ("stage", "stage"),
    ):
        if kind in counts:
            say(f"  {title}: {', '.join(counts[kind])}")
    if previous:
        say(f"  in brackets: against the snapshot before, {previous['run']}, as of {previous['as_of'][:16]}")
    for alarm in about.get("alarms", []):
        say(f"alarm: {alarm}; see whether the tables are whole, or train again")
    for name, count in about.get("unseen", {}).items():
        who = "1 user has" if count == 1 else f"{count:,} users have"
        say(f"{who} a {name} never seen in training; train again if it is here to stay")
    say(f"snapshot: {snapshot.folder}")


def second_home(config: Config, snapshot: Snapshot) -> None:
    """Copy the snapshot to ``store.postgres``, where that is configured, and say so. Raises BadInput where it fails."""
    home = config.store.postgres
    if home is None:
        return
    from serving.batch.postgres import copy_to_postgres

    with progress() as step:
        done = copy_to_postgres(config, snapshot, step)
    say(f"copied to {home.table}" if done else f"{home.table} holds it already")


def show_stages(config: Config, stages: Stages) -> None:
    """Users and shares by stage and date, how long users stay, and the flow between the last two dates."""
    labels, days = names(config), days_on_stage(config, stages.placed)
    table = Table(title="Lifecycle stages", title_justify="left")
    table.add_column("stage")
    table.add_column("阶段")
    for placed in stages.placed:
        table.add_column(f"{placed.at:%Y-%m-%d}", justify="right")
    table.add_column("of the eligible", justify="right")
    table.add_column("days on it", justify="right")
    found = [counts(config, placed) for placed in stages.placed]
    scored = counts(config, stages.placed[-1], eligible=True)
    for name, (english, chinese) in labels.items():
        share = f"{scored[name] / max(sum(scored.values()), 1):.0%}"
        cells = [f"{one[name]:,} {one[name] / max(sum(one.values()), 1):4.0%}" for one in found]
        table.add_row(english, chinese, *cells, share, f"{days[name]:,.0f}" if name in days else "–")
    healthy = [placed.users["healthy"].to_numpy(zero_copy_only=False) for placed in stages.placed]
    table.add_section()
    table.add_row("healthy", "健康", *(f"{sum(one):,} {sum(one) / max(len(one), 1):4.0%}" for one in healthy), "", "")
    console().print(table)
    if not all(placed.with_band for placed in stages.placed):
        bare = ", ".join(f"{placed.at:%Y-%m-%d}" for placed in stages.placed if not placed.with_band)
        console().print(f"no snapshot of {bare}: nobody is at risk there by the risk band alone", highlight=False)
    _flow(stages.flows[-1], {name: english for name, (english, _) in labels.items()})
    for file in stages.files:
        console().print(f"wrote {file}", highlight=False, soft_wrap=True)


def show_layers(layered: Layered) -> None:
    """Users and shares by group, layer by layer."""
    for layer in layered.layers:
        table = Table(title=f"{layer.name} as of {layered.as_of:%Y-%m-%d}", title_justify="left")
        for heading in ("group", "分组", "users", "share"):
            table.add_column(heading, justify="right" if heading in ("users", "share") else "left")
        found = Counter(layered.users[layer.name].to_pylist())
        for group in layer.groups:
            table.add_row(
                group.en, group.zh, f"{found[group.en]:,}", f"{found[group.en] / max(len(layered.users), 1):.0%}"
            )
        console().print(table)
        cuts = {test.key: layered.cuts[test.key] for test in layer.tests if test.cut}
        if cuts:
            say("cuts: " + ", ".join(f"{key} = {value:,.4g}" for key, value in cuts.items()))
    if layered.without:
        left = ", ".join(layered.without)
        say(f"no snapshot of {layered.as_of:%Y-%m-%d}: left out {left}; make one with 'holdfast score'")
    for file in layered.files:
        if file.exists():
            say(f"wrote {file}")


def show_funnel(funnel: Funnel) -> None:
    """Users and shares by step, then the groups that diverge from the rest, significant ones marked."""
    table = Table(title=f"Funnel of the {funnel.days:g} days before {funnel.as_of:%Y-%m-%d}", title_justify="left")
    for heading in ("step", "users", "of the step before", "of the first"):
        table.add_column(heading, justify="left" if heading == "step" else "right")
    first = next(iter(funnel.users.values()))
    for step, _, took, rate in funnel.rates:
        table.add_row(step, f"{took:,}", _percent(rate), _percent(took / first if first else None))
    console().print(table)
    sure = sum(map(significant, funnel.found))
    table = Table(title=f"Groups against all other users: {sure} of {len(funnel.found)} diverge", title_justify="left")
    for heading in ("", "step", "attribute", "group", "users", "rate", "rest", "difference", "interval", "p"):
        table.add_column(heading, justify="left" if heading in ("", "step", "attribute", "group") else "right")
    for one in funnel.found[:GROUPS]:
        interval = f"{100 * one.low:+.1f} … {100 * one.high:+.1f}"
        cells = (one.step, one.attribute, one.group, f"{one.users:,}", _percent(one.rate), _percent(one.rest_rate))
        table.add_row("*" * significant(one), *cells, f"{100 * one.difference:+.1f}", interval, f"{one.p:.2g}")
    if funnel.found:
        console().print(table)
        say("* more than chance; differences in points, intervals and p corrected for all comparisons")
    if len(funnel.found) > GROUPS:
        say(f"{len(funnel.found) - GROUPS} more groups are in {funnel.files[0]}")
    if funnel.without:
        left = ", ".join(funnel.without)
        say(f"left out {left}: only today's value is known; give users a time, or name them in tables.users.fixed")
    if not funnel.found:
        cure = "name more in funnel.attributes" if funnel.attributes else "name some in funnel.attributes"
        say(f"no groups large enough to compare by {', '.join(funnel.attributes) or 'no attribute'}; {cure}")
    for file in funnel.files:
        say(f"wrote {file}")


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"


def _flow(flow: Flow, labels: dict[str, str]) -> None:
    """Who went where: rows are the stages at the first date, columns those at the second."""
    rows = [name for name in [*labels, ABSENT] if any(a == name for a, _ in flow.counts)]
    columns = [name for name in [*labels, ABSENT] if any(b == name for _, b in flow.counts)]
    title = f"Flow from {flow.begin:%Y-%m-%d} (rows) to {flow.end:%Y-%m-%d} (columns)"
    table = Table(title=title, title_justify="left")
    table.add_column("")
    for name in columns:
        table.add_column(labels.get(name, name), justify="right")
    for a in rows:
        table.add_row(labels.get(a, a), *(f"{n:,}" if (n := flow.counts.get((a, b))) else "" for b in columns))
    console().print(table)
