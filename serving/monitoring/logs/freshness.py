"""Whether every table still brings rows: its silence before a date against the longest that is usual for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from features.said import Said
from serving.monitoring.finding import Finding
from serving.monitoring.logs.day_counts import DayCounts

LONGER = 1.5  # times the longest silence of the weeks before
LEAST = 12.0  # hours longer than it; less says nothing
FEWEST = 20  # hours with rows; a table with fewer has no usual silence


@dataclass(frozen=True)
class Freshness:
    """A table's newest row before the date, its silence since then and the longest usual one, in days.

    newest: None where it has no row; usual: None where it has too few rows to tell.
    """

    table: str
    newest: datetime | None
    silent: float | None
    usual: float | None
    stopped: bool


def freshness(counts: Mapping[str, DayCounts], at: datetime) -> list[Freshness]:
    """How fresh each table is as of a date."""
    return [_fresh(one, at) for one in counts.values()]


def findings(found: list[Freshness]) -> list[Finding]:
    """The tables that stopped: users would count as silent whom nobody observes any more."""
    return [_stopped(one) for one in found if one.stopped]


def _fresh(one: DayCounts, at: datetime) -> Freshness:
    if one.newest is None:
        return Freshness(one.table, None, None, None, stopped=False)
    silent = (at - one.newest) / timedelta(hours=1)
    busy = np.flatnonzero(one.hours)  # hours before the date; the newest first
    usual = float(np.diff(busy).max()) if len(busy) >= FEWEST else None
    stopped = usual is not None and silent > max(LONGER * usual, usual + LEAST)
    return Freshness(one.table, one.newest, silent / 24, usual / 24 if usual is not None else None, stopped)


def _stopped(one: Freshness) -> Finding:
    last, silent, usual = f"{one.newest:%Y-%m-%d %H:%M}", f"{one.silent:.1f}", f"{one.usual:.1f}"
    en = f"{one.table}: no row since {last} UTC, {silent} days; the longest silence before was {usual} days. The feed "
    en += "has stopped: bring the missing days before anybody is written to"
    zh = f"{one.table}：自 {last} UTC 起已 {silent} 天没有新数据，此前最长间隔为 {usual} 天。"
    zh += "数据源已中断，补齐后再触达用户"
    return Finding("stopped", one.table, "stop", Said(en, zh))
