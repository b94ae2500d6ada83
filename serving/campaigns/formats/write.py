"""Writes a list in a format: checked, in batches, each file whole, and the same bytes for the same rows."""

import hashlib
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from features import whole_files
from features.errors import BadInput
from serving.campaigns.formats import personal
from serving.campaigns.formats.cells import plain
from serving.campaigns.formats.table import Format, named
from serving.campaigns.formats.target import Target, Written


def write(format: str, rows: pa.Table, folder: Path, what: Target) -> list[Written]:
    """Write a list as ``folder/part-0001…``; nothing at all where nobody is on it.

    rows: one play on one channel, a row a user, in the order to be written: ``user_id`` (text or whole number), ``id``
    (text: what the channel carries), and where there are any ``sender``, ``play``, ``campaign_id``, ``offer``,
    ``kind``, ``send_after`` and ``send_before`` (UTC), ``reasons`` (lists of text). For the action ``tags``:
    ``add_tags`` and ``remove_tags``, lists of ids of tags. The formats csv, jsonl and parquet take any columns.

    Files of that kind of name that an earlier, unfinished export left in the folder go. Raises BadInput before anything
    is written where the list looks personal, or is more than the platform takes; no error quotes a value.
    """
    one = named(format)
    kept, _ = _kept(one, rows, what)
    written: list[Written] = []
    for part in one.parts(kept, what) if kept.num_rows else ():
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"part-{len(written) + 1:04}{part.ending}"
        whole_files.write(file, partial(_fill, data=part.data))
        written.append(Written(file, part.rows, hashlib.sha256(part.data).hexdigest()))
    for file in {*folder.glob("part-[0-9][0-9][0-9][0-9]*.*")} - {one.file for one in written}:
        file.unlink(missing_ok=True)
    return written


def left_out(format: str, rows: pa.Table, what: Target) -> dict[str, int]:
    """How many users of a list the format cannot carry, by reason: no_id, no_sender, same_id, formula_id and so on."""
    return _kept(named(format), rows, what)[1]


def reached(format: str, rows: pa.Table, what: Target) -> tuple[pa.Table, dict[str, int]]:
    """The users of a list whom the format's files reach, under their own id or an earlier user's who has the same; and
    how many it cannot carry, see ``left_out``."""
    kept, lacking = _kept(named(format), rows, what)
    return rows.filter(pc.is_in(rows["id"], value_set=kept["id"].combine_chunks().cast(rows["id"].type))), lacking


def _kept(one: Format, rows: pa.Table, what: Target) -> tuple[pa.Table, dict[str, int]]:
    if what.action not in one.actions:
        raise BadInput(f"format '{one.name}': takes no '{what.action}'; there are: {', '.join(one.actions)}")
    rows = plain(rows)
    personal.check(rows, what)
    return one.kept(rows, what) if rows.num_rows else (rows, {})


def _fill(part: Path, data: bytes) -> None:
    part.write_bytes(data)
