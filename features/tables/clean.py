"""Gives every column of the tables its contract's type, merges order lines, and sets bad rows aside."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from features.catalogue.input_tables import CONTRACTS, Column
from features.config import Config
from features.engine.duckdb_session import utc
from features.errors import BadInput, GateFailed
from features.tables.open_tables import fingerprint, integer_ids, open_tables, reading
from features.tables.row_checks import ZONED, faults, first_fault, typed
from features.wall_clock import DAY, changes, instant, later, offset


@dataclass(frozen=True)
class Counts:
    """What became of a table's rows: ``rows = used + merged + quarantined``, the last split by reason."""

    rows: int
    used: int
    merged: int
    quarantined: int
    reasons: Mapping[str, int]

    def __str__(self) -> str:
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in self.reasons.items())
        return (
            f"{self.rows:,} rows = {self.used:,} used + {self.merged:,} merged + {self.quarantined:,} quarantined"
            + (f" ({reasons})" if reasons else "")
        )


@dataclass(frozen=True, eq=False)
class CleanTables(Mapping[str, ir.Table]):
    """The clean tables by name, what became of their rows, from when until when the logs reach, and remarks for people.

    ``fingerprint`` changes when a file does. Only the tables are given where rows come from no file, as in a request.
    """

    tables: Mapping[str, ir.Table]
    counts: Mapping[str, Counts] = field(default_factory=dict)
    observed_from: datetime = datetime.min
    observed_until: datetime = datetime.max
    fingerprint: str = ""
    notes: tuple[str, ...] = ()

    __eq__ = object.__eq__  # a Mapping's would compare expressions, whose == is one more expression
    __hash__ = object.__hash__

    def __getitem__(self, name: str) -> ir.Table:
        return self.tables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.tables)

    def __len__(self) -> int:
        return len(self.tables)


def clean(con: Backend, config: Config, now: datetime | None = None) -> CleanTables:
    """Read every configured table into the engine.

    ``now`` (UTC, without a zone) is what 'later than now' means; default: the clock.
    Raises BadInput when a table cannot be used at all, GateFailed when too large a share of its rows is bad.
    """
    now = now or utc(datetime.now().astimezone())
    raw = open_tables(con, config)
    integer = integer_ids(con, raw)
    tables, counts, notes = {}, {}, []
    for name, table in raw.items():
        tables[name], counts[name] = _load(con, config, name, table, integer, now)
        notes += _zone_notes(con, config, name, table)
    return CleanTables(
        tables,
        counts,
        _observed_from(con, tables),
        _observed_until(con, config, tables),
        fingerprint(con, config, raw),
        tuple(notes),
    )


def _load(
    con: Backend, config: Config, name: str, table: ir.Table, integer: bool, now: datetime
) -> tuple[ir.Table, Counts]:
    values = typed(config, name, table, integer)
    tests = faults(config, name, table, values, now)
    reason = first_fault(tests)
    parsed = table.select(**values, reason=reason)
    with reading(name):
        if not _ready(config, name, table):
            parsed = con.create_table(f"parsed_{name}", parsed)
        # The least of every column is asked for so that all are read: damage is told here, not halfway through a run.
        least = {column: parsed[column].min() for column in values}
        counted = con.to_pyarrow(parsed.group_by("reason").aggregate(n=parsed.count(), **least))
        counted = counted.select(["reason", "n"]).to_pylist()  # without the least: Python knows no year 10000
    found = {row["reason"]: row["n"] for row in counted}
    reasons = {text: found[text] for _, text in tests if text in found}
    rows, bad = sum(found.values()), sum(reasons.values())
    if not rows:
        raise BadInput(f"tables.{name}: {config.tables[name].source} has no rows; check the path and the export")
    kept = _quarantine(con, config, name, table, reason, bool(bad))
    if bad > config.quality.max_bad_share * rows:
        listed = ", ".join(f"{count:,} × {text}" for text, count in reasons.items())
        raise GateFailed(
            f"tables.{name}: {bad:,} of {rows:,} rows set aside, more than quality.max_bad_share = "
            f"{config.quality.max_bad_share:g}: {listed}; mend them (they are in {kept}) or raise the share"
        )
    if bad == rows:
        raise BadInput(f"tables.{name}: not one of {rows:,} rows is usable, see {kept}; mend them")
    good = (parsed.filter(parsed.reason.isnull()) if bad else parsed).drop("reason")
    used = rows - bad
    if name == "orders":
        with reading(name, cure="mend the amounts of that order"):  # each may fit and their sum not
            good = con.create_table("orders_merged", merge_lines(good))
        used = int(con.to_pyarrow(good.count()).as_py())
    return good, Counts(rows, used, rows - bad - used, bad, dict(sorted(reasons.items(), key=lambda item: -item[1])))


