"""From when until when the logs reach, and whether a single row alone says so."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from features.config import Config
from features.engine.duckdb_session import to_local, utc
from features.errors import BadInput

FEWEST = 100  # rows; fewer say nothing about which of them is odd
FAR = 0.1  # of the days between all other rows, and never nearer than the churn horizon


@ibis.udf.agg.builtin(name="min", signature=(("timestamp", "int8"), "array<timestamp>"))
def _least(value, count):
    """The smallest values."""


@ibis.udf.agg.builtin(name="max", signature=(("timestamp", "int8"), "array<timestamp>"))
def _greatest(value, count):
    """The largest values."""


def observed(
    con: Backend, config: Config, tables: Mapping[str, ir.Table], now: datetime
) -> tuple[datetime, datetime, list[str]]:
    """When the logs begin and end, as configured or by their oldest and newest times, the midnight after the latter in
    tables of whole days; and a line where that hangs on one row far from all others."""
    churn, zone, name = config.churn, config.project.timezone, config.file.name
    logs = {one: table for one, table in tables.items() if one != "users"}
    oldest: list[tuple[datetime, str]] = []
    newest: list[tuple[datetime, str]] = []
    rows = 0
    for one, table in logs.items():
        ends = table.aggregate(
            least=_least(table.time, 2),  # type: ignore[operator]
            greatest=_greatest(table.time, 2),  # type: ignore[operator]
            rows=table.count(),
        )
        found = con.to_pyarrow(ends).to_pylist()[0]
        oldest += [(at, one) for at in found["least"]]
        newest += [(at, one) for at in found["greatest"]]
        rows += found["rows"]
    oldest, newest = sorted(oldest), sorted(newest, reverse=True)
    begin = _given(churn.observed_from, zone, f"{name}: churn.observed_from", now) or oldest[0][0]
    end = _given(churn.observed_until, zone, f"{name}: churn.observed_until", now) or _end(con, logs, zone)
    if begin >= end and churn.observed_from:
        raise BadInput(f"{name}: churn.observed_from: {begin} is not before the end of the logs, {end}; correct it")
    notes = []
    if rows >= FEWEST:
        far = timedelta(days=max(config.horizon, FAR * ((newest[1][0] - oldest[1][0]) / timedelta(days=1))))
        if not churn.observed_until and newest[0][0] - newest[1][0] > far:
            notes.append(_lone("newest", newest, "observed_until", newest[1][0] + timedelta(days=1)))
        if not churn.observed_from and oldest[1][0] - oldest[0][0] > far:
            notes.append(_lone("oldest", oldest, "observed_from", oldest[1][0]))
    return begin, end, notes


def parse_time(text: str, zone: str, where: str) -> datetime:
    """A date or time that a person wrote, as a UTC time without a zone; raises BadInput naming where it stood."""
    try:
        return utc(datetime.fromisoformat(text), zone)
    except ValueError:
        raise BadInput(f"{where}: '{text}' is not a date or time; write 2026-01-31 or 2026-01-31T12:00") from None


def _given(text: str | None, zone: str, where: str, now: datetime) -> datetime | None:
    if not text:
        return None
    at = parse_time(text, zone, where)
    if at > now:
        raise BadInput(f"{where}: '{text}' is later than now, not observed yet; name a date up to today")
    return at


def _lone(word: str, ends: list[tuple[datetime, str]], key: str, cure: datetime) -> str:
    (at, table), (other, _) = ends[0], ends[1]
    days = abs(at - other) // timedelta(days=1)
    return (
        f"tables.{table}: the {word} row, of {at:%Y-%m-%d %H:%M}, lies {days:,} days from all others and alone says "
        f'how far the logs reach; if its clock was wrong: [churn] {key} = "{cure:%Y-%m-%d}"'
    )


def _end(con: Backend, logs: Mapping[str, ir.Table], zone: str) -> datetime:
    ends = []
    for table in logs.values():
        local = to_local(table.time, zone)
        whole = (local == local.truncate("D")).all()  # type: ignore[attr-defined]
        row = con.to_pyarrow(table.aggregate(newest=table.time.max(), day=local.max(), whole=whole)).to_pylist()[0]
        ends.append(utc(row["day"] + timedelta(days=1), zone) if row["whole"] else row["newest"])
    return max(ends)
