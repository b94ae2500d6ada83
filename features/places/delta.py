"""Reads Delta tables by deltalake, whose query engine minds deletion vectors and renamed columns."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from features.engine.full_disk import is_full
from features.errors import BadInput
from features.places.address import is_remote, parse
from features.places.filesystems import meaning
from features.places.surroundings import s3_endpoint, s3_region, s3_virtual, without_secrets

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


@contextmanager
def reporting(uri: str) -> Iterator[None]:
    """Turn a failure to read the table, also halfway through its rows, into BadInput in one line."""
    try:
        yield
    except BadInput:
        raise
    except Exception as error:
        if is_full(error):
            raise
        text = " ".join(str(error).split())
        if type(error).__name__ == "TableNotFoundError" or "Not a Delta table" in text or "no log files" in text:
            raise BadInput(f"'{uri}': no Delta table there; correct the path, or format") from None
        if is_remote(uri):
            raise BadInput(f"'{uri}': {meaning(parse(uri), text)}") from None
        raise BadInput(f"'{uri}': cannot be read: {without_secrets(text)[:300]}; {VERSIONS}") from None
