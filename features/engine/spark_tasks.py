"""A task of Spark for each bucket or file: executors work where the rows lie, and tell this process numbers alone."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from features.config import Config
from features.engine import spark_session, spark_workers
from features.engine.spark_failure import reporting_errors
from features.errors import BadInput

TOLD = "prefix string, told string"


def each_task(
    config: Config, folder: Path, prefixes: Sequence[str], do: Callable[[str], Any], session: Any = None
) -> list[Any]:
    """What ``do`` tells of each bucket, in order: executors call it, one bucket a task, some perhaps twice.

    prefixes: of the buckets, or other names of pieces of work. do: takes one, and returns what JSON can hold, of a size
    that does not grow with the users. folder:
    in the store, where it reads or writes. Raises BadInput where an executor does not see that or has another
    Holdfast, and with the cause where one fails.
    """
    session = session or spark_session.own_session(config)
    with reporting_errors():
        spark_workers.see(session, folder, alike=True)
        tasks = session.range(0, len(prefixes), 1, len(prefixes))
        rows = tasks.mapInArrow(_doing(do, tuple(prefixes)), TOLD).collect()
        told = {row["prefix"]: json.loads(row["told"]) for row in rows}
        spark_workers.see(session, folder, alike=True)  # those that came meanwhile
    if lost := [prefix for prefix in prefixes if prefix not in told]:
        raise BadInput(f"{folder}: of {len(prefixes)} parts Spark left out {len(lost)}, as {lost[0]}; try again")
    return [told[prefix] for prefix in prefixes]


def _doing(do: Callable[[str], Any], prefixes: tuple[str, ...]) -> Any:
    """What a task does with the numbers of prefixes that it is given."""

    def work(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for number in batch.column(0).to_pylist():
                told = json.dumps(do(prefixes[number]))
                yield pa.RecordBatch.from_pylist([{"prefix": prefixes[number], "told": told}])

    return work
