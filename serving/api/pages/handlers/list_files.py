"""A list as a file: all whom it holds, part by part of the snapshot, however many they are."""

import re
from collections.abc import Iterable, Iterator
from itertools import chain

import pyarrow as pa
import pyarrow.parquet as pq
from starlette.responses import Response, StreamingResponse

from serving.api.contract.errors import Problem, Refused
from serving.api.pages.audit import audit
from serving.api.pages.handlers.lists import at_of, query_of
from serving.api.pages.listed import batches, counted
from serving.api.pages.people import Filter, asked
from serving.api.pages.view import View
from serving.campaigns.formats import comma_separated, json_lines
from serving.campaigns.formats.cells import plain
from serving.campaigns.formats.target import Target
from serving.campaigns.lists.list_file import FORMATS
from serving.campaigns.lists.user_list import SHOWN, why

TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson", "parquet": "application/vnd.apache.parquet"}
COLUMNS = ("user_id", *SHOWN, "reasons")


def list_file(view: View) -> Response:
    """The file of the list that the address asks for, with the columns of ``holdfast list`` but for channels."""
    form = view.request.path_params["kind"]
    if form not in FORMATS:
        raise Refused(Problem(404, "unknown_format", view.t("lists.no_format"), "kind"))
    snapshot, whom = at_of(view), asked(view.request.query_params)
    found = counted(snapshot, whom)
    if found is None:
        raise Refused(Problem(404, "board_missing", view.t("common.no_board_why", why=view.why_not("cube"))))
    audit(view, "list downloaded", int(found["users"]), filter=query_of(view, whom), target=form)
    there = [name for name in COLUMNS if name in snapshot.schema.names]
    empty = _told(view, pa.schema([snapshot.schema.field(name) for name in there]).empty_table())
    rows = (_told(view, one) for one in batches(snapshot, whom, there))
    parts = _parts(form, empty, rows)
    begun = next(parts)  # a snapshot that cannot be read is told as a page
    name = f"{_name(whom)}-{str(snapshot.manifest['as_of'])[:10]}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingResponse(chain([begun], parts), media_type=TYPES[form], headers=headers)


def _told(view: View, rows: pa.Table) -> pa.Table:
    """The rows without what columns mean, reasons in words."""
    if "reasons" in rows.column_names:
        told = why(rows["reasons"], view.config, view.language)
        rows = rows.set_column(rows.column_names.index("reasons"), "reasons", told)
    return rows.replace_schema_metadata(None)


def _parts(form: str, empty: pa.Table, rows: Iterable[pa.Table]) -> Iterator[bytes]:
    """The file, piece by piece. empty: its columns, without rows."""
    if form == "parquet":
        yield from _parquet(empty, rows)
        return
    yield comma_separated.text(plain(empty), True) if form == "csv" else b""
    for some in rows:
        if form == "csv":
            yield comma_separated.text(plain(some), False)
        else:
            yield from (one.data for one in json_lines.parts(plain(some), Target("list", len(some), "list")))


class _Pieces:
    """A file that is written to, whose bytes are taken away as they come."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> int:
        self.pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        self.closed = True

    def taken(self) -> bytes:
        found, self.pieces = b"".join(self.pieces), []
        return found


def _parquet(empty: pa.Table, rows: Iterable[pa.Table]) -> Iterator[bytes]:
    sink = _Pieces()
    with pq.ParquetWriter(pa.PythonFile(sink, mode="w"), empty.schema, compression="zstd") as writer:
        yield sink.taken()
        for some in rows:
            writer.write_table(some)
            yield sink.taken()
    yield sink.taken()


def _name(whom: Filter) -> str:
    """What the file is called: the words of the filter, of letters and digits alone."""
    words = re.findall(r"\w+", " ".join(whom.query.values()), re.ASCII)
    return "-".join(["list", *words])[:80]
