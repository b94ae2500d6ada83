"""Gives values their contract's type, and says what is wrong with a row: of whole tables and of requests alike."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import ibis
import ibis.expr.types as ir

from features.catalogue.input_tables import BESIDE, DTYPES, IDENTITIES, ZONE, InputColumn, money
from features.config import Config
from features.config.operations.own_columns import contract
from features.engine.duckdb_session import finite, from_local, to_local, utc, without_zone
from features.errors import BadInput
from features.notations.text_values import is_plain, plain_number, times
from features.tables.columns import CANCELLED, LINKED_USER, SEVERAL
from features.tables.damaged_csv import LINE, ODD
from features.tables.id_text import id_text, inexact, without_zero
from features.tables.log_ends import parse_time
from features.wall_clock import zones

ZERO = "time is zero (1970-01-01), which stands for no time"
NEGATIVE = "amount is negative and refunds are not configured"
LATER = "time is later than now"
GUEST = "=guest"  # not bad, but left out, as are cancelled rows
BEFORE = "=before"  # likewise: before the logs begin, as configured
LARGEST = 1e12  # of numbers that are no money: features add them up exactly, in decimals
# Short names of zones that mean several: CST is China's, Cuba's and Chicago's. DuckDB would take one of them.
AMBIGUOUS = (
    r"\d\s*(ACT|AET|AGT|AMT|ART|AST|BET|BST|CAT|CNT|CST|CTT|EAT|ECT|EST|GST|IET|IST|MIT|MST|NET|NST|PLT|PNT|PRT|PST|SST|"
    r"VST)\s*$"
)
OLDEST = datetime(1970, 1, 1)  # what logs hold from before it (0001-01-01, 1900-01-01) stands for no time at all
# A day of grace: clocks and zones differ.
AFTERWARDS = ("delivered_at", "opened_at", "clicked_at", "opted_out_at", "resolved_at", "responded_at")
# A zone behind a time of day: Z, UTC, +02, +0200 or +02:00, and whatever else stands there (CET, PM): read as a time
# without a zone, DuckDB would drop it and say nothing; read as one with a zone, what is none does not parse.
ZONED = r":\d\d(\.\d+)?\s*[A-Za-z+-]"

# Why a row is set aside, by a name that programs can go by.
CODES = {
    "missing": "a value that every row needs is missing",
    "not_a_time": "a time is none",
    "ambiguous_zone": "a time ends in the short name of a time zone that means several, such as CST",
    "not_a_date": "a date is none",
    "not_a_number": "a number is none, or larger than any that is sensible",
    "not_a_flag": "neither true nor false",
    "not_a_user_id": "a user's id is none",
    "not_an_id": "an id is none",
    "several_users": "an id is linked to several users, so that nobody can say whose it is",
    "later_than_now": "the time is later than now",
    "no_time": "the time is one that logs write where they know none, such as zero",
    "before_1970": "the time is before 1970",
    "before_time": "what comes afterwards is more than a day before the time",
    "not_one_of": "a text is none of those that the column may hold",
    "negative": "a number is negative that may not be",
    "not_text": "a line of a file is not UTF-8 text",
    "not_in_columns": "a line of a file does not fit its header",
}
NOUNS = {
    "time": ("a time", "not_a_time"),
    "date": ("a date", "not_a_date"),
    "flag": ("true or false", "not_a_flag"),
    "user": ("a user id", "not_a_user_id"),
    "id": ("an id", "not_an_id"),
}


class Fault(NamedTuple):
    """What can be wrong with a row: a test, its code (of CODES), and the words for a person."""

    test: ir.BooleanValue
    code: str
    words: str


def typed(config: Config, name: str, table: ir.Table, integer: bool, as_written: bool = False) -> dict[str, ir.Value]:
    """The columns of the contract that a raw table has, as the contract wants them, null where a value does not fit;
    other columns are passed over. integer: whether user ids stay integers. as_written: values are written as the
    table's section says, as those of its files are; those of a request never are.

    Raises BadInput where a column of times holds something else.
    """
    source, zone = config.tables[name] if as_written else None, config.project.timezone
    digits = config.tables[name].digits
    found = {}
    for column in (column for column in contract(config, name).columns if column.name in table.columns):
        value = table[column.name]
        dtype = value.type()
        if f"={column.name}" in table.columns:  # worked out of several
            found[column.name] = _typed(table[f"={column.name}"], column, integer, zone, digits)
            continue
        read = times(value, source, zone) if source and column.kind in ("time", "date") else None
        if read is not None:
            found[column.name] = _as_written(value, read, column, zone)
        elif column.kind == "time" and not (dtype.is_timestamp() or dtype.is_date() or dtype.is_string()):
            raise BadInput(
                f"tables.{name}: column {column.name} holds {dtype}, not times; say how by time_format ('epoch_s', "
                "'%Y%m%d', …), or give it as timestamps or ISO text (2026-01-31 12:00:00)"
            )
        elif source and column.kind in ("money", "number", "integer") and dtype.is_string():
            plain = _typed(value, column, integer, zone, digits) if is_plain(source) else None
            # DuckDB works out for all rows what stands in an expression twice: patterns are for the rest alone.
            rest = value if plain is None else ibis.ifelse(plain.isnull(), value, None)
            number = _typed(plain_number(rest, source), column, integer, zone, digits)  # type: ignore[arg-type]
            found[column.name] = number if plain is None else ibis.coalesce(plain, number)
        else:
            found[column.name] = _typed(value, column, integer, zone, digits)
    return found


def _as_written(value: ir.Value, read: ir.Value, column: InputColumn, zone: str) -> ir.Value:
    """A time or date that was read by the table's formats, or else as ISO text."""
    if _text(value):
        iso = _typed(value, column, False, zone)
        if column.kind == "date":
            read = to_local(read, zone).cast("date")
        return ibis.coalesce(read, iso)
    return to_local(read, zone).cast("date") if column.kind == "date" else read


