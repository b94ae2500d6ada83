"""Goes through a whole snapshot: every file as it was written, every user once and where they are looked for."""

from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features import whole_files
from features.errors import BadInput
from features.progress import Progress, silent
from serving.batch.challenger import kept
from serving.batch.part import prefixes, record_of
from serving.batch.row_reader import CURE
from serving.batch.snapshot import INPUTS, MANIFEST, Snapshot, read_snapshot
from serving.boards.read import read_again
from serving.boards.write import files


def verify(folder: Path, progress: Progress = silent) -> Snapshot:
    """Read a snapshot from end to end, whatever was read of it before; the users of one part are in memory at a time.

    Raises BadInput naming the first file that is missing, damaged, of no part, or not what manifest and record say:
    sha256, rows, columns, users by id, each once, in the part of their prefix.
    """
    snapshot = read_snapshot(folder)
    parts, digits = snapshot.manifest["parts"], snapshot.manifest["digits"]
    if [part["prefix"] for part in parts] != prefixes(digits):
        raise BadInput(f"{folder / MANIFEST}: does not name the parts of {digits} digits, each once; {CURE}")
    own = {make(folder / part["file"]) for part in parts for make in (Path, record_of)} | {folder / MANIFEST}
    boards = list(files(folder, snapshot.manifest.get("boards", {})))
    own |= {file for _, file, _ in boards} | set(kept.files(folder, snapshot.manifest))
    if "inputs" in snapshot.manifest:  # older ones have none
        own.add(folder / INPUTS)
        whole_files.read_sealed(folder / INPUTS)
    if strange := sorted({file for file in folder.rglob("*") if file.is_file()} - own):
        raise BadInput(f"{strange[0]}: does not belong to the snapshot; remove it, or {CURE}")
    schema: pa.Schema | None = None
    with duckdb.connect() as con:
        for done, (part, file) in enumerate(zip(parts, snapshot.each_file(), strict=True)):
            progress("verifying", done, len(parts))
            schema = schema or pq.read_schema(file)
            if wrong := _wrong(con, file, part, digits, schema):
                raise BadInput(f"{file}: {wrong}; {CURE}")
    progress("verifying", len(parts), len(parts))
    kept.verify(folder, snapshot.manifest)
    for name, _, _ in boards:
        read_again(folder, snapshot.manifest["boards"], name)
    rows, users = sum(part["rows"] for part in parts), snapshot.manifest.get("users")
    if users not in (None, rows):
        raise BadInput(f"{folder / MANIFEST}: {users:,} users, but {rows:,} rows in its parts; {CURE}")
    return snapshot


def _wrong(
    con: duckdb.DuckDBPyConnection, file: Path, part: dict[str, Any], digits: int, schema: pa.Schema
) -> str | None:
    """What is wrong with a part whose bytes are what was written: so only its users are read."""
    if not pq.read_schema(file).equals(schema, check_metadata=True):
        return "other columns, or other meanings of them, than in the first part"
    rows = pq.ParquetFile(file).read(["user_id"], use_threads=False)
    if len(rows) != part["rows"]:
        return f"{len(rows):,} rows, but {part['rows']:,} in the manifest"
    users = rows["user_id"].combine_chunks()
    if users.null_count:
        return "a row without a user"
    if pc.all(pc.less(users[:-1], users[1:])).as_py() is False:
        return "its users are not sorted, each once"
    con.register("rows", rows)
    strangers = f"select count(*) from rows where left(md5(user_id::varchar), {digits}) <> '{part['prefix']}'"
    if digits and con.execute(strangers).fetchall()[0][0]:
        return "a user of another part"
    return None
