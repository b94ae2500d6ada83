"""Takes a sample of a file: its columns' names, and about 1,000 rows from its beginning, its middle and its end."""

import codecs
import csv
import gzip
import io
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq

from features.errors import BadInput
from features.places.files import OTHERS, form_of
from features.tables.converted import convert

ROWS = 1000
PLACES = 10  # spread over the file, for a log may be sorted by time and its first thousand rows of one day
HEAD = 1 << 16  # bytes that tell the encoding and the delimiter
USUAL = ",;\t|"  # what is seen without a setting
RARE = ("\x01", "~", "^")
EAST = range(0x4E00, 0xA000)  # Chinese signs
csv.field_size_limit(1 << 24)


@dataclass(frozen=True)
class Sample:
    """rows: column → values as text, null where empty. typed: columns that hold times or numbers as such, 'time' or
    'number'. encoding, delimiter: what has to be said of a text file, empty where nothing has."""

    file: Path
    names: tuple[str, ...]
    rows: dict[str, list[str | None]]
    typed: dict[str, str]
    encoding: str = ""
    delimiter: str = ""

    def filled(self, name: str) -> list[str]:
        """The values of a column that are there."""
        return [value for value in self.rows.get(name, []) if value is not None]


def take(file: Path) -> Sample:
    """Raises BadInput, without the file's name, where it cannot be read."""
    if cure := next((cure for ending, cure in OTHERS.items() if file.name.lower().endswith(ending)), ""):
        raise BadInput(f"has a form that is not read ({file.suffix}); {cure}")
    if not file.is_file():
        raise BadInput("cannot be read: No such file or directory; name a CSV or Parquet file")
    try:
        with tempfile.TemporaryDirectory() as folder:
            (made,) = convert("init", [str(file)], None, lambda: Path(folder))
            if form_of(made) == "Parquet":
                return _from_parquet(file, Path(made))
            return _from_text(file, Path(made))
    except BadInput as error:
        text = str(error).removeprefix("tables.init: ").removeprefix(str(file)).strip()
        raise BadInput(text if text.startswith("cannot") else f"cannot be read: it {text}") from None
    except (OSError, EOFError, pa.ArrowException, csv.Error) as error:
        cause = error.strerror if isinstance(error, OSError) and error.strerror else str(error).splitlines()[0]
        raise BadInput(f"cannot be read: {cause}; name a CSV or Parquet file") from None


def _from_parquet(file: Path, made: Path) -> Sample:
    with pq.ParquetFile(made) as opened:
        schema, count = opened.schema_arrow, opened.num_row_groups
        groups = range(count)
        some = {groups[place * (len(groups) - 1) // (PLACES - 1)] for place in range(PLACES)} if count else set()
        chosen = sorted(some)
        each = ROWS // max(len(chosen), 1)
        flat = [one.name for one in schema if not pa.types.is_nested(one.type)]
        parts = [next(opened.iter_batches(each, row_groups=[group], columns=flat), None) for group in chosen]
    rows: dict[str, list[str | None]] = {name: [] for name in flat}
    for part in parts:
        for name in flat if part is not None else ():
            rows[name] += [_text(value) for value in part.column(name).to_pylist()]  # type: ignore[union-attr]
    typed = {one.name: kind for one in schema if (kind := _kind(one.type))}
    return Sample(file, tuple(flat), rows, typed)


def _kind(dtype: pa.DataType) -> str:
    if pa.types.is_temporal(dtype):
        return "time"
    return "number" if pa.types.is_integer(dtype) or pa.types.is_floating(dtype) or pa.types.is_decimal(dtype) else ""


def _text(value: object) -> str | None:
    if value is None or value != value:  # not a number
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value).strip() or None


def _from_text(file: Path, made: Path) -> Sample:
    with _open(made) as stream:
        head = stream.read(HEAD)
    encoding = _encoding(head, complete=len(head) < HEAD)
    with _open(made) as stream, io.TextIOWrapper(stream, encoding or "utf-8-sig", "replace", newline="") as text:
        line = text.readline()
        delimiter = max(USUAL, key=line.count)
        if delimiter not in line:
            delimiter = next((sign for sign in RARE if sign in line), delimiter)
        text.seek(0)
        names = next(csv.reader(text, delimiter=delimiter), [])
        rest = _spread(made, encoding, delimiter, len(names)) if made.suffix == ".csv" else None
        rows = rest or list(_fitting(islice(csv.reader(text, delimiter=delimiter), 50 * ROWS), len(names)))
    rows = rows if len(rows) <= ROWS else _blocks(rows)
    columns = {name: [row[place].strip() or None for row in rows] for place, name in enumerate(names)}
    said = delimiter if delimiter not in USUAL else ""
    return Sample(file, tuple(names), columns, {}, encoding, said)


def _open(file: Path) -> IO[bytes]:
    return gzip.open(file, "rb") if file.suffix == ".gz" else file.open("rb")  # type: ignore[return-value]


def _encoding(head: bytes, complete: bool) -> str:
    """Empty for UTF-8; else gb18030 where most of its signs are Chinese, or cp1252, which reads all of the west."""
    if not complete:
        head = head[: head.rfind(b"\n") + 1] or head
    try:
        head.decode("utf-8")
        return ""
    except UnicodeDecodeError:
        pass
    if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16"
    try:
        odd = [sign for sign in head.decode("gb18030") if ord(sign) > 127]
        if sum(ord(sign) in EAST for sign in odd) > len(odd) / 2 and len(odd) > 1:
            return "gb18030"
    except UnicodeDecodeError:
        pass
    return "cp1252"


def _spread(file: Path, encoding: str, delimiter: str, width: int) -> list[list[str]] | None:
    """Rows from ten places of a large file; None where a file is small or its encoding lets nobody start midway."""
    size = file.stat().st_size
    if size < 50 * HEAD or encoding == "utf-16":
        return None
    found = []
    with file.open("rb") as stream:
        for place in range(PLACES):
            stream.seek(place * (size - HEAD) // (PLACES - 1))
            stream.readline()  # the header, or what is left of a row
            text = stream.read(HEAD).decode(encoding or "utf-8", "replace")
            lines = text[: text.rfind("\n") + 1].splitlines(keepends=True)
            found += list(islice(_fitting(csv.reader(lines, delimiter=delimiter), width), ROWS // PLACES))
    return found


def _fitting(rows: Iterator[list[str]], width: int) -> Iterator[list[str]]:
    return (row for row in rows if len(row) == width and any(row))


def _blocks(rows: Sequence[list[str]]) -> list[list[str]]:
    """Ten runs of neighbours, which may be lines of one order."""
    each, step = ROWS // PLACES, len(rows) // PLACES
    return [row for place in range(PLACES) for row in rows[place * step : place * step + each]]
