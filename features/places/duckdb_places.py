"""Lets DuckDB read object storage: Arrow's clients behind fsspec, which DuckDB asks for files and pieces of them."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import duckdb
import pyarrow.parquet as pq
from fsspec import AbstractFileSystem
from fsspec.implementations.arrow import ArrowFSWrapper
from ibis.backends.duckdb import Backend

from features.config.server_address import STORES
from features.places.address import parse
from features.places.filesystems import located, told


class _Places(AbstractFileSystem):  # type: ignore[misc]
    """The files of all stores by their whole URI; each is opened by the client of its own bucket."""

    protocol = STORES
    cachable = False

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[str, dict[str, Any]] = {}  # DuckDB asks again for every query; a change is found by stamps

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return path

    def unstrip_protocol(self, name: str) -> str:
        return name

    def _open(self, path: str, mode: str = "rb", **_: Any) -> Any:
        address = parse(path)
        with told(address, path):
            return ArrowFSWrapper(located(address)).open(address.path, mode)

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        if path in self.known:
            return self.known[path]
        address = parse(path)
        with told(address, path):
            found = located(address).get_file_info(address.path)
            if not found.is_file:
                raise FileNotFoundError(path)
        at = found.mtime or datetime.fromtimestamp(0, UTC)
        self.known[path] = {"name": path, "size": found.size, "type": "file", "mtime": at}
        return self.known[path]

    def modified(self, path: str) -> datetime:
        return self.info(path)["mtime"]  # type: ignore[no-any-return]

    def glob(self, path: str, **_: Any) -> list[str]:
        """Files are listed before DuckDB sees them: every name is one file."""
        return [path]


def view(con: Backend, name: str, files: Sequence[str], partitions: bool) -> str:
    """Make a view of Parquet files, of which some lie on object storage, and return its name; columns by name.

    partitions: folders are named like `year=2026`, and columns of text. DuckDB's own extension for object storage comes
    from a server that not everybody reaches; this needs none.
    """
    for scheme in STORES:
        with suppress(duckdb.Error):  # not there yet
            con.con.unregister_filesystem(scheme)
    con.con.register_filesystem(_Places())
    quoted = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
    options = ", hive_types_autocast = false" if partitions else ""
    rows = f"FROM read_parquet([{quoted}], union_by_name = true{options})"
    con.con.execute(f'CREATE OR REPLACE TEMP VIEW "{name}" AS {rows}')
    return name


def column_names(file: str) -> list[str]:
    """The columns of a Parquet file, by its footer."""
    address = parse(file)
    with told(address, file):
        return pq.read_schema(address.path, filesystem=located(address)).names  # type: ignore[no-any-return]
