"""Reads times and numbers as a table's section says they are written: by `time_format`, `decimal`, `thousands` and
`currency`.

What is written plainly is tried first where it can mean one thing only, so that it costs nothing to say more.
"""

import re
from datetime import datetime

import ibis
import ibis.expr.types as ir

from features.config.table_source import TableSource
from features.engine.duckdb_session import finite, from_local

PER_SECOND = {"epoch_s": 1_000_000, "epoch_ms": 1_000, "epoch_us": 1}  # microseconds of one
LAST = 253_402_300_799  # seconds: the end of the year 9999
EXCEL = datetime(1899, 12, 30)  # day 0; days of January and February 1900 are one off, as in Excel itself
DAYS = (1, 2_958_465)  # Excel's last day is that of the year 9999
DAY_MS = 86_400_000
# A space between thousands may be one that does not break, an apostrophe a typographic one.
ALIKE = {" ": "[ \u00a0\u202f]", "'": "['\u2019]", ",": ",", ".": r"\."}
BLANK = " \t\r\n\u00a0\u202f"


@ibis.udf.scalar.builtin(name="try_strptime", signature=(("string", "string"), "timestamp"))
def _strptime(value, pattern):
    """The time that a text shows by a pattern, null where it shows none."""


@ibis.udf.scalar.builtin(name="try_strptime", signature=(("string", "string"), "timestamp('UTC')"))
def _strptime_zoned(value, pattern):
    """The same of a pattern with %z."""


@ibis.udf.scalar.builtin(name="make_timestamp", signature=(("int64",), "timestamp"))
def _from_micros(micros):
    """The time so many microseconds after 1970."""


def times(value: ir.Value, source: TableSource, zone: str) -> ir.Value | None:
    """UTC times by the table's time formats, null where none fits; None where it has no format or needs none."""
    dtype = value.type()
    if not source.time_formats or dtype.is_timestamp() or dtype.is_date():
        return None
    if not dtype.is_string() and not dtype.is_numeric():
        return None
    found = [_time(value, one, zone) for one in source.time_formats]
    return ibis.coalesce(*found) if len(found) > 1 else found[0]


def plain_number(value: ir.StringValue, source: TableSource) -> ir.StringValue:
    """A number as other programs write it (-1234.5) from text that is written as the table says, null where it is not.

    (12.50) and 12.50- are negative numbers, as bookkeepers write them.
    """
    point, between = source.decimal or ".", source.thousands
    text = value
    for sign in source.currencies:
        text = text.replace(sign, "")
    text = text.replace("\u2212", "-").re_replace(f"^[{BLANK}]+|[{BLANK}]+$", "")
    text = text.re_replace(f"^\\([{BLANK}]*([^()+-]*)\\)$", r"-\1").re_replace(f"^([^()+-]*)-$", r"-\1")  # noqa: F541
    text = text.re_replace(f"^([+-])[{BLANK}]+", r"\1").re_replace(f"[{BLANK}]+$", "")
    fits = text.re_search(f"^{number_pattern(point, between)}$") & text.re_search(r"\d")
    if between:
        text = text.re_replace(ALIKE[between], "")
    return ibis.ifelse(fits, text.replace(point, "."), None)


def number(value: ir.Value, source: TableSource, dtype: str) -> ir.Value:
    """A number of that type, from text as the table says it is written; null where it is none or does not fit."""
    if not value.type().is_string():
        return (finite(value) if value.type().is_floating() else value).try_cast(dtype)
    if not is_plain(source):
        return plain_number(value, source).try_cast(dtype)  # type: ignore[arg-type]
    plain = value.strip().try_cast(dtype)  # type: ignore[union-attr]
    rest = ibis.ifelse(plain.isnull(), value, None)
    return ibis.coalesce(plain, plain_number(rest, source).try_cast(dtype))


def number_pattern(point: str, between: str | None) -> str:
    """The pattern of a number with such a sign before decimals, and between thousands where there are any.

    Groups of two digits are India's (12,34,567); none begins with a 0, so that 0,123 is no thousand.
    """
    whole = r"\d+"
    if between:
        whole += rf"|[1-9]\d{{0,2}}({ALIKE[between]}\d{{2,3}})*{ALIKE[between]}\d{{3}}"
    return rf"[+-]?({whole}|)({re.escape(point)}\d*)?([eE][+-]?\d+)?"


def is_plain(source: TableSource) -> bool:
    """Whether numbers without any sign between their digits mean what they look like."""
    return source.decimal in (None, ".") and source.thousands != "."


def _time(value: ir.Value, written: str, zone: str) -> ir.Value:
    if written in PER_SECOND:
        seconds = value.strip() if value.type().is_string() else value  # type: ignore[union-attr]
        micros = (seconds.try_cast("decimal(38, 6)") * PER_SECOND[written]).try_cast("int64")
        return _from_micros(ibis.ifelse(micros.between(-LAST * 1_000_000, LAST * 1_000_000), micros, None))
    if written == "excel":
        days = value.try_cast("float64")
        millis = (ibis.ifelse(days.between(*DAYS), days, None) * DAY_MS).round().cast("int64")
        start = int((EXCEL - datetime(1970, 1, 1)).total_seconds()) * 1_000_000
        return from_local(_from_micros(millis * 1000 + start).cast("timestamp(6)"), zone)
    text = value if value.type().is_string() else value.try_cast("int64").cast("string")
    if "%z" in written:
        text = text.re_replace("[Zz]$", "+00:00")  # type: ignore[union-attr]
        return _strptime_zoned(text, written).cast("timestamp(6)")  # type: ignore[operator]
    return from_local(_strptime(text, written).cast("timestamp(6)"), zone)  # type: ignore[operator]