def faults(
    config: Config, name: str, table: ir.Table, values: Mapping[str, ir.Value], now: datetime | ir.Value
) -> list[Fault]:
    """What can be wrong with a row of a raw table; the first that is true counts.

    values: what ``typed`` makes of it. now: what 'later than now' means, UTC without a zone.
    """
    found = _line_faults(table[LINE]) if LINE in table.columns else []
    columns = [contract(config, name).column(column) for column in values]
    for column in columns:
        found += _faults(column, table[column.name], values[column.name], now)
    if name != "users" and "time" in values:
        zero = {OLDEST, utc(OLDEST, config.project.timezone)}
        found.append(Fault(values["time"].isin([ibis.literal(one) for one in zero]), "no_time", ZERO))
        found.append(Fault(values["time"] < ibis.literal(OLDEST), "before_1970", f"time is before {OLDEST.year}"))
        for after in (one for one in AFTERWARDS if one in values):
            early = values[after] < values["time"] - ibis.interval(days=1)
            found.append(Fault(early, "before_time", f"{after} is more than a day before time"))
    if SEVERAL in table.columns:
        found.append(Fault(table[SEVERAL], "several_users", "id is linked to several users"))
    for one in (column.name for column in columns if column.unit == ZONE):
        other = values[one].notnull() & values[one].notin(zones())
        found.append(Fault(other, "not_one_of", f"{one} is none of the IANA list, such as Asia/Shanghai"))
    if "amount" in values and config.tables[name].refunds != "negative":
        found.append(Fault(values["amount"] < 0, "negative", NEGATIVE))
    if name == "points":
        found.append(Fault(values["points"] < 0, "negative", "points is negative; the kind says which way they go"))
    return found


def since(config: Config, name: str, time: ir.Value | None) -> ir.BooleanValue | None:
    """Whether a row of a log happened since the logs begin; None where nothing is configured or the table is no log."""
    if not config.churn.observed_from or name in ("users", IDENTITIES, *BESIDE) or time is None:
        return None
    begin = parse_time(config.churn.observed_from, config.project.timezone, f"{config.file.name}: churn.observed_from")
    return time >= ibis.literal(begin, "timestamp(6)")  # type: ignore[operator,return-value]


def left_out(
    config: Config, name: str, table: ir.Table, values: Mapping[str, ir.Value], tests: Sequence[Fault]
) -> list[Fault]:
    """The tests, and before those of columns the ones that are true of rows that are left out and not bad: BEFORE,
    CANCELLED and GUEST. A damaged line is neither."""
    found: list[Fault] = []
    if (counts := since(config, name, values.get("time"))) is not None:
        found.append(Fault(~counts, BEFORE, BEFORE))
    if CANCELLED in table.columns:
        found.append(Fault(table[CANCELLED], CANCELLED, CANCELLED))
    if LINKED_USER in table.columns:
        # Whose id nobody links, or who has none; one that may be of several cards is bad.
        found.append(Fault(table[LINKED_USER].isnull() & ~inexact(table.user_id), GUEST, GUEST))
    elif config.tables[name].guests:
        user = table.user_id
        missing = (user.strip() == "") | user.isnull() if _text(user) else user.isnull()
        found.append(Fault(missing.fill_null(True), GUEST, GUEST))
    lines = 2 if LINE in table.columns else 0
    return [*tests[:lines], *found, *tests[lines:]]


def first_fault(tests: Sequence[Fault]) -> ir.Value:
    """The words of the first test that is true of a row; null where none is."""
    return ibis.cases(*((one.test.fill_null(False), one.words) for one in tests), else_=ibis.null("string"))


