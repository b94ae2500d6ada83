import json
from pathlib import Path

import pyarrow as pa
import pytest

from features.engine import spark_workers
from features.engine.spark_tasks import each_task
from features.errors import BadInput


class Session:
    """Runs tasks here, the last first and some twice; those of ``lost`` not at all."""

    def __init__(self, lost=()):
        self.lost = lost

    def range(self, begin, end, step, parts):
        self.numbers = [number for number in reversed(range(begin, end)) if number not in self.lost]
        return self

    def mapInArrow(self, work, schema):
        batches = [pa.RecordBatch.from_pydict({"id": [number]}) for number in [*self.numbers, *self.numbers[:1]]]
        self.rows = [row for batch in work(iter(batches)) for row in batch.to_pylist()]
        return self

    def collect(self):
        return self.rows


@pytest.fixture
def seen(monkeypatch):
    found = []
    monkeypatch.setattr(spark_workers, "see", lambda session, folder, alike: found.append((folder, alike)))
    return found


def test_what_executors_tell_comes_in_the_order_of_buckets_and_is_json(seen, tmp_path):
    told = each_task(None, tmp_path, ["0", "1", "2"], lambda prefix: {"of": (prefix, 1.5)}, Session())
    assert told == [json.loads(json.dumps({"of": [prefix, 1.5]})) for prefix in "012"]
    assert seen == [(tmp_path, True)] * 2  # before the work, and again for those that joined meanwhile


def test_a_bucket_that_nobody_tells_of_ends_the_run(seen):
    with pytest.raises(BadInput, match=r"^of-it: of 3 parts Spark left out 1, as 1; try again$"):
        each_task(None, Path("of-it"), ["0", "1", "2"], len, Session(lost=[1]))
