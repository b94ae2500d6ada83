"""A part of a snapshot: the rows of users whose id's md5 begins alike, in Parquet, and a record that it is finished.

``part-3f.parquet`` holds the users whose md5 (of the id as text) begins with 3f, by user id, in row groups small enough
to read one user quickly. Its record ``part-3f.json`` is written after it: where the record is, the part is whole.
"""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from features import whole_files
from features.errors import BadInput

ALL = "all"  # the prefix of the one part of a snapshot of no digits
MOST_DIGITS = 3
ROWS = 500  # of a row group, read and decoded for one user in half a millisecond; fewer would swell the footers


def prefixes(digits: int) -> list[str]:
    """The prefix of every part, in order: ``["all"]`` for no digits, else all hex numbers with that many digits."""
    return [f"{number:0{digits}x}" for number in range(16**digits)] if digits else [ALL]


def prefix_of(user: int | str, digits: int) -> str:
    """The prefix of the part that a user is in, if anywhere."""
    return hashlib.md5(str(user).encode(), usedforsecurity=False).hexdigest()[:digits] if digits else ALL


def part_file(folder: Path, prefix: str) -> Path:
    return folder / f"part-{prefix}.parquet"


def record_file(folder: Path, prefix: str) -> Path:
    return folder / f"part-{prefix}.json"


def record_of(file: Path) -> Path:
    """The record of a part, by the file that a manifest names: one that was written anew has a number behind."""
    return file.with_suffix(".json")


def write_part(
    folder: Path,
    prefix: str,
    table: pa.Table,
    about: dict[str, Any] | None = None,
    rows: int | None = None,
    repeating: Sequence[str] = (),
) -> dict[str, Any]:
    """Write a part whole or not at all, then its record, which is returned.

    table: one row per user, by user_id ascending; may have no rows. about: what else the record is to say, as JSON.
    rows: of a row group; default: ROWS. repeating: columns whose numbers repeat.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = part_file(folder, prefix)
    whole_files.write(
        file,
        lambda part: pq.write_table(
            table,
            part,
            compression="lz4",  # a user is read in half the time that zstd takes, for a tenth more bytes
            row_group_size=rows or ROWS,
            use_dictionary=[*_texts(table.schema), *repeating],
            write_statistics=["user_id"],  # all others would triple the footer, and nothing reads them
            write_page_checksum=True,
        ),
    )
    record = {"rows": table.num_rows, "sha256": whole_files.sha256(file)} | (about or {})
    whole_files.write_sealed(record_file(folder, prefix), record)
    return record


def finished_part(folder: Path, prefix: str) -> dict[str, Any] | None:
    """The record of a part that was finished and is as it was written; None where there is none, or a damaged one."""
    with suppress(BadInput, OSError):
        record = whole_files.read_sealed(record_file(folder, prefix))
        if whole_files.sha256(part_file(folder, prefix)) == record["sha256"]:
            return record
    return None


def _texts(schema: pa.Schema) -> list[str]:
    """Parquet paths of the columns whose values repeat: text, and times. Ids and numbers hardly do."""

    def leaves(path: str, kind: pa.DataType) -> list[str]:
        if pa.types.is_list(kind):
            return leaves(f"{path}.list.element", kind.value_type)
        if pa.types.is_struct(kind):
            return [leaf for field in kind for leaf in leaves(f"{path}.{field.name}", field.type)]
        return [path] if pa.types.is_string(kind) or pa.types.is_timestamp(kind) else []

    return [leaf for field in schema if field.name != "user_id" for leaf in leaves(field.name, field.type)]
