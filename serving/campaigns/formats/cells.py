"""Values of a list as text: what a cell of CSV and a line of JSON say."""

import re
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.types as kinds

from features.errors import BadInput

# Spreadsheets skip blanks and what has no width, and take full-width signs as signs. A quote counts as a blank, so that
# what was guarded reads back as it was: a quote goes off where this matches behind it.
_BLANK = r"[\s'\x00-\x1f\ufeff\u200b-\u200f\u2060]*"
FORMULA = re.compile(_BLANK + r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20\u2212]")


def guarded(cell: str) -> str:
    """A text that no spreadsheet runs: behind a quote where it begins, also after blanks, like a formula.

    From OWASP, "CSV Injection" (owasp.org/www-community/attacks/CSV_Injection). Numbers are never asked about: they
    are exempt by type.
    """
    return "'" + cell if FORMULA.match(cell) else cell


def plain(rows: pa.Table) -> pa.Table:
    """The same rows in few types: text, numbers, true and false, dates, times in UTC, lists of text.

    Times without a zone are UTC. Raises BadInput for a column of another type.
    """
    return pa.table([_plain(name, rows[name]) for name in rows.column_names], names=rows.column_names)


def json_value(value: Any) -> Any:
    """A value of a plain column for JSON: times as ISO 8601 in UTC, numbers that are none as null."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat() + "Z"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return value if value - value == 0 else None
    return value


def cell(value: Any) -> str:
    """A value of a plain column for CSV, nothing for null; only text can be taken for a formula, and is guarded."""
    value = json_value(value)
    if isinstance(value, list):
        value = "; ".join(one for one in value if one is not None)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return guarded(value) if isinstance(value, str) else str(value)


def _plain(name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type.value_type if kinds.is_dictionary(column.type) else column.type
    if kinds.is_string(kind) or kinds.is_large_string(kind) or kinds.is_string_view(kind) or kinds.is_null(kind):
        wanted = pa.string()
    elif kinds.is_timestamp(kind):
        wanted = pa.timestamp("us", "UTC")
    elif kinds.is_decimal(kind):
        wanted = pa.float64()
    elif kinds.is_integer(kind) or kinds.is_floating(kind) or kinds.is_boolean(kind) or kinds.is_date(kind):
        wanted = kind
    elif kinds.is_list(kind) or kinds.is_large_list(kind):
        wanted = pa.list_(pa.string())
    else:
        raise BadInput(f"column '{name}': a list cannot carry {kind}; give text, numbers, times or lists of text")
    try:
        return column.cast(wanted, safe=False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):  # its message may quote a value
        raise BadInput(f"column '{name}': a list cannot carry {kind}; give text, or lists of text") from None
