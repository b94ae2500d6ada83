"""Reads the configured tables, gives every column its contract's type, merges order lines, and sets bad rows aside."""

import glob
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import reduce
from pathlib import Path

import duckdb
import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from features.config import Config, TableSource
from features.engine import from_local, to_local, utc
from features.errors import BadInput, GateFailed, did_you_mean
from features.tables import CONTRACTS, DTYPES, Column, Contract

# A zone behind a time of day: Z, UTC, +02, +0200 or +02:00.
ZONED = r":\d\d(\.\d+)?\s*(Z|UTC|[+-]\d\d(:?\d\d)?)$"


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


@dataclass(frozen=True)
class Tables:
    """The clean tables by name, what became of their rows, from when until when the logs reach, and remarks for the person."""

    tables: Mapping[str, ir.Table]
    counts: Mapping[str, Counts]
    observed_from: datetime
    observed_until: datetime
    fingerprint: str
    notes: tuple[str, ...] = field(default=())


def clean(con: Backend, config: Config, now: datetime | None = None) -> Tables:
    """Read every configured table into the engine.

    ``now`` (UTC, without a zone) is what 'later than now' means; default: the clock.
    Raises BadInput when a table cannot be used at all, GateFailed when too large a share of its rows is bad.
    """
    now = now or utc(datetime.now().astimezone())
    raw = {name: _map(config, name, _open(con, config, name, source)) for name, source in config.tables.items()}
    integer = all(_integer_ids(con, table) for table, _ in raw.values())
    tables, counts, notes = {}, {}, []
    for name, (table, _) in raw.items():
        tables[name], counts[name] = _load(con, config, name, table, integer, now)
        notes += _zone_notes(con, config, name, table)
    return Tables(
        tables,
        counts,
        _observed_from(con, tables),
        _observed_until(con, config, tables),
        fingerprint(config),
        tuple(notes),
    )


def fingerprint(config: Config) -> str:
    """A short hash that changes when a file of the tables does: their names, sizes and times of change."""
    stats = [
        (name, Path(file).name, Path(file).stat().st_size, Path(file).stat().st_mtime_ns)
        for name, source in sorted(config.tables.items())
        for file in _files(config, name, source)
    ]
    return hashlib.sha256(repr(stats).encode()).hexdigest()[:16]


def _files(config: Config, name: str, source: TableSource) -> list[str]:
    files: list[str] = []
    for pattern in source.patterns():
        found = sorted(glob.glob(config.resolve(pattern), recursive=True))
        if not found:
            raise BadInput(f"{config.file.name}: tables.{name}.path: no file at '{pattern}'; correct the path")
        files += found
    return files


def _open(con: Backend, config: Config, name: str, source: TableSource) -> ir.Table:
    files = _files(config, name, source)
    parquet = [file.endswith((".parquet", ".pq")) for file in files]
    if any(parquet) != all(parquet):
        raise BadInput(f"{config.file.name}: tables.{name}.path: both Parquet and CSV files; give one kind")
    try:
        if parquet[0]:
            return con.read_parquet(files, table_name=f"raw_{name}", union_by_name=True)
        return con.read_csv(files, table_name=f"raw_{name}", all_varchar=True, header=True, union_by_name=True)
    except (duckdb.Error, OSError) as error:
        raise BadInput(f"tables.{name}: {files[0]} cannot be read: {_first_line(error)}; mend or remove it") from None


def _map(config: Config, name: str, raw: ir.Table) -> tuple[ir.Table, ir.Table]:
    """The table under our column names, only the contract's columns, still untyped."""
    source, contract = config.tables[name], CONTRACTS[name]
    chosen = {}
    for column in contract.columns:
        theirs = source.columns.get(column.name, column.name)
        if theirs in raw.columns:
            chosen[column.name] = raw[theirs]
        elif column.needed or column.name in source.columns:
            raise BadInput(
                f"{config.file.name}: tables.{name}.columns: no column '{theirs}' for {column.name} in "
                f'{source.patterns()[0]}; {did_you_mean(theirs, raw.columns)} Write columns = {{ {column.name} = "…" }}'
            )
    return raw.select(**chosen), raw


def _integer_ids(con: Backend, table: ir.Table) -> bool:
    """Whether every user id is a whole number written the one usual way, so that it can stay an integer."""
    if table.user_id.type().is_integer():
        return True
    if not table.user_id.type().is_string():
        return False
    odd = table.user_id.notnull() & (table.user_id != "") & ~table.user_id.re_search(r"^-?(0|[1-9]\d{0,17})$")
    return not _query(con, "user_id", odd.any()).as_py()


