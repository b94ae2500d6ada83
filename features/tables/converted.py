"""Turns forms that the engine does not read into ones that it does: text to UTF-8, other tables to Parquet, in a folder
that goes with the session. One batch of rows is in memory at a time.
"""

import bz2
import codecs
import gzip
import io
import json
import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.ipc as ipc
import pyarrow.parquet as pq

from features.engine.full_disk import is_full
from features.errors import BadInput
from features.notations.file_marks import all_empty, mismatch
from features.places.files import form_of, packing
from features.tables.damaged_csv import LINE

BATCH = 20_000
BYTES = 1 << 20
MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def convert(name: str, files: Sequence[str], encoding: str | None, folder: Callable[[], Path]) -> list[str]:
    """The files, each in a form that the engine reads: itself, or a copy in ``folder()`` below the names of its
    partitions (`year=2026`). encoding: of text, where it is not UTF-8.

    Raises BadInput, naming table and file, where one cannot be read.
    """
    place: list[Path] = []
    made = []
    if form_of(files[0]) != "Parquet" and all_empty(files):  # which is damaged, and told so
        raise BadInput(f"tables.{name}: {files[0]} is empty; check the path and the export")
    for number, file in enumerate(files):
        with _told(name, file, encoding):
            if wrong := "" if encoding and not packing(file) else mismatch(file, packing(file)[1:] or form_of(file)):
                raise ValueError(wrong)
            reader = _reader(file, encoding)
        if reader is None:
            made.append(file)
            continue
        place = place or [folder()]
        parts = [part for part in Path(file).parts[:-1] if "=" in part]
        target = place[0].joinpath(str(number), *parts)
        target.mkdir(parents=True)
        with _told(name, file, encoding):
            made.append(str(reader(file, target)))
    return made


def _reader(file: str, encoding: str | None) -> Callable[[str, Path], Path] | None:
    """What makes a copy of the file; None where the engine reads it."""
    form, packed = form_of(file), packing(file)
    if form == "Parquet":
        return None
    if packed == ".zip":
        return lambda file, target: _unzipped(file, target, encoding)
    if form == "Excel":
        return _from_excel
    if form == "Arrow":
        return _from_arrow
    if form == "JSON lines":
        return lambda file, target: _from_lines(lambda: _open(file), target, encoding)
    mark = "" if encoding else _marked(file)
    if packed in (".bz2", ".zst") or encoding or mark:
        return lambda file, target: _as_utf8(_open(file), target, encoding or mark)
    return None


def _marked(file: str) -> str:
    """The encoding that a mark at its beginning tells."""
    with _open(file) as stream:
        return MARKS.get(stream.read(2), "")


def _open(file: str) -> IO[bytes]:
    packed = packing(file)
    if packed == ".zst":
        return pa.input_stream(file, compression="zstd")  # type: ignore[no-any-return]
    opener: Any = {".gz": gzip.open, ".bz2": bz2.open}.get(packed, open)
    return opener(file, "rb")  # type: ignore[no-any-return]


def _as_utf8(stream: IO[bytes], target: Path, encoding: str | None) -> Path:
    copy = target / "copy.csv"
    with stream, copy.open("wb") as out:
        if not encoding:
            shutil.copyfileobj(stream, out, BYTES)
            return copy
        decoder = codecs.getincrementaldecoder(encoding)()
        while chunk := stream.read(BYTES):
            out.write(decoder.decode(chunk).encode())
        out.write(decoder.decode(b"", final=True).encode())
    return copy


def _unzipped(file: str, target: Path, encoding: str | None) -> Path:
    with zipfile.ZipFile(file) as archive:
        inside = [one for one in archive.infolist() if not one.is_dir() and not one.filename.startswith("__MACOSX")]
        if len(inside) != 1:
            raise ValueError(f"holds {len(inside)} files and not one; unpack it and name the folder")
        one = inside[0]
        if one.flag_bits & 1:
            raise ValueError("is locked by a password; unpack it")
        form = form_of(one.filename)
        if packing(one.filename):
            raise ValueError(f"holds {one.filename}, packed again; unpack it")
        if form == "CSV":
            return _as_utf8(archive.open(one), target, encoding)
        if form == "JSON lines":
            return _from_lines(lambda: archive.open(one), target, encoding)
        inner = target / f"inside{Path(one.filename).suffix.lower()}"
        with archive.open(one) as stream, inner.open("wb") as out:
            shutil.copyfileobj(stream, out, BYTES)
    reader = _reader(str(inner), encoding)
    return reader(str(inner), target) if reader else inner


