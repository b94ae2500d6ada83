"""Reads Iceberg tables by pyiceberg, from the newest metadata file in their folder or the one that is named."""

import re
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.fs as pf

from features.errors import BadInput
from features.places.address import is_remote, parse
from features.places.filesystems import lake_told, located, told
from features.places.surroundings import azure_key, azure_token, s3_endpoint, s3_region, s3_virtual

NUMBERED = re.compile(r"v?(\d+)(-.*)?(\.gz)?\.metadata\.json")
HINT = "version-hint.text"  # which number counts, where the table is of no catalog


def newest(uri: str) -> tuple[str | int, ...]:
    """What tells the version of a table: its kind, the snapshot's id (-1 without any), the table's own id and its
    metadata file.

    Raises BadInput, as all here do, in one line without the key of holdfast.toml.
    """
    file = uri if uri.endswith(".metadata.json") else _metadata(uri)
    with reporting(uri):
        about = _open(file).metadata
        return "iceberg", about.current_snapshot_id or -1, str(about.table_uuid), file


def columns(uri: str, stamp: Sequence[str | int]) -> list[str]:
    """The columns of a table as of the stamp."""
    with reporting(uri):
        return [one.name for one in _open(str(stamp[3])).schema().fields]


def rows(uri: str, stamp: Sequence[str | int], wanted: Sequence[str]) -> pa.RecordBatchReader:
    """The rows that count as of the stamp, a batch at a time."""
    with reporting(uri):
        return _open(str(stamp[3])).scan(selected_fields=tuple(wanted)).to_arrow_batch_reader()


def _open(file: str) -> Any:
    try:
        from pyiceberg.table import StaticTable
    except ImportError:
        raise BadInput("needs pyiceberg; pip install 'holdfast[iceberg]'") from None
    return StaticTable.from_metadata(file, properties=_properties(file))


def _properties(file: str) -> dict[str, str]:
    """What the environment says in pyiceberg's words; S3's and Google's credentials Arrow takes from there itself."""
    said: dict[str, str | None] = {}
    if file.startswith("s3:"):
        said = {"s3.endpoint": s3_endpoint(), "s3.region": s3_region()}
        said |= {"s3.connect-timeout": "10", "s3.request-timeout": "60"}
        said |= {"s3.force-virtual-addressing": "true" if s3_virtual() else None}
    elif file.startswith("abfss:"):
        said = {
            "adls.account-name": parse(file).account,
            "adls.account-key": azure_key(),
            "adls.sas-token": azure_token(),
        }
    return {key: value for key, value in said.items() if value}


def _metadata(uri: str) -> str:
    """The metadata file that counts in a table's folder."""
    if is_remote(uri):
        address = parse(uri)
        with told(address, uri):
            client = located(address)
            path = f"{address.path}/metadata"
            names = _names(client, path)
            hint = _read(client, f"{path}/{HINT}") if HINT in names else ""
        folder = address.of(path)
    else:
        folder = str(Path(uri) / "metadata")
        client = pf.LocalFileSystem()
        names = _names(client, folder)
        hint = _read(client, f"{folder}/{HINT}") if HINT in names else ""
    numbered = {name: int(found[1]) for name in names if (found := NUMBERED.fullmatch(name))}
    if not numbered:
        raise BadInput(f"'{uri}': no Iceberg table there (no metadata/*.metadata.json); correct the path, or format")
    last = int(hint) if hint.isdigit() and int(hint) in numbered.values() else max(numbered.values())
    chosen = [name for name, number in numbered.items() if number == last]
    if len(chosen) > 1:
        raise BadInput(
            f"'{uri}': {len(chosen)} metadata files are the newest ({', '.join(sorted(chosen))}), of which one was "
            "never committed; give the one that the catalog names as path"
        )
    return f"{folder}/{chosen[0]}"


def _names(client: pf.FileSystem, folder: str) -> list[str]:
    return [one.base_name for one in client.get_file_info(pf.FileSelector(folder, allow_not_found=True))]


def _read(client: pf.FileSystem, path: str) -> str:
    with client.open_input_stream(path) as stream:
        return bytes(stream.read(64)).decode(errors="replace").strip()


def reporting(uri: str) -> AbstractContextManager[None]:
    """Failures to read the table, also halfway through its rows, as BadInput in one line."""
    return lake_told(uri, _known, "look at the table")


def _known(error: Exception, text: str) -> str | None:
    if "equality delete" in text:
        return "has equality deletes, which pyiceberg does not read; have its engine rewrite the data files"
    if isinstance(error, FileNotFoundError):
        gone = "a file that its metadata names is not there"
        return f"{gone}; an Iceberg table is read where it was written, and not from a copy"
    return None
