"""Boards as the API gives them: as JSON, CSV or Parquet. A board's file never changes, so each is written once."""

import csv
import io
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from features.boards import Board
from serving.boards.read import read
from serving.campaigns.formats.cells import cell, json_value, plain
from serving.scoring.phrase import Lang

JSON, CSV, PARQUET = "application/json", "text/csv", "application/vnd.apache.parquet"
KEPT = 64  # answers; a board has some thousand rows


def about(board: Board, boards: Mapping[str, Any], lang: Lang) -> dict[str, Any]:
    """What a board is, as ``BoardAbout``. boards: what the manifest says of them."""
    made = boards.get("made", {}).get(board.name)
    why = None if made else boards.get("missing", {}).get(board.name, "was not made; run 'holdfast boards'")
    return {
        "name": board.name,
        "title": board.title[lang],
        "says": board.says[lang],
        "people": board.people,
        "rows": made["rows"] if made else None,
        "missing": why,
        "key": board.key,
        "columns": [
            {
                "name": one.name,
                "kind": one.kind,
                "title": one.title[lang],
                "says": one.says[lang],
                "null": one.null[lang] if one.null else None,
            }
            for one in board.columns
        ],
    }


def written(folder: Path, boards: Mapping[str, Any], name: str, kind: str) -> bytes | None:
    """The rows of a board in a format: of JSON the list alone. None where it was not made. Raises BadInput where its
    file is damaged."""
    entry = boards.get("made", {}).get(name)
    return _written(folder, name, entry["file"], entry["sha256"], kind) if entry else None


@lru_cache(maxsize=KEPT)
def _written(folder: Path, name: str, file: str, sha256: str, kind: str) -> bytes:
    rows = read(folder, {"made": {name: {"file": file, "sha256": sha256}}}, name)
    assert rows is not None  # it is named
    if kind == PARQUET:
        out = io.BytesIO()
        pq.write_table(rows, out, compression="zstd")
        return out.getvalue()
    rows = plain(rows)
    return _csv(rows) if kind == CSV else orjson.dumps(_json(rows))


def _json(rows: pa.Table) -> list[dict[str, Any]]:
    columns = [[json_value(one) for one in rows[name].to_pylist()] for name in rows.column_names]
    return [dict(zip(rows.column_names, values, strict=True)) for values in zip(*columns, strict=True)]


def _csv(rows: pa.Table) -> bytes:
    out = io.StringIO()
    to = csv.writer(out, lineterminator="\r\n")
    to.writerow(rows.column_names)
    columns = [[cell(one) for one in rows[name].to_pylist()] for name in rows.column_names]
    to.writerows(zip(*columns, strict=True))
    return out.getvalue().encode()


def wanted(accept: str) -> str:
    """The format that an Accept header asks for: of those that we have the one of the highest q, of several the first;
    JSON where it names none."""
    best, found = 0.0, JSON
    for part in accept.split(","):
        media, *parameters = (one.strip().lower() for one in part.split(";"))
        quality = next((one[2:] for one in parameters if one.startswith("q=")), "1")
        try:
            weight = float(quality)
        except ValueError:
            continue
        kind = {"*/*": JSON, "application/*": JSON, "text/*": CSV}.get(media, media)
        if kind in (JSON, CSV, PARQUET) and weight > best:
            best, found = weight, kind
    return found
