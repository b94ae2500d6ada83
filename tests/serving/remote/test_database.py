"""MLflow's file is the same bytes wherever a store lies, and its paths hold on each machine."""

import sqlite3

import pytest

from features.errors import BadInput
from serving.remote.database import pack, unpack
from training.mlflow_place import DATABASE


@pytest.fixture
def stores(tmp_path):
    found = [tmp_path / name for name in ("a", "somewhere/else")]
    for store in found:
        store.mkdir(parents=True)
    with sqlite3.connect(found[0] / DATABASE) as database:
        database.execute("CREATE TABLE runs (artifact_uri TEXT, name TEXT)")
        rows = [(f"{found[0].as_uri()}/mlartifacts/{one}", f"run {one}") for one in range(300)]
        database.executemany("INSERT INTO runs VALUES (?, ?)", [*rows, ("s3://elsewhere/1", "far")])
        database.execute("DELETE FROM runs WHERE name LIKE 'run 1%'")
    return found


def test_packed_on_either_machine_it_is_the_same_bytes_and_paths_hold_there(stores, tmp_path):
    ours, theirs = stores
    pack(ours, tmp_path / "one")
    packed = (tmp_path / "one").read_bytes()
    assert str(ours).encode() not in packed
    unpack(tmp_path / "one", theirs)
    pack(theirs, tmp_path / "two")
    assert (tmp_path / "two").read_bytes() == packed
    with sqlite3.connect(theirs / DATABASE) as database:
        found = {row[0] for row in database.execute("SELECT artifact_uri FROM runs")}
    assert f"{theirs.as_uri()}/mlartifacts/2" in found and "s3://elsewhere/1" in found


def test_who_has_it_open_sees_what_came(stores, tmp_path):
    ours, theirs = stores
    with sqlite3.connect(theirs / DATABASE) as reader:
        reader.execute("CREATE TABLE runs (artifact_uri TEXT, name TEXT)")
        reader.commit()
        pack(ours, tmp_path / "one")
        unpack(tmp_path / "one", theirs)
        assert reader.execute("SELECT count(*) FROM runs").fetchone()[0] > 100


def test_what_is_no_database_is_told_in_a_line(stores, tmp_path):
    (stores[0] / DATABASE).write_bytes(b"no database" * 100)
    with pytest.raises(BadInput, match=r"mlflow.db: cannot be read .*--theirs"):
        pack(stores[0], tmp_path / "one")