def which_fault(tests: Sequence[Fault]) -> ir.Value:
    """The same as its place among the tests, by which its code and its words are found."""
    cases = ((one.test.fill_null(False), ibis.literal(place, "int16")) for place, one in enumerate(tests))
    return ibis.cases(*cases, else_=ibis.null("int16"))


def all_faults(tests: Sequence[Fault]) -> ir.Value:
    """The words of every column's first test that is true of a row, "; " between them; null where none is."""
    of: dict[str, list[Fault]] = {}
    for one in tests:
        of.setdefault(one.words.partition(" ")[0], []).append(one)
    line = of.pop("line", None)
    joined = ibis.literal("; ").join([first_fault(alike) for alike in of.values()]).nullif("")
    return ibis.coalesce(first_fault(line), joined) if line else joined


def _line_faults(line: ir.Value) -> list[Fault]:
    odd = line.re_search(ODD)  # type: ignore[union-attr]
    return [
        Fault(odd, "not_text", "line is not UTF-8 text"),
        Fault(line.notnull(), "not_in_columns", "line does not fit the header"),
    ]


def _text(value: ir.Value) -> bool:
    return value.type().is_string()


def _typed(value: ir.Value, column: InputColumn, integer: bool, zone: str, digits: int | None = None) -> ir.Value:
    """The value as the contract wants it; null where it does not fit."""
    if column.kind == "id":
        return id_text(value)
    if value.type().is_floating():
        value = finite(value)
    if column.kind == "user":
        whole = value.try_cast("int64")
        if integer:
            return whole
        if value.type().is_floating():  # 1.0 here and 1 in another table are one user
            value = ibis.ifelse(whole == value, whole.cast("string"), value.cast("string"))
        return without_zero(value.cast("string").strip().nullif(""))  # type: ignore[union-attr]
    if column.kind == "time":
        return _time(value, zone)
    if column.kind == "text":
        return value.cast("string").nullif("")
    if _text(value):
        value = value.strip().nullif("")  # type: ignore[union-attr]
    if column.kind == "number":
        number = finite(value.try_cast("float64"))
        return ibis.ifelse(number.abs() < LARGEST, number, None)  # type: ignore[attr-defined]
    return value.try_cast(money(digits) if column.kind == "money" else DTYPES[column.kind])


def _time(value: ir.Value, zone: str) -> ir.Value:
    dtype = value.type()
    if dtype.is_date():
        return from_local(value.cast("timestamp(6)"), zone)
    if dtype.is_timestamp():
        return without_zone(value) if dtype.timezone else from_local(value.cast("timestamp(6)"), zone)
    zoned = value.re_search(ZONED)  # type: ignore[union-attr]
    value = value.re_replace(r"\s+([+-]\d)", r"\1")  # type: ignore[union-attr]  # DuckDB knows 12:00+02 and no 12:00 +02
    instant = value.try_cast("timestamp('UTC')").cast("timestamp(6)")
    several = _ambiguous(ibis.ifelse(zoned, value, None))
    instant = ibis.ifelse(several, None, instant)
    return ibis.ifelse(zoned, instant, from_local(value.try_cast("timestamp(6)"), zone))


def _ambiguous(value: ir.Value) -> ir.BooleanValue:
    return value.upper().re_search(AMBIGUOUS)  # type: ignore[union-attr]


def _faults(column: InputColumn, raw: ir.Value, value: ir.Value, now: datetime | ir.Value) -> list[Fault]:
    """What can be wrong with a value."""
    given = raw.notnull() & (raw.strip() != "") if _text(raw) else raw.notnull()  # type: ignore[union-attr]
    found = []
    if column.kind == "time" and _text(raw):
        words = f"{column.name} is not a time: the short name of its zone means several; write +08:00"
        found.append(Fault(_ambiguous(ibis.ifelse(value.isnull(), raw, None)), "ambiguous_zone", words))
    if column.kind != "text":
        noun, code = NOUNS.get(column.kind, ("a number", "not_a_number"))
        # Of the few that are null alone: to strip a text costs DuckDB as much as to read a number out of it.
        lost = ibis.ifelse(value.isnull(), given, False)
        found.append(Fault(lost, code, f"{column.name} is not {noun}"))  # type: ignore[arg-type]
    if column.null.startswith("never"):
        found.append(Fault(value.isnull(), "missing", f"{column.name} is missing"))
    if column.name == "time":
        later = value > (now if isinstance(now, ir.Value) else ibis.literal(now))
        found.append(Fault(later, "later_than_now", LATER))
    if column.values:
        other = value.notnull() & value.notin(column.values)
        found.append(Fault(other, "not_one_of", f"{column.name} is none of {', '.join(column.values)}"))
    return found
