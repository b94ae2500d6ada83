"""Reads Delta tables by deltalake, whose query engine minds deletion vectors and renamed columns."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

import pyarrow as pa

from features.errors import BadInput
from features.places.address import is_remote
from features.places.filesystems import lake_told
from features.places.surroundings import s3_endpoint, s3_region, s3_virtual

VERSIONS = "the version that was begun with may have been vacuumed meanwhile; run it again"


def newest(uri: str) -> tuple[str | int, ...]:
    """What tells the version of a table: its kind, the number of the version, and the table's own id.

    Raises BadInput, as all here do, in one line without the key of holdfast.toml.
    """
    with reporting(uri):
        table = _open(uri)
        return "delta", table.version(), table.metadata().id


def columns(uri: str, stamp: Sequence[str | int]) -> list[str]:
    """The columns of a table at the version of the stamp."""
    with reporting(uri):
        return [one.name for one in _open(uri, int(stamp[1])).schema().fields]


def rows(uri: str, stamp: Sequence[str | int], wanted: Sequence[str]) -> pa.RecordBatchReader:
    """The rows that count at the version of the stamp, a batch at a time."""
    from deltalake import QueryBuilder

    # Not to_pyarrow_dataset: it refuses deletion vectors, and of renamed columns it makes nulls.
    names = ", ".join('"' + one.replace('"', '""') + '"' for one in wanted)
    with reporting(uri):
        found = QueryBuilder().register("t", _open(uri, int(stamp[1]))).execute(f"SELECT {names} FROM t")
        return pa.RecordBatchReader.from_stream(found)


def _open(uri: str, version: int | None = None) -> Any:
    try:
        from deltalake import DeltaTable
    except ImportError:
        raise BadInput("needs deltalake; pip install 'holdfast[delta]'") from None
    return DeltaTable(uri, version=version, storage_options=_options(uri))


def _options(uri: str) -> dict[str, str] | None:
    """What the environment says in other words; the credentials deltalake takes from there itself."""
    if not is_remote(uri):
        return None
    given = {"connect_timeout": "10s", "timeout": "60s", "max_retries": "3", "retry_timeout": "20s"}
    if not uri.startswith("s3:"):
        return given
    if endpoint := s3_endpoint():
        given |= {"AWS_ENDPOINT_URL": endpoint, "AWS_ALLOW_HTTP": str(endpoint.startswith("http:")).lower()}
        given |= {"AWS_VIRTUAL_HOSTED_STYLE_REQUEST": str(s3_virtual()).lower()}
    if region := s3_region():
        given["AWS_REGION"] = region
    return given


def reporting(uri: str) -> AbstractContextManager[None]:
    """Failures to read the table, also halfway through its rows, as BadInput in one line."""
    return lake_told(uri, _known, VERSIONS)


def _known(error: Exception, text: str) -> str | None:
    if type(error).__name__ == "TableNotFoundError" or "Not a Delta table" in text or "no log files" in text:
        return "no Delta table there; correct the path, or format"
    return None