def _from_lines(stream: Callable[[], IO[bytes]], target: Path, encoding: str | None) -> Path:
    """Every value as the text that it is written as, so that no number is rounded; lists and objects as JSON."""

    def records() -> Iterator[dict[str, Any] | str]:
        # Lines end where JSON lets them: the separators of codecs' own readers (U+2028, U+0085) may stand in a text.
        with stream() as raw, io.TextIOWrapper(raw, encoding=encoding or "utf-8-sig") as lines:
            for line in lines:
                if line.strip():
                    try:
                        found = json.loads(line, parse_float=str, parse_int=str)
                        if "\\u" in line:
                            json.dumps(found, ensure_ascii=False).encode()  # half a character is none
                    except (ValueError, RecursionError):
                        found = None
                    yield found if isinstance(found, dict) else line.rstrip("\r\n")

    names: dict[str, None] = {}
    for one in records():
        names.update(dict.fromkeys([LINE] if isinstance(one, str) else one))
    columns = list(names)
    if not names.keys() - {LINE}:
        raise ValueError("holds no JSON object; write one object a line")
    rows = (
        [one if name == LINE else None for name in columns]
        if isinstance(one, str)
        else [_json_text(one.get(name)) for name in columns]
        for one in records()
    )
    return _write(rows, columns, target)


def _json_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _from_excel(file: str, target: Path) -> Path:
    try:
        import openpyxl
    except ImportError:
        raise ValueError("needs openpyxl; pip install 'holdfast[excel]', or save it as CSV") from None
    book = openpyxl.load_workbook(file, read_only=True, data_only=True)
    try:
        sheets = [sheet for sheet in book.worksheets if any(True for _ in islice(_filled(sheet), 1))]
        if len(sheets) != 1:
            raise ValueError(f"has {len(sheets)} sheets with rows and not one; save the one that is meant by itself")
        rows = _filled(sheets[0])
        header = [_excel_text(value) or "" for value in next(rows)]
        while header and not header[-1]:
            header.pop()
        _once(header)
        width = len(header)
        texts = ([_excel_text(value) for value in (*row[:width], *[None] * (width - len(row)))] for row in rows)
        return _write(texts, [name or f"column {place + 1}" for place, name in enumerate(header)], target)
    finally:
        book.close()


def _filled(sheet: Any) -> Iterator[tuple[Any, ...]]:
    return (row for row in sheet.iter_rows(values_only=True) if any(value not in (None, "") for value in row))


def _excel_text(value: Any) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return None if value is None else str(value)


def _from_arrow(file: str, target: Path) -> Path:
    copy = target / "copy.parquet"
    with pa.memory_map(file) as source:
        try:
            reader: Any = ipc.open_file(source)
            batches: Iterable[pa.RecordBatch] = (reader.get_batch(place) for place in range(reader.num_record_batches))
        except pa.ArrowInvalid:
            source.seek(0)
            reader = batches = ipc.open_stream(source)
        with pq.ParquetWriter(copy, reader.schema) as writer:
            for batch in batches:
                writer.write_batch(batch)
    return copy


def _write(rows: Iterator[list[str | None]], columns: Sequence[str], target: Path) -> Path:
    """Rows of text as Parquet."""
    copy = target / "copy.parquet"
    schema = pa.schema([(name, pa.string()) for name in columns])
    with pq.ParquetWriter(copy, schema) as writer:
        while batch := list(islice(rows, BATCH)):
            values = [pa.array(one, pa.string()) for one in zip(*batch, strict=True)]
            writer.write_table(pa.table(values, schema=schema))
    return copy


def _once(header: Sequence[str]) -> None:
    if twice := [name for place, name in enumerate(header) if name and name in header[:place]]:
        raise ValueError(f"has two columns named '{twice[0]}'; rename one")


@contextmanager
def _told(name: str, file: str, encoding: str | None) -> Iterator[None]:
    """The failures of all these libraries in one line, which shows nothing of any row."""
    try:
        yield
    except UnicodeError:
        raise BadInput(
            f"tables.{name}: {file} is no {encoding or 'UTF-8'} text; say how it is written: "
            'encoding = "utf-16", "gbk", "cp1252"'
        ) from None
    except pa.ArrowNotImplementedError:
        raise BadInput(
            f"tables.{name}: {file} has a column of a type that is not read; leave it out, or give the table as Parquet"
        ) from None
    except (OSError, EOFError, zipfile.BadZipFile, pa.ArrowException) as error:
        if is_full(error):
            raise
        cause = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
        raise BadInput(f"tables.{name}: {file} cannot be read: it is damaged ({cause}); export it again") from None
    except ValueError as error:
        raise BadInput(f"tables.{name}: {file} {error}") from None
    except (KeyError, TypeError, IndexError, AttributeError, SyntaxError) as error:  # openpyxl's way with damage
        raise BadInput(f"tables.{name}: {file} cannot be read: {type(error).__name__}; export it again") from None
