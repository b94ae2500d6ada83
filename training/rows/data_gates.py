"""Data gates: whether there is enough to learn from. Red stops a run, amber warns; each says what to do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import ibis
import ibis.expr.types as ir

from features.config import Config
from features.errors import GateFailed
from features.user_base import UserBase
from features.wall_clock import days_between
from training.rows.labels import DAY, ahead, labels_in, window
from training.rows.spine import PER_HORIZON, ask, eligible_in

Level = Literal["green", "amber", "red"]
RED, AMBER = 100, 1000  # users of either outcome: a gate with fewer has this colour
HORIZONS = 3  # one to look back on, one of labels to learn from, one of labels to test on


@dataclass(frozen=True)
class Outcomes:
    """How many different users churned, and stayed, at one cutoff or more; the cutoffs, oldest first."""

    churned: int
    stayed: int
    cutoffs: tuple[datetime, ...]


@dataclass(frozen=True)
class Gate:
    """One check of the data. found: the count, in words. cure: what to do; empty where green."""

    name: str
    level: Level
    found: str
    cure: str = ""


def data_gates(base: UserBase) -> list[Gate]:
    """Every gate, measured on the tables."""
    zone = base.config.project.timezone
    history = days_between(base.tables.observed_from, base.tables.observed_until, zone)
    return gates_from_counts(base.config, outcomes(base), history)


def outcomes(base: UserBase) -> Outcomes:
    """Count at the closed cutoffs that training reaches back to, one horizon apart so that windows do not overlap."""
    config, apart = base.config, base.config.horizon
    last = ahead(config, base.tables.observed_until, -window(config) / DAY)
    cutoffs = [ahead(config, last, -apart * k) for k in range(max(config.train.cutoffs // PER_HORIZON, 1))]
    cutoffs = sorted(at for at in cutoffs if at >= ahead(config, base.tables.observed_from, apart / 2))
    if not cutoffs:
        return Outcomes(0, 0, ())
    until = base.tables.observed_until

    def counted(tables: Mapping[str, ir.Table]) -> ir.Table:
        each = [labels_in(config, tables, until, at, eligible_in(config, tables, at)) for at in cutoffs]
        users = ibis.union(*(one.select("user_id", "churned") for one in each), distinct=True)
        return users.aggregate(churned=users.churned.sum(), stayed=(~users.churned).sum())

    found = ask(base, last, counted).to_pylist()[0]
    return Outcomes(found["churned"] or 0, found["stayed"] or 0, tuple(cutoffs))


def gates_from_counts(config: Config, found: Outcomes, history: float) -> list[Gate]:
    """The gates from plain numbers. history: days that the logs span."""
    return [
        _history(config, history),
        _users(config, "churned users", found.churned, found, f"lower churn.horizon_days (now {config.horizon:g})"),
        _users(config, "stayed users", found.stayed, found, f"raise churn.horizon_days (now {config.horizon:g})"),
    ]


def stop(gates: Sequence[Gate], cure: str = "") -> None:
    """Raise GateFailed, naming every red gate, if there is one. cure: what else can be done."""
    red = [gate for gate in gates if gate.level == "red"]
    if red:
        reasons = "; ".join(f"{gate.name}: {gate.found}; {gate.cure}" for gate in red)
        raise GateFailed(f"too little to learn from: {reasons}" + (f"; {cure}" if cure else ""))


def _history(config: Config, history: float) -> Gate:
    days = window(config) / DAY
    found = f"{history:,.0f} days are {history / days:.1f} horizons of {days:g}"
    if history < HORIZONS * days:
        shortest = history / HORIZONS - config.churn.gap_days
        cure = f"give logs of {HORIZONS * days:,.0f} days"
        shorter = f", or lower churn.horizon_days and value.horizon_days to {shortest:,.1f} or less"
        return Gate("history", "red", found, cure + (shorter if shortest >= 0.1 else ""))
    return Gate("history", "green", found)


def _users(config: Config, name: str, count: int, found: Outcomes, horizon: str) -> Gate:
    cutoffs = "1 closed cutoff" if len(found.cutoffs) == 1 else f"{len(found.cutoffs)} closed cutoffs"
    counted = f"{count:,} at {cutoffs}"
    if count < RED:
        return Gate(name, "red", counted, f"at least {RED} are needed: give longer logs or more users, or {horizon}")
    if count < AMBER:
        return Gate(name, "amber", counted, f"figures are rough below {AMBER:,}: read their intervals, or {horizon}")
    return Gate(name, "green", counted)