def merge_lines(lines: ir.Table) -> ir.Table:
    """Orders from order lines: rows with the same user, order_id (if there is one) and time become one.

    Amounts, items and discounts are added, the first channel by name is kept, and the order is known when its last line
    is. Lines of one order_id at different times stay apart: adding them up would carry a later line into the past.
    ``refund`` marks negative amounts.
    """
    keys = [name for name in ("user_id", "order_id", "time") if name in lines.columns]
    added = {
        name: lines[name].sum().cast(lines[name].type())
        for name in ("amount", "items", "discount")
        if name in lines.columns
    }
    kept = {name: lines[name].min() for name in ("channel",) if name in lines.columns}
    if "known_at" in lines.columns:
        kept["known_at"] = lines.known_at.max()
    merged = lines.group_by(keys).aggregate(**added, **kept)
    kept_order = [name for name in lines.columns if name in merged.columns]
    return merged.select(*kept_order, refund=merged.amount < 0)


def _ready(config: Config, name: str, table: ir.Table) -> bool:
    """Whether the files hold numbers as numbers and times as UTC: to read such Parquet again costs less than a copy of
    the table. What has to be read out of text, or moved from another zone, is worked out once and kept."""

    def ready(column: Column, dtype: dt.DataType) -> bool:
        if column.kind == "time":
            return dtype.is_timestamp() and bool(dtype.timezone or config.project.timezone == "UTC")  # type: ignore[attr-defined]
        return column.kind in ("user", "text") or not dtype.is_string()

    # Rows of a server are in Parquet files by now.
    parquet = all(pattern.endswith((".parquet", ".pq")) for pattern in config.tables[name].patterns())
    return parquet and all(ready(CONTRACTS[name].column(column), table[column].type()) for column in table.columns)


def _quarantine(con: Backend, config: Config, name: str, table: ir.Table, reason: ir.Value, any_bad: bool) -> Path:
    """Write the bad rows as they came, with their reason; a file of an earlier run goes."""
    file = config.store_path / "quarantine" / f"{name}.parquet"
    if not any_bad:
        file.unlink(missing_ok=True)
        return file
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".tmp")
    con.to_parquet(table.mutate(reason=reason).filter(lambda row: row.reason.notnull()), part)
    part.replace(file)
    return file


def _zone_notes(con: Backend, config: Config, name: str, table: ir.Table) -> list[str]:
    """Say so where some times carry a zone and others do not, for then two readings were mixed."""
    if "time" not in table.columns or not table.time.type().is_string():
        return []
    zoned = table.time.re_search(ZONED)
    counted = table.aggregate(zoned=zoned.sum(), plain=(~zoned & table.time.notnull()).sum())
    row = con.to_pyarrow(counted).to_pylist()[0]
    if not row["zoned"] or not row["plain"]:
        return []
    return [
        f"tables.{name}: time: {row['zoned']:,} rows name a zone and {row['plain']:,} do not; "
        f"those without were read as {config.project.timezone} (project.timezone)"
    ]


def _observed_from(con: Backend, tables: Mapping[str, ir.Table]) -> datetime:
    """The oldest time of the tables."""
    return min(con.to_pyarrow(table.time.min()).as_py() for name, table in tables.items() if name != "users")


def _observed_until(con: Backend, config: Config, tables: Mapping[str, ir.Table]) -> datetime:
    """The end of the logs: as configured, else the newest time, or the midnight after it in tables of whole days."""
    zone = config.project.timezone
    if config.churn.observed_until:
        return parse_time(config.churn.observed_until, zone, f"{config.file.name}: churn.observed_until")
    ends = []
    for name, table in tables.items():
        if name == "users":
            continue
        midnight = ibis.literal(instant(datetime(1970, 1, 1), zone), "timestamp(6)")
        shown = table.time.delta(midnight, unit="microsecond")
        if changes(zone):
            shown = shown + offset(table.time, zone) - offset(midnight, zone)
        found = table.aggregate(newest=table.time.max(), whole=(shown % DAY == 0).all())
        row = con.to_pyarrow(found).to_pylist()[0]
        ends.append(later(row["newest"], 1, zone) if row["whole"] else row["newest"])
    return max(ends)


def parse_time(text: str, zone: str, where: str) -> datetime:
    """A date or time that a person wrote, as a UTC time without a zone; raises BadInput naming where it stood."""
    try:
        return utc(datetime.fromisoformat(text), zone)
    except ValueError:
        raise BadInput(f"{where}: '{text}' is not a date or time; write 2026-01-31 or 2026-01-31T12:00") from None
