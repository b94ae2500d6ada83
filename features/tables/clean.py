"""Gives every column of the tables its contract's type, merges order lines, and sets bad rows aside."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import ibis.expr.datatypes as dt
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from features import suppressed, whole_files
from features.catalogue.input_tables import ASSIGNMENTS, BESIDE, COSTS, IDENTITIES, InputColumn
from features.config import Config
from features.config.operations.own_columns import contract
from features.engine.duckdb_session import utc
from features.engine.full_disk import room
from features.errors import BadInput, GateFailed
from features.notations import decimals
from features.notations.advice import advise, numbers_are_told
from features.places.address import is_remote
from features.places.files import FORMS
from features.suppressed import Suppressed
from features.tables.columns import CANCELLED, ROW, for_cleaning
from features.tables.counts import Counts
from features.tables.erased import ERASED, of_erased
from features.tables.executors import judge
from features.tables.executors.judge import USERS
from features.tables.executors.used_rows import used_on_duckdb, used_on_spark
from features.tables.identities import known_since, linked, linked_late, linked_told, one_an_id, with_several
from features.tables.log_ends import given, observed
from features.tables.open_tables import Opened, integer_ids, open_counted, reading
from features.tables.repeats import drops_repeats
from features.tables.row_checks import (
    BEFORE,
    GUEST,
    LATER,
    NEGATIVE,
    ZONED,
    Fault,
    all_faults,
    faults,
    first_fault,
    left_out,
    typed,
)
from features.tables.stamps import Stamps, fingerprint, stamps, unchanged, versions

LEFT_OUT = "all are guests, cancelled, before churn.observed_from or of erased users; look at those settings"

LATE = "=late"  # whether a row was linked to its user later than it happened


@dataclass(frozen=True, eq=False)
class CleanTables(Mapping[str, ir.Table]):
    """The clean tables by name, what became of their rows, from when until when the logs reach, and remarks for people.

    ``fingerprint`` changes when a file does; ``stamps`` tell which, see ``unchanged``. ``questions`` are remarks that
    have to be answered. ``assignments`` and ``costs`` stand beside the tables: features do not read them. ``now``
    is what 'later than now' meant. Only the tables are given where rows come from no file, as in a request.
    """

    tables: Mapping[str, ir.Table]
    counts: Mapping[str, Counts] = field(default_factory=dict)
    observed_from: datetime = datetime.min
    observed_until: datetime = datetime.max
    fingerprint: str = ""
    notes: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    stamps: Stamps = field(default_factory=dict)
    assignments: ir.Table | None = None
    costs: ir.Table | None = None
    now: datetime = datetime.max

    __eq__ = object.__eq__  # a Mapping's would compare expressions, whose == is one more expression
    __hash__ = object.__hash__

    @property
    def versions(self) -> dict[str, dict[str, str | int]]:
        """Of the tables that have versions, which was read: table → format and version."""
        return versions(self.stamps)

    def __getitem__(self, name: str) -> ir.Table:
        return self.tables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.tables)

    def __len__(self) -> int:
        return len(self.tables)


def clean(con: Backend, config: Config, now: datetime | None = None) -> CleanTables:
    """Read every configured table into the engine.

    ``now`` (UTC, without a zone) is what 'later than now' means; default: the clock.
    Raises BadInput when a table cannot be used at all or a file is changed meanwhile, GateFailed when too large a share
    of its rows is bad.
    """
    before = stamps(config)
    try:
        with room(config, "the tables are read"):
            found = _clean(con, config, before, now or utc(datetime.now().astimezone()))
    except (BadInput, GateFailed):
        unchanged(config, before)  # a file that changes while it is read can fail in any way
        raise
    unchanged(config, before)
    return found


def _clean(con: Backend, config: Config, before: Stamps, now: datetime) -> CleanTables:
    given(config, now)  # a date that cannot be is told before any row is left out by it
    opened = open_counted(con, config, before)
    raw = {name: one.table for name, one in opened.items()}
    for name, table in raw.items():
        numbers_are_told(con, config.tables[name], name, table)

    def used(name: str) -> ir.Value:
        values = typed(config, name, raw[name], False, as_written=True)
        tests = faults(config, name, raw[name], values, now)
        return first_fault(left_out(config, name, raw[name], values, tests)).isnull()

    told_by_own = [name for name in raw if name != COSTS and not config.tables[name].linked]
    integer = integer_ids(con, {name: raw[name] for name in told_by_own}, used)
    questions: list[str] = []
    tables, counts, ready = {}, {}, raw
    notes = [f"tables.{name}: {one.note}" for name, one in opened.items() if one.note]
    gone = suppressed.read(config.store_path)
    if IDENTITIES in raw:
        several = replace(opened[IDENTITIES], table=with_several(con, config, raw[IDENTITIES], integer, now))
        good, counted, told, questions = _load(con, config, IDENTITIES, several, integer, now, gone)
        links, counts[IDENTITIES], more = one_an_id(con, good, counted)
        ready = {**raw, **linked(con, config, raw, links)}
        notes += [*told, *more, *_zone_notes(con, config, IDENTITIES, raw[IDENTITIES])]
    for name in [*config.user_tables, *(one for one in BESIDE if one in raw)]:
        one = replace(opened[name], table=ready[name])
        tables[name], counts[name], told, asked = _load(con, config, name, one, integer, now, gone)
        notes += [*told, *_zone_notes(con, config, name, raw[name])]
        questions += asked
    assigned, costs = (tables.pop(name, None) for name in (ASSIGNMENTS, COSTS))
    begin, end, told = observed(con, config, tables, now)
    seen = fingerprint(con, config, raw, before)
    return CleanTables(
        tables, counts, begin, end, seen, (*notes, *told), tuple(questions), before, assigned, costs, now
    )


def _load(
    con: Backend, config: Config, name: str, opened: Opened, integer: bool, now: datetime, gone: Suppressed
) -> tuple[ir.Table, Counts, list[str], list[str]]:
    table, source = opened.table, config.tables[name]
    values = typed(config, name, table, integer, as_written=True)
    tests = faults(config, name, table, values, now)
    of_gone = of_erased(con, gone, values.get("user_id"))
    reason = first_fault([*of_gone, *left_out(config, name, table, values, tests)])
    late = {LATE: linked_late(table, values)} if source.linked else {}
    lost = decimals.lost(source, name, table, values)
    shown = values | known_since(table, values)
    once, ready = drops_repeats(config, name), _ready(config, name, table)
    parsed = table.select(**shown, **late, **lost, reason=reason)
    row, summed, aside = {ROW: table[ROW]} if once else {}, decimals.each(lost), _bad_rows(table, tests, reason)
    judged_rows = table.select(**shown, **row, **summed, reason=reason)
    judged = judge.judged(con, config, name, judged_rows, list(summed), aside)
    with reading(name) if judged is None else nullcontext():
        if judged is None and not ready:
            parsed = con.create_table(f"parsed_{name}", parsed)
        # Makes DuckDB read all columns: damage is reported here, not halfway through a run. Of a text, which is null
        # where it is empty, a count takes less; numbers would not be read for it.
        read = {c: parsed[c].count() if parsed[c].type().is_string() else parsed[c].min() for c in shown}
        count = {column: parsed[column].sum() for column in late} | decimals.counts(parsed, lost)
        count |= {USERS: parsed.user_id.approx_nunique()} if "user_id" in shown else {}
        if judged is None:
            found = con.to_pyarrow(parsed.group_by("reason").aggregate(n=parsed.count(), **count, **read))
            counted = found.drop_columns(list(read)).to_pylist()  # whose times Python may not know: year 10000
        else:
            counted = judged.counted
    found = {row["reason"]: row["n"] for row in counted}
    reasons = {one.words: found[one.words] for one in tests if one.words in found}
    rows, bad = sum(found.values()), sum(reasons.values())
    guests, cancelled, early, erased, lines = (found.get(one, 0) for one in (GUEST, CANCELLED, BEFORE, ERASED, None))
    if not rows:
        raise BadInput(f"tables.{name}: {source.source} has no rows; check the path and the export")
    ahead = reasons.get(LATER, 0)
    if ahead > rows / 2:
        raise BadInput(
            f"tables.{name}: {ahead:,} of {rows:,} rows are later than this machine's clock, which says "
            f"{now:%Y-%m-%d %H:%M} UTC: set the clock; if it is right, mend the times or say how they are written "
            "(time_format)"
        )
    kept = _quarantine(con, config, name, (judged.bad_rows(con) if judged else aside) if bad else None)
    told = list(advise(con, source, contract(config, name), table, values).values()) if bad else []
    advice = [one.line for one in told]
    if negative := reasons.get(NEGATIVE):
        advice.append(
            f'amount: {negative:,} are negative: refunds = "negative" would count them as refunds, and '
            'cancelled = "amount < 0" would leave them out'
        )
    said = "".join(f"; {line}" for line in advice)
    if ahead:
        said += f"; is this machine's clock right, which says {now:%Y-%m-%d %H:%M} UTC?"
    if bad > config.quality.max_bad_share * rows:
        listed = ", ".join(f"{count:,} × {text}" for text, count in reasons.items())
        raise GateFailed(
            f"tables.{name}: {bad:,} of {rows:,} rows set aside, more than quality.max_bad_share = "
            f"{config.quality.max_bad_share:g}: {listed}; mend them (they are in {kept}) or raise the share{said}"
        )
    if not lines:
        idle = f"none has an id that {IDENTITIES} links; look whether both write it alike" if source.linked else ""
        where = f"see {kept}; mend them{said}" if bad else idle or LEFT_OUT
        raise BadInput(f"tables.{name}: not one of {rows:,} rows is usable, {where}")
    if judged is not None:
        good, used, repeats = used_on_spark(con, config, name, judged.good, once)
    else:
        rows_of = parsed.filter(parsed.reason.isnull()) if lines < rows else parsed
        hashed = table.select(**shown, reason=reason, **{ROW: table[ROW]}) if once else parsed
        hashed = hashed.filter(hashed.reason.isnull()).drop("reason")
        good, used, repeats = used_on_duckdb(con, name, rows_of.drop("reason", *late, *lost), hashed, lines, once)
    merged = lines - repeats - used
    by_count = dict(sorted(reasons.items(), key=lambda item: -item[1]))
    used_rows = next(row for row in counted if row["reason"] is None)
    left = (guests, cancelled, repeats, early, erased)
    counts = Counts(opened.rows, used, merged, bad, by_count, *left, used_rows.get(USERS, 0)).agree(name)
    if source.linked:
        advice.append(linked_told(source.linked, counts, used_rows[LATE] or 0))
    advice += decimals.told(used_rows, lost, values)
    asked = [f"tables.{name}: {one.line}" for one in told if one.open]
    return good, counts, [f"tables.{name}: {line}" for line in advice], asked


def _bad_rows(table: ir.Table, tests: Sequence[Fault], first: ir.Value) -> ir.Table:
    """The rows to set aside, as they came, with all their reasons."""
    bad = table.mutate(reason=all_faults(tests)).filter(
        first.notnull() & first.notin((GUEST, CANCELLED, BEFORE, ERASED))
    )
    return bad.drop(*for_cleaning(table))


def _ready(config: Config, name: str, table: ir.Table) -> bool:
    """Whether the files hold numbers as numbers and times as UTC: to read such Parquet again costs less than a copy of
    the table. What has to be read out of text, or moved from another zone, is worked out once and kept."""

    def ready(column: InputColumn, dtype: dt.DataType) -> bool:
        if column.kind == "time":
            return dtype.is_timestamp() and bool(dtype.timezone or config.project.timezone == "UTC")  # type: ignore[attr-defined]
        return column.kind in ("user", "text") or not dtype.is_string()

    # Rows of a server, of Delta and of Iceberg are in Parquet files by now. What lies elsewhere is read once.
    source = config.tables[name]
    files = all(one.endswith(FORMS["Parquet"]) and not is_remote(config.fill(one)) for one in source.patterns())
    ours = [column for column in table.columns if column != ROW]
    if not (files or source.format) or any(column in for_cleaning(table) for column in ours):
        return False
    return all(ready(contract(config, name).column(column), table[column].type()) for column in ours)


def _quarantine(con: Backend, config: Config, name: str, bad: ir.Table | None) -> Path:
    """Write the bad rows; a file of an earlier run goes."""
    file = config.store_path / "quarantine" / f"{name}.parquet"
    if bad is None:
        file.unlink(missing_ok=True)
        return file
    file.parent.mkdir(parents=True, exist_ok=True)
    whole_files.write(file, lambda part: con.to_parquet(bad, part))
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
