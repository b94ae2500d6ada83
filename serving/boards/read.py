"""Reads the boards of a snapshot, each checked against its hash when it is first read."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from features import whole_files
from features.errors import BadInput

CURE = "make it anew with 'holdfast score --fresh'"


def read(folder: Path, about: dict[str, Any], name: str) -> pa.Table | None:
    """A board's rows; None where it was not made. about: what the manifest says of boards. Raises BadInput where its
    file is not what was written."""
    entry = about.get("made", {}).get(name)
    return _read(folder / entry["file"], entry["sha256"]) if entry else None


def read_again(folder: Path, about: dict[str, Any], name: str) -> pa.Table:
    """A board's rows, looked at anew whatever was read before. Raises BadInput as ``read`` does."""
    entry = about["made"][name]
    return _whole(folder / entry["file"], entry["sha256"])


@lru_cache(maxsize=128)
def _read(file: Path, sha256: str) -> pa.Table:
    return _whole(file, sha256)


def _whole(file: Path, sha256: str) -> pa.Table:
    try:
        if whole_files.sha256(file) != sha256:
            raise BadInput(f"{file}: damaged, it is not what was written; {CURE}")
        return pq.ParquetFile(file).read(use_threads=False)
    except FileNotFoundError:
        raise BadInput(f"{file}: not there; {CURE}") from None
    except (OSError, pa.ArrowException):
        raise BadInput(f"{file}: damaged, it is not what was written; {CURE}") from None
