"""What `holdfast check` prints besides the rows: the data gates, and the churn horizons that the silences suggest."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from features.config import Config
from features.errors import BadInput
from features.groups.horizon_choice import Candidate, candidates, suggest
from features.tables.repeats import kept_repeats
from features.user_base import UserBase
from serving.terminal.console import console, say
from training.evaluation.backtest import Result
from training.rows.data_gates import Gate, data_gates, stop

MOST_ALARMS = 5  # shown; where one column leaks, its windows do, too
UNTIL = "until then 'holdfast score' goes by MBG/NBD, which learns from histories alone"
COLOURS = {"green": "green", "amber": "yellow", "red": "bold red"}


def check(base: UserBase) -> None:
    """Print gates and candidate horizons. Raises GateFailed where a gate is red, BadInput where values can be read in
    two ways and nobody said which."""
    if asked := base.tables.questions:
        more = f" (and {len(asked) - 1} more)" if len(asked) > 1 else ""
        raise BadInput(f"{asked[0]}{more}")
    for line in kept_repeats(base.con, base.config):
        say(line)
    gates = data_gates(base)
    show_gates(gates)
    show_horizons(base.config, candidates(base))
    stop(gates)


def enough(base: UserBase) -> None:
    """Print the gates. Raises GateFailed where one is red: nothing is trained then."""
    gates = data_gates(base)
    show_gates(gates)
    stop(gates, UNTIL)


def show_gates(gates: Sequence[Gate]) -> None:
    """Every gate with its colour, also in words, and what to do."""
    table = Table(title="Data gates", title_justify="left")
    for heading in ("gate", "level", "found", "what to do"):
        table.add_column(heading)
    for gate in gates:
        table.add_row(gate.name, Text(gate.level, COLOURS[gate.level]), gate.found, gate.cure or "–")
    console().print(table)


def show_horizons(config: Config, horizons: Sequence[Candidate]) -> None:
    """What the horizons around the configured one would have got wrong, and the one suggested."""
    share, best = config.quality.false_churn, suggest(horizons, config.quality.false_churn)
    shown = [one for one in horizons if config.horizon / 8 <= one.days <= config.horizon * 8 or one is best]
    if not shown:
        say("churn horizon: none near the configured one fits three times into the logs; give longer logs")
        return
    table = Table(title="Churn horizons", title_justify="left")
    for heading in ("days", "longer gaps", "users churned", "of these back in the next", ""):
        table.add_column(heading, justify="right" if heading else "left")
    for one in shown:
        notes = ["configured"] if one.days == config.horizon else []
        table.add_row(
            f"{one.days:g}",
            _share(one.longer),
            _share(one.churned / one.eligible if one.eligible else None),
            _share(one.back / one.churned if one.churned else None),
            ", ".join(notes + (["suggested"] if one is best else [])),
        )
    console().print(table)
    limit = f"at most {share:.0%} of the gaps after which users came back are longer (quality.false_churn)"
    if best:
        say(f"churn horizon: {best.days:g} days is the shortest at which {limit}; configured: {config.horizon:g}")
    else:
        say(f"churn horizon: none that fits three times into the logs is long enough; it is long enough when {limit}")


def show_alarms(results: Sequence[Result]) -> None:
    """What looks like a leak at each test cutoff, and a drift before it, in the words of the alarm."""
    for result in results:
        for alarm in result.alarms[:MOST_ALARMS]:
            level = "red: no promotion" if alarm.refuses else "amber"
            say(f"leak alarm ({level}) at {result.as_of:%Y-%m-%d %H:%M}: {alarm.text}")
        if len(result.alarms) > MOST_ALARMS:
            say(f"  and {len(result.alarms) - MOST_ALARMS} more columns")
        if drift := (result.bundle.metrics.get("drift") or {}).get("alarm"):
            say(f"drift alarm, as known on {result.as_of:%Y-%m-%d %H:%M}: {drift.removeprefix('drift: ')}")


def _share(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"