def _load(
    con: Backend, config: Config, name: str, table: ir.Table, integer: bool, now: datetime
) -> tuple[ir.Table, Counts]:
    contract = CONTRACTS[name]
    typed, faults = {}, []
    for column in (contract.column(name) for name in table.columns):
        if column.kind == "time" and not (table[column.name].type().is_temporal() or _text(table[column.name])):
            raise BadInput(
                f"tables.{name}: column {column.name} holds {table[column.name].type()}, not times; "
                "give it as timestamps or ISO text (2026-01-31 12:00:00)"
            )
        typed[column.name] = value = _typed(table[column.name], column, integer, config.project.timezone)
        faults += _faults(column, table[column.name], value, now)
    if "amount" in typed and config.tables[name].refunds != "negative":
        faults.append((typed["amount"] < 0, "amount is negative and refunds are not configured"))
    reason = ibis.cases(*((test.fill_null(False), text) for test, text in faults), else_=ibis.null("string"))
    parsed = _query(con, name, lambda: con.create_table(f"parsed_{name}", table.select(**typed, reason=reason)))
    found = dict(
        con.to_pyarrow(parsed.group_by("reason").aggregate(n=parsed.count())).to_pandas().itertuples(index=False)
    )
    reasons = {text: int(found[text]) for _, text in faults if text in found}
    rows, bad = int(sum(found.values())), sum(reasons.values())
    if not rows:
        raise BadInput(f"tables.{name}: {config.tables[name].patterns()[0]} has no rows; check the path and the export")
    kept = _quarantine(con, config, name, table, reason, bool(bad))
    if bad > config.quality.max_bad_share * rows:
        listed = ", ".join(f"{count:,} × {text}" for text, count in reasons.items())
        raise GateFailed(
            f"tables.{name}: {bad:,} of {rows:,} rows set aside, more than quality.max_bad_share = "
            f"{config.quality.max_bad_share:g}: {listed}; mend them (they are in {kept}) or raise the share"
        )
    good = parsed.filter(parsed.reason.isnull()).drop("reason")
    if name == "orders":
        good = con.create_table("orders_merged", merge_lines(good))
    used = int(con.to_pyarrow(good.count()).as_py())
    return good, Counts(rows, used, rows - bad - used, bad, dict(sorted(reasons.items(), key=lambda item: -item[1])))


def merge_lines(lines: ir.Table) -> ir.Table:
    """Orders from order lines: rows with the same user, order_id (if there is one) and time become one.

    Amounts, items and discounts are added, the first channel by name is kept, and the order is known when its last line is. Lines of
    one order_id at different times stay apart: adding them up would carry a later line into the past. ``refund`` marks
    negative amounts.
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


def _text(value: ir.Value) -> bool:
    return value.type().is_string()


def _typed(value: ir.Value, column: Column, integer: bool, zone: str) -> ir.Value:
    """The value as the contract wants it; null where it does not fit."""
    if column.kind == "user":
        text = value.cast("string").strip().nullif("")  # type: ignore[union-attr]
        return value.try_cast("int64") if integer else text
    if column.kind == "time":
        return _time(value, zone)
    if column.kind == "text":
        return value.cast("string").nullif("")
    if _text(value):
        value = value.strip().nullif("")  # type: ignore[union-attr]
    if column.kind == "number":
        number = value.try_cast("float64")
        return ibis.ifelse(number.isnan() | number.isinf(), None, number)
    return value.try_cast(DTYPES[column.kind])


def _time(value: ir.Value, zone: str) -> ir.Value:
    dtype = value.type()
    if dtype.is_date():
        return from_local(value.cast("timestamp(6)"), zone)
    if dtype.is_timestamp():
        return value.cast("timestamp(6)") if dtype.timezone else from_local(value.cast("timestamp(6)"), zone)
    zoned = value.re_search(ZONED)  # type: ignore[union-attr]
    instant = value.try_cast("timestamp('UTC')").cast("timestamp(6)")
    return ibis.ifelse(zoned, instant, from_local(value.try_cast("timestamp(6)"), zone))


def _faults(column: Column, raw: ir.Value, value: ir.Value, now: datetime) -> list[tuple[ir.BooleanValue, str]]:
    """What can be wrong with a value, as tests with the words for the person."""
    given = raw.notnull() & (raw.strip() != "") if _text(raw) else raw.notnull()  # type: ignore[union-attr]
    faults = [(given & value.isnull(), f"{column.name} is not {_noun(column)}")]
    if column.null.startswith("never"):
        faults.append((value.isnull(), f"{column.name} is missing"))
    if column.name == "time":
        faults.append((value > ibis.literal(now), "time is later than now"))
    if column.values:
        faults.append(
            (value.notnull() & value.notin(column.values), f"{column.name} is none of {', '.join(column.values)}")
        )
    return faults


def _noun(column: Column) -> str:
    nouns = {"time": "a time", "date": "a date", "flag": "true or false", "user": "a user id", "text": "text"}
    return nouns.get(column.kind, "a number")


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
    if "time" not in table.columns or not _text(table.time):
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
    oldest = (con.to_pyarrow(table.time.min()).as_py() for name, table in tables.items() if name != "users")
    return min(at for at in oldest if at is not None)


def _observed_until(con: Backend, config: Config, tables: Mapping[str, ir.Table]) -> datetime:
    """The end of the logs: as configured, else the newest time, or the midnight after it in tables of whole days."""
    zone = config.project.timezone
    if config.churn.observed_until:
        return parse_time(config.churn.observed_until, zone, f"{config.file.name}: churn.observed_until")
    ends = []
    for name, table in tables.items():
        if name == "users":
            continue
        local = to_local(table.time, zone)
        seconds = reduce(lambda a, b: a + b, (local.hour() * 3600, local.minute() * 60, local.second()))  # type: ignore[union-attr]
        row = con.to_pyarrow(table.aggregate(newest=local.max(), whole=(seconds == 0).all())).to_pylist()[0]
        if row["newest"] is not None:
            ends.append(row["newest"] + timedelta(days=1) if row["whole"] else row["newest"])
    return utc(max(ends), zone)


def parse_time(text: str, zone: str, where: str) -> datetime:
    """A date or time that a person wrote, as a UTC time without a zone; raises BadInput naming where it stood."""
    try:
        return utc(datetime.fromisoformat(text), zone)
    except ValueError:
        raise BadInput(f"{where}: '{text}' is not a date or time; write 2026-01-31 or 2026-01-31T12:00") from None


def _query(con: Backend, name: str, what: ir.Value | Callable):
    try:
        return what() if callable(what) else con.to_pyarrow(what)
    except duckdb.Error as error:
        raise BadInput(f"tables.{name}: cannot be read: {_first_line(error)}; mend or remove the file") from None


def _first_line(error: BaseException) -> str:
    return str(error).strip().split("\n")[0]
