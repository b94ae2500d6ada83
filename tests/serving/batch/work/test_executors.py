"""On a cluster: what executors make is what DuckDB makes, a worker may die, and one without the store is told of."""

import time

import pyarrow as pa
import pytest

from serving.batch.part import finished_part, part_file, write_part
from serving.batch.snapshot import latest
from serving.batch.work import executors
from tests.serving.batch.work import every_verb
from tests.serving.batch.work.every_verb import Driver, differences

USERS = 400
VERBS = ("scored",)  # boards too; benchmarks/bench_cluster.py has the other verbs, and more deaths


@pytest.fixture(scope="module")
def made(needs, tmp_path_factory):
    """A folder with a base, a bundle, and what DuckDB makes of them."""
    needs("spark")
    folder = tmp_path_factory.mktemp("made")
    every_verb.make(folder, USERS)
    assert [one for one in every_verb.do(folder, "duckdb", VERBS) if "error" in one] == []
    return folder


@pytest.fixture(scope="module")
def driver(made, cluster):
    driver = Driver(made, "spark", cluster.environment)
    yield driver
    driver.stop()


def test_executors_make_what_duckdb_makes_though_a_worker_is_killed(made, cluster, driver):
    driver.begin("scored")
    work = made / "spark" / "store" / "work"
    end = time.monotonic() + 300
    while not list(work.glob("*/features-2")):  # in the middle: some dates are built, others and the scores are not
        assert time.monotonic() < end
        time.sleep(0.1)
    cluster.kill(0)
    cluster.add(2)
    told = [driver.end(), *(driver.do(verb) for verb in VERBS[1:])]
    assert [one for one in told if "error" in one] == []
    assert differences(made, "duckdb", "spark") == {}
    rows = latest(made / "spark" / "store").table(["level", "tags", "stage", "reasons"]).to_pydict()
    assert {None, "silver", "gold"} == {*rows["level"]} and 5 < sum(map(len, rows["tags"])) < USERS


def test_a_worker_without_the_store_is_named_whenever_it_joins(needs, made, cluster, driver):
    needs("mounts")
    cluster.add(3, without=made / "spark" / "store")
    cluster.launched(3)
    error = driver.do("features")["error"]
    assert error.startswith("engine.master: the worker on ") and "does not see the store" in error
    assert "\n" not in error


def test_an_attempt_finds_what_another_finished_and_makes_damage_good(tmp_path, monkeypatch):
    rows, made = pa.table({"user_id": [1, 2]}), []

    class Features:
        def find(self, prefix):
            return prefix

    def bucket_rows(of, bundle, found, prefix):
        made.append(prefix)
        return rows, {"counts": {}}

    class Of:
        folder = tmp_path

    monkeypatch.setattr(executors, "bucket_rows", bucket_rows)
    record = executors.score_bucket(Of, None, Features(), "3f")
    assert record["rows"] == 2 and record == finished_part(tmp_path, "3f")
    assert executors.score_bucket(Of, None, Features(), "3f") == record and made == ["3f"]
    part_file(tmp_path, "3f").write_bytes(b"of another attempt")
    assert executors.score_bucket(Of, None, Features(), "3f") == record and made == ["3f", "3f"]
    monkeypatch.setattr(executors, "write_part", lambda *given: write_part(*given) and spoil(tmp_path))
    spoil(tmp_path)
    with pytest.raises(executors.BadInput, match=r"part 3f is not what was written; check the disk"):
        executors.score_bucket(Of, None, Features(), "3f")


def spoil(folder):
    part_file(folder, "3f").write_bytes(b"lost")


def test_a_bundle_arrives_as_it_was_and_its_name_tells_its_content(made, tmp_path):
    bundle = every_verb.bundles.load(made / "bundle")
    (tmp_path / "again").mkdir()
    file, again = executors.packed(bundle, tmp_path), executors.packed(bundle, tmp_path / "again")
    assert executors.unpacked(str(file)) == bundle
    assert file.name.startswith("holdfast-bundle-") and again.parent != file.parent
