"""Stages, layers and the funnel as tables."""

from rich.table import Table

from features.config import Config
from features.groups.lifecycle import ABSENT, Flow, names
from serving.reports.funnel import Funnel, significant
from serving.reports.layers import Layered
from serving.reports.stages import Stages
from serving.terminal.console import console, say

GROUPS = 20  # of a funnel; all of them are in its file


def show_stages(config: Config, stages: Stages) -> None:
    """Users and shares by stage and date, how long users stay, and the flow between the last two dates."""
    labels, days = names(config), stages.days
    table = Table(title="Lifecycle stages", title_justify="left")
    table.add_column("stage")
    table.add_column("阶段")
    for one in stages.tallies:
        table.add_column(f"{one.at:%Y-%m-%d}", justify="right")
    table.add_column("of the eligible", justify="right")
    table.add_column("days on it", justify="right")
    scored = stages.tallies[-1].eligible
    for name, (english, chinese) in labels.items():
        share = f"{scored[name] / max(sum(scored.values()), 1):.0%}"
        cells = [f"{one.stages[name]:,} {one.stages[name] / max(one.users, 1):4.0%}" for one in stages.tallies]
        table.add_row(english, chinese, *cells, share, f"{days[name]:,.0f}" if name in days else "–")
    healthy = (f"{one.healthy:,} {one.healthy / max(one.users, 1):4.0%}" for one in stages.tallies)
    table.add_section()
    table.add_row("healthy", "健康", *healthy, "", "")
    console().print(table)
    if bare := ", ".join(f"{one.at:%Y-%m-%d}" for one in stages.tallies if not one.with_band):
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
        for group in layer.groups:
            users = layered.counts[layer.name, group.en]
            table.add_row(group.en, group.zh, f"{users:,}", f"{users / max(layered.total, 1):.0%}")
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
    differences = funnel.differences
    sure = sum(map(significant, differences))
    table = Table(title=f"Groups against all other users: {sure} of {len(differences)} diverge", title_justify="left")
    for heading in ("", "step", "attribute", "group", "users", "rate", "rest", "difference", "interval", "p"):
        table.add_column(heading, justify="left" if heading in ("", "step", "attribute", "group") else "right")
    for one in differences[:GROUPS]:
        interval = f"{100 * one.low:+.1f} … {100 * one.high:+.1f}"
        cells = (one.step, one.attribute, one.group, f"{one.users:,}", _percent(one.rate), _percent(one.rest_rate))
        table.add_row("*" * significant(one), *cells, f"{100 * one.difference:+.1f}", interval, f"{one.p:.2g}")
    if differences:
        console().print(table)
        say("* more than chance; differences in points, intervals and p corrected for all comparisons")
    if len(differences) > GROUPS:
        say(f"{len(differences) - GROUPS} more groups are in {funnel.files[0]}")
    if funnel.without:
        left = ", ".join(funnel.without)
        say(f"left out {left}: only today's value is known; give users a time, or name them in tables.users.fixed")
    if not differences:
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
