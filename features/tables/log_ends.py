"""From when until when the logs reach, and whether a single row alone says so."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from features.config import Config
from features.engine.duckdb_session import utc
from features.errors import BadInput
from features.wall_clock import DAY, changes, instant, later, offset, wall

FEWEST = 100  # rows; fewer say nothing about which of them is odd
FAR = 0.1  # of the days between all other rows, and never nearer than the churn horizon


@dataclass(frozen=True)
class Ends:
    """The rows of a table, its first and last time, and where its logs end."""

    rows: int
    oldest: datetime
    newest: datetime
    end: datetime


def observed(
    con: Backend, config: Config, tables: Mapping[str, ir.Table], now: datetime
) -> tuple[datetime, datetime, list[str]]:
    """When the logs begin and end, as configured or by their oldest and newest times, the midnight after the latter in
    tables of whole days; and a line where that hangs on one row far from all others."""
    churn, zone, name = config.churn, config.project.timezone, config.file.name
    begin, end = given(config, now)
    logs = {one: table for one, table in tables.items() if one != "users"}
    ends = {one: _ends(con, table, zone) for one, table in logs.items()}
    notes: list[str] = []
    if sum(one.rows for one in ends.values()) >= FEWEST:
        oldest = min(ends, key=lambda one: ends[one].oldest)
        newest = max(ends, key=lambda one: ends[one].newest)
        if not end:
            notes += _lone(con, config, logs, newest, ends[newest].newest, "observed_until")
        if not begin:
            notes += _lone(con, config, logs, oldest, ends[oldest].oldest, "observed_from")
    begin = begin or min(one.oldest for one in ends.values())
    end = end or max(one.end for one in ends.values())
    if begin >= end and churn.observed_from:
        raise BadInput(f"{name}: churn.observed_from: {begin} is not before the end of the logs, {end}; correct it")
    return begin, end, notes


def given(config: Config, now: datetime) -> tuple[datetime | None, datetime | None]:
    """When the logs begin and end as configured; raises BadInput where that is no date or later than now."""
    begin, end = (
        _given(getattr(config.churn, key), config.project.timezone, f"{config.file.name}: churn.{key}", now)
        for key in ("observed_from", "observed_until")
    )
    return begin, end


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


def _ends(con: Backend, table: ir.Table, zone: str) -> Ends:
    midnight = ibis.literal(instant(datetime(1970, 1, 1), zone), "timestamp(6)")
    shown = table.time.delta(midnight, unit="microsecond")
    if changes(zone):
        shown = shown + offset(table.time, zone) - offset(midnight, zone)
    whole = shown % DAY == 0
    # What a file says of itself answers the rest: unless a few rows could all be of midnight, none is read.
    few = table.select(whole=whole).limit(FEWEST)
    days = bool(con.to_pyarrow(few.whole.all()).as_py()) and bool(con.to_pyarrow(whole.all()).as_py())
    asked = table.aggregate(rows=table.count(), oldest=table.time.min(), newest=table.time.max())
    row = con.to_pyarrow(asked).to_pylist()[0]
    end = later(row["newest"], 1, zone) if days else row["newest"]
    return Ends(row["rows"], row["oldest"], row["newest"], end)


def _lone(con: Backend, config: Config, logs: Mapping[str, ir.Table], of: str, at: datetime, key: str) -> Iterator[str]:
    """A line where no other row lies within a churn horizon of the first or last one, nor nearer than a share of the
    days between all others."""
    zone = config.project.timezone
    last, near = key == "observed_until", timedelta(days=config.horizon)
    close = 0
    for table in logs.values():
        inside = table.time >= ibis.literal(at - near) if last else table.time <= ibis.literal(at + near)
        close += int(con.to_pyarrow(table.filter(inside).count()).as_py())  # most of a file in order of time is skipped
    if close > 1:
        return
    others = []
    for table in logs.values():
        rest = table.filter(table.time != ibis.literal(at))
        others += [con.to_pyarrow(rest.aggregate(a=rest.time.min(), b=rest.time.max())).to_pylist()[0]]
    first, final = min(one["a"] for one in others if one["a"]), max(one["b"] for one in others if one["b"])
    other = final if last else first
    days = abs(at - other) / timedelta(days=1)
    if days > FAR * ((final - first) / timedelta(days=1)):
        cure = wall(later(other, 1, zone) if last else other, zone)  # as it will be read
        yield (
            f"tables.{of}: the {'newest' if last else 'oldest'} row, of {at:%Y-%m-%d %H:%M}, lies {int(days):,} days "
            f"from all others and alone says how far the logs reach; if its clock was wrong: [churn] {key} = "
            f'"{cure:%Y-%m-%d}"'
        )
