"""Places users on lifecycle stages at any date, and counts the flow between dates; for rules see stage_rules.py."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.build import known
from features.build.look_up import Lookup, look_up, prepare
from features.build.only_todays_value import refuse_undated
from features.config import Config
from features.config.rules import Values
from features.config.stage_rules import STATES, WEEKS, Ladder, assign
from features.progress import Progress, silent
from features.user_base import UserBase
from features.wall_clock import later

Bands = Callable[[datetime, pa.Table], pa.Array | None]
ABSENT = "(not known yet)"
SILENT = "days_since_active"


@dataclass(frozen=True)
class Compiled:
    """Rules and their queries. now: features at the date. looks: features that decide about health in earlier weeks."""

    ladders: tuple[Ladder, ...]
    now: Lookup
    looks: Lookup


@dataclass(frozen=True)
class Placed:
    """Users on their stages at a date: ``user_id``, ``stage``, ``healthy``, ``eligible``.

    with_band: whether the users' risk bands were known.
    """

    at: datetime
    users: pa.Table
    with_band: bool


@dataclass(frozen=True)
class Tally:
    """Users at a date: all, the healthy, by stage, and the eligible by stage. Over parts of a base they add up."""

    at: datetime
    users: int
    healthy: int
    stages: Mapping[str, int]
    eligible: Mapping[str, int]
    with_band: bool

    def __add__(self, other: "Tally") -> "Tally":
        def both(one: Mapping[str, int], two: Mapping[str, int]) -> dict[str, int]:
            return {name: one[name] + two[name] for name in one}

        users, healthy = self.users + other.users, self.healthy + other.healthy
        stages, eligible = both(self.stages, other.stages), both(self.eligible, other.eligible)
        return Tally(self.at, users, healthy, stages, eligible, self.with_band)


@dataclass(frozen=True)
class Flow:
    """How many users went from one stage to another between two dates.

    counts: (from, to) → users; from is ABSENT for users not known at the first date. Rows and columns add up to the
    users on each stage at the two dates.
    """

    begin: datetime
    end: datetime
    counts: Mapping[tuple[str, str], int]

    def __add__(self, other: "Flow") -> "Flow":
        """Of both parts of a base."""
        keys = dict.fromkeys([*self.counts, *other.counts])
        added = {key: self.counts.get(key, 0) + other.counts.get(key, 0) for key in keys}
        return Flow(self.begin, self.end, added)


def names(config: Config) -> dict[str, tuple[str, str]]:
    """The stages' ids in their order, with what each is called in English and Chinese wherever a person reads it.

    Files and the API's rows hold ids. Where overrides have steps of their own, a name tells the step of everybody else.
    """
    return {stage.name: (stage.en, stage.zh) for stage in config.ladders[-1].stages}


def compile_rules(base: UserBase) -> Compiled:
    """The queries behind the rules, for any date."""
    found, now, looks = read_rules(base.config)
    return Compiled(found, prepare(base, [SILENT, *now, *looks]), prepare(base, looks))


def check_dates(
    config: Config, tables: Mapping[str, ir.Table], dates: Sequence[datetime], until: datetime | None
) -> None:
    """Raise BadInput where a date is in the past and a rule names an attribute of which only today's value is known.

    until: the end of the logs, see ``features.build.only_todays_value``. At that end, today's value is right, and it
    stands in for the weeks before as well: "was healthy" then means that users who have this plan today were active
    enough in that week.
    """
    _, now, looks = read_rules(config)
    for at in dates:
        refuse_undated(config, tables, [*now, *looks], at, until)


def place(
    base: UserBase,
    at: datetime,
    users: pa.Table,
    band: pa.Array | None = None,
    compiled: Compiled | None = None,
) -> Placed:
    """The stages of the users (``user_id``) at a date, from rows before it. band: their risk bands then, if known.

    Columns of ``users`` without history have today's value: call ``check_dates`` first.
    """
    compiled = compiled or compile_rules(base)

    def look(which: Lookup, weeks: int) -> dict[str, np.ndarray]:
        return look_up(base, later(at, -7 * weeks, base.config.project.timezone), users, which)

    now, before = look(compiled.now, 0), [look(compiled.looks, week) for week in range(1, WEEKS + 1)]
    return placed_from(base.config, compiled.ladders, at, users, now, before, band)


def placed_from(
    config: Config,
    rules: Sequence[Ladder],
    at: datetime,
    users: pa.Table,
    now: Values,
    before: Sequence[Values],
    band: pa.Array | None = None,
) -> Placed:
    """``place`` from features that were looked up already.

    now: SILENT and the features that the rules need at the date, by name and in the order of the users. before: the
    features that decide about health, for each of the WEEKS weeks before, the latest first.
    """
    rows, stages = len(users), list(names(config))
    states = [_states(ladder, now, before, band, rows) for ladder in rules]
    codes = assign(rules, states, rows)
    healthy, taken = np.zeros(rows, bool), np.zeros(rows, bool)
    for ladder, own in zip(rules, states, strict=True):
        theirs = ladder.when.match(own, rows) & ~taken
        healthy[theirs], taken = own["healthy"][theirs] == 1, taken | theirs
    named = pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), pa.array(stages, pa.string()))
    found = {"user_id": users["user_id"], "stage": named.cast(pa.string()), "healthy": pa.array(healthy)}
    found["eligible"] = pa.array(np.nan_to_num(now[SILENT], nan=np.inf) <= config.eligible)
    return Placed(at, pa.table(found), band is not None)


def replay(
    base: UserBase,
    dates: Sequence[datetime],
    bands: Bands = lambda at, users: None,
    progress: Progress = silent,
    until: datetime | None = None,
) -> list[Placed]:
    """The stages of everybody known at each date, as they would have been then.

    until: the end of the logs; None = not known. Raises BadInput where a rule at a past date needs what is known only
    for today, see ``check_dates``.
    """
    check_dates(base.config, base.tables, dates, until)
    found, compiled = [], compile_rules(base)
    for done, at in enumerate(dates):
        progress("placing users", done, len(dates))
        users = base.con.to_pyarrow(known(base, at).order_by("user_id"))
        found.append(place(base, at, users, bands(at, users), compiled))
    progress("placing users", len(dates), len(dates))
    return found


def counts(config: Config, placed: Placed, eligible: bool = False) -> dict[str, int]:
    """Users on each stage, every stage in order. eligible: count only eligible users, who are scored."""
    users = placed.users.filter(placed.users["eligible"]) if eligible else placed.users
    found = {row["values"]: row["counts"] for row in pc.value_counts(users["stage"]).to_pylist()}
    return {name: found.get(name, 0) for name in names(config)}


def tally(config: Config, placed: Placed) -> Tally:
    """What is counted of the users at a date."""
    healthy = int(pc.sum(placed.users["healthy"]).as_py() or 0)
    on, eligible = counts(config, placed), counts(config, placed, eligible=True)
    return Tally(placed.at, len(placed.users), healthy, on, eligible, placed.with_band)


def flow(begin: Placed, end: Placed) -> Flow:
    """The flow between two dates, the earlier first."""
    joined = end.users.select(["user_id", "stage"]).join(
        begin.users.select(["user_id", "stage"]), "user_id", join_type="full outer", right_suffix="_before"
    )
    pairs = joined.group_by(["stage_before", "stage"]).aggregate([([], "count_all")]).to_pylist()
    return Flow(
        begin.at, end.at, {(row["stage_before"] or ABSENT, row["stage"] or ABSENT): row["count_all"] for row in pairs}
    )


def days_on_stage(config: Config, placed: Sequence[Placed]) -> dict[str, tuple[float, int]]:
    """By stage, the users' days on it between the first and the last date, added up, and the users who were ever on it.

    From one date to the next, a user counts as being on the stage of the earlier date.
    """
    users: dict[str, set] = {name: set() for name in names(config)}
    days = dict.fromkeys(users, 0.0)
    for this, after in pairwise(placed):
        length = (after.at - this.at).total_seconds() / 86400
        for name, count in counts(config, this).items():
            days[name] += count * length
            if count:
                mine = this.users.filter(pc.equal(this.users["stage"], name))["user_id"]
                users[name].update(mine.to_pylist())
    return {name: (days[name], len(users[name])) for name in users}


def read_rules(config: Config) -> tuple[tuple[Ladder, ...], list[str], list[str]]:
    """The ladders, the features that their stages need at a date, and those needed for earlier weeks too."""
    found = config.ladders
    rules = [rule for ladder in found for rule in (ladder.when, ladder.healthy)]
    now = [name for ladder in found for stage in ladder.stages for name in stage.rule.names if name not in STATES]
    return found, now, [name for rule in rules for name in rule.names]


def _states(ladder: Ladder, now, before, band: pa.Array | None, rows: int) -> dict[str, np.ndarray]:
    """The features at the date, and the states that follow from health now and in the weeks before."""
    healthy = ladder.healthy.match(now, rows)
    earlier = np.zeros((WEEKS, rows), bool)
    for week, look in enumerate(before):
        earlier[week] = ladder.healthy.match(look, rows)
    return now | {
        "healthy": healthy.astype(float),
        "healthy_weeks": (healthy + earlier[: WEEKS - 1].sum(axis=0)).astype(float),
        "healthy_before": earlier.sum(axis=0).astype(float),
        "lost_health": (earlier.any(axis=0) & ~healthy).astype(float),
        "risk_band": np.asarray(band.to_pylist() if band is not None else [None] * rows, dtype=object),
    }
