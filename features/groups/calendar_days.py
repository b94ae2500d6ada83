"""Calendar days: how far it is from a user's own today to the next birthday, festival or other day of the year."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.wall_clock import wall, zones

NEVER = np.datetime64("NaT", "D")
_LOCAL = "SELECT z, timezone(z, timezone('UTC', $at::TIMESTAMP))::DATE FROM (SELECT unnest($zones::VARCHAR[]) AS z)"


def today(at: datetime, zone: pa.Array, default: str) -> np.ndarray:
    """Each user's calendar day at an instant (UTC), as datetime64[D]. zone: their time zones; null, or a text that is
    no zone: ``default``."""
    usual = np.datetime64(wall(at, default).date(), "D")
    if not pa.types.is_string(zone.type) or zone.null_count == len(zone):
        return np.full(len(zone), usual)
    coded = zone.dictionary_encode()
    there = set(zones()) & set(coded.dictionary.to_pylist())
    with duckdb.connect(config={"threads": 1}) as con:
        con.execute("SET TimeZone = 'UTC'")
        shown = dict(con.execute(_LOCAL, {"at": at, "zones": sorted(there)}).fetchall()) if there else {}
    days = np.array([shown.get(name, usual) for name in coded.dictionary.to_pylist()], "M8[D]")
    codes = coded.indices.fill_null(len(days)).to_numpy(zero_copy_only=False)
    return np.append(days, usual)[codes]


def to_anniversary(days: np.ndarray, now: np.ndarray) -> np.ndarray:
    """Whole days from ``now`` until each of ``days`` comes round again, 0 on the day, NaN for NaT; datetime64[D] both.
    29 February comes on 28 February in other years."""
    year = now.astype("M8[Y]").astype(np.int64)
    this = _anniversary(days, year)
    return _whole(np.where(this >= now, this, _anniversary(days, year + 1)) - now)


def to_next(dates: Sequence[str], now: np.ndarray) -> np.ndarray:
    """Whole days from ``now`` to the next of some dates, 0 on the day, NaN after the last."""
    there = np.append(np.sort(np.array(dates, "M8[D]")), NEVER)
    return _whole(there[np.searchsorted(there[:-1], now)] - now)


def dates_of(column: pa.Array) -> np.ndarray:
    """A column of users as datetime64[D]: dates, times (their UTC day) and texts such as 1990-05-17; else NaT."""
    if pa.types.is_dictionary(column.type) or pa.types.is_string(column.type):
        coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
        days = np.array([_day(text) for text in coded.dictionary.to_pylist()], "M8[D]")
        codes = coded.indices.fill_null(len(days)).to_numpy(zero_copy_only=False)
        return np.append(days, NEVER)[codes]
    if pa.types.is_date(column.type) or pa.types.is_timestamp(column.type):
        return pc.cast(column, pa.date32(), safe=False).to_numpy(zero_copy_only=False).astype("M8[D]")
    return np.full(len(column), NEVER)


def _day(text: str) -> np.datetime64:
    with suppress(ValueError):
        return np.datetime64(date.fromisoformat(text), "D")
    return NEVER


def _anniversary(days: np.ndarray, year: np.ndarray) -> np.ndarray:
    """In a year (counted from 1970); the last day of the month where that is too short."""
    month = days.astype("M8[M]")
    begin = (year * 12).astype("M8[M]") + (month - days.astype("M8[Y]").astype("M8[M]"))
    last = (begin + 1).astype("M8[D]") - begin.astype("M8[D]") - 1
    return begin.astype("M8[D]") + np.minimum(days - month.astype("M8[D]"), last)


def _whole(ahead: np.ndarray) -> np.ndarray:
    return np.where(np.isnat(ahead), np.nan, ahead.astype(np.float64))
