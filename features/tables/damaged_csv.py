"""Reads a damaged CSV file line by line: what fits its header is kept, what does not is set aside as it came.

DuckDB reads files many times faster, and stops at the first line that does not fit; this is for where it stopped.
"""

import csv
import gzip
import io
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend

LINE = "malformed_line"  # the column of lines that do not fit; null in rows that do
ODD = r"\\x[89a-f][0-9a-f]"  # how a byte that is not UTF-8 is written in it
BYTE = re.compile("[\udc80-\udcff]")  # and how it comes out of the file
LONGEST = 1000  # lines that a quoted text may run over
BATCH = 50_000


def salvage(con: Backend, name: str, files: Sequence[str], delimiter: str) -> ir.Table:
    """The files as one temporary table of text, columns by name, and LINE. An empty value is null.

    Raises ValueError where there is nothing to save: a file has no header, or not in UTF-8.
    """
    headers = {file: _header(file, delimiter) for file in files}
    names = list(dict.fromkeys(column for header in headers.values() for column in header))
    kept = con.create_table(
        name, schema=ibis.schema(dict.fromkeys([*names, LINE], "string")), temp=True, overwrite=True
    )
    for file, header in headers.items():
        found = records(islice(_lines(file), 1, None), delimiter, len(header))
        while batch := list(islice(found, BATCH)):
            con.insert(name, _table(batch, header, names))
    return kept


def records(lines: Iterable[str], delimiter: str, width: int) -> Iterator[list[str] | str]:
    """The values of every record of ``width`` columns, and in its place every line that belongs to none, as it came.

    A quoted text may run over several lines. Where it does not end so that the record fits, only the line that opened
    the quote is damaged, and the next is read by itself. Blank lines are none.
    """
    source, ahead = iter(lines), deque[str]()
    while line := (ahead.popleft() if ahead else next(source, "")):
        if not line.strip("\r\n"):
            continue
        text, taken = line, 0
        values, is_open = _values(text, delimiter)
        while is_open and taken < LONGEST:
            if taken == len(ahead):
                if not (more := next(source, "")):
                    break
                ahead.append(more)
            text, taken = text + ahead[taken], taken + 1
            if '"' in ahead[taken - 1]:  # no other line can end the text
                values, is_open = _values(text, delimiter)
        if values is None or len(values) != width or (not text.isascii() and BYTE.search(text)):
            yield _told(line.rstrip("\r\n"))
        else:
            for _ in range(taken):
                ahead.popleft()
            yield values


def _told(line: str) -> str:
    """The line with bytes that are not UTF-8 as \\xfc."""
    return line.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _values(text: str, delimiter: str) -> tuple[list[str] | None, bool]:
    """The values of a whole record, or None where it is not whole; and whether an open quote is the cause."""
    if '"' not in text:
        return text.rstrip("\r\n").split(delimiter), False
    try:
        found = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        return None, "unexpected end" in str(error)
    return (found[0] if len(found) == 1 else None), False


def _lines(file: str) -> Iterator[str]:
    with (gzip.open if file.endswith(".gz") else open)(
        file, "rt", encoding="utf-8-sig", errors="surrogateescape", newline=""
    ) as text:
        yield from text


def _header(file: str, delimiter: str) -> list[str]:
    names, _ = _values(next(_lines(file), ""), delimiter)
    if not names or not any(names) or any(map(BYTE.search, names)):
        raise ValueError(f"{file} has no header")
    return names


def _table(found: Sequence[list[str] | str], header: Sequence[str], names: Sequence[str]) -> pa.Table:
    """Records and damaged lines of one file as columns of text under all names, LINE last."""
    none = [""] * len(header)
    values = zip(*(none if isinstance(one, str) else one for one in found), strict=True)
    columns = dict(reversed(list(zip(header, values, strict=True))))  # of two columns of one name the first
    given = {name: [text or None for text in columns.get(name, [""] * len(found))] for name in names}
    given[LINE] = [one if isinstance(one, str) else None for one in found]
    return pa.table({name: pa.array(values, pa.string()) for name, values in given.items()})
