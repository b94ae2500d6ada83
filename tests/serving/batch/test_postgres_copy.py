"""A snapshot's second home: all rows or none, the old ones as long as the new are not in, and nobody else's table."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from features.config import ServerTable, Store
from features.errors import BadInput
from serving.batch import postgres_copy as module
from serving.batch.postgres_copy import copy_to_postgres


@pytest.fixture
def home(base, postgres):
    """The base's configuration with the table shop.churn as the second home of its snapshots."""
    store = base.config.store.model_dump() | {"postgres": ServerTable(uri="${PG}", table="shop.churn")}
    return base.config.model_copy(update={"store": Store(**store)})


@pytest.fixture
def next_run(base, tmp_path):
    """The same snapshot under the name of another run."""
    folder = tmp_path / "2027-01-01-next"
    folder.symlink_to(base.snapshot.folder)
    return type(base.snapshot)(folder, base.snapshot.manifest)


def runs(postgres):
    return postgres.sql("SELECT run, count(*) FROM shop.churn GROUP BY run")


def refused(home, snapshot):
    with pytest.raises(BadInput) as caught:
        copy_to_postgres(home, snapshot)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_every_row_is_there_with_its_values(base, home, postgres):
    assert copy_to_postgres(home, base.snapshot)
    assert runs(postgres) == [(base.snapshot.run_id, base.snapshot.manifest["users"])]
    rows = base.snapshot.table().to_pylist()
    names = base.snapshot.schema.names
    listed = ", ".join(f'"{name}"' for name in names)
    found = [
        dict(zip(names, row, strict=True)) for row in postgres.sql(f"SELECT {listed} FROM shop.churn ORDER BY user_id")
    ]
    nested = [name for name, value in rows[0].items() if isinstance(value, list)]
    assert "reasons" in nested
    for row in found:
        row |= {name: row[name] and json.loads(row[name]) for name in nested}
    assert found == rows


def test_reasons_can_be_asked_for_in_sql(base, home, postgres):
    copy_to_postgres(home, base.snapshot)
    user = next(row for row in base.snapshot.table().to_pylist() if row["reasons"])
    asked = f"SELECT reasons -> 0 ->> 'feature' FROM shop.churn WHERE user_id = {user['user_id']}"
    assert postgres.sql(asked) == [(user["reasons"][0]["feature"],)]


def test_the_newest_snapshot_takes_the_place_of_the_old(base, home, postgres, next_run):
    copy_to_postgres(home, base.snapshot)
    postgres.sql("CREATE VIEW shop.kept AS SELECT user_id FROM shop.churn WHERE eligible")
    assert copy_to_postgres(home, next_run)
    assert runs(postgres) == [(next_run.run_id, base.snapshot.manifest["users"])]
    assert postgres.sql("SELECT count(*) FROM shop.kept") == [(base.snapshot.manifest["eligible"],)]


def test_a_snapshot_that_is_there_is_left_alone(base, home, postgres):
    copy_to_postgres(home, base.snapshot)
    before = postgres.sql("SELECT xmin::text FROM shop.churn LIMIT 1")
    assert not copy_to_postgres(home, base.snapshot)
    assert postgres.sql("SELECT xmin::text FROM shop.churn LIMIT 1") == before
    postgres.sql("DELETE FROM shop.churn WHERE user_id = (SELECT min(user_id) FROM shop.churn)")
    assert copy_to_postgres(home, base.snapshot)
    assert runs(postgres) == [(base.snapshot.run_id, base.snapshot.manifest["users"])]


def test_readers_see_the_old_rows_until_all_new_ones_are_in(base, home, postgres, next_run, monkeypatch):
    copy_to_postgres(home, base.snapshot)
    old, seen = runs(postgres), []
    flat = module._flat
    monkeypatch.setattr(module, "_flat", lambda *given: seen.append(runs(postgres)) or flat(*given))
    monkeypatch.setattr(type(next_run), "iterate", lambda self: self._reader.batches(None, 500))
    copy_to_postgres(home, next_run)
    assert len(seen) > 3 and all(one == old for one in seen) and runs(postgres) != old


def test_a_server_that_dies_keeps_the_old_rows_and_is_told(base, home, postgres, next_run, monkeypatch):
    copy_to_postgres(home, base.snapshot)
    old, flat, calls = runs(postgres), module._flat, []

    def killing(*given):
        calls.append(1)
        if len(calls) == 3:
            postgres.kill()
        return flat(*given)

    monkeypatch.setattr(module, "_flat", killing)
    monkeypatch.setattr(type(next_run), "iterate", lambda self: self._reader.batches(None, 500))
    try:
        line = refused(home, next_run)
    finally:
        postgres.start()
    assert line.startswith("holdfast.toml: store.postgres.table: 'shop.churn': ")
    assert line.endswith(
        f"the table keeps its rows and {next_run.folder} is whole; see to that, then run 'holdfast score' again"
    )
    assert runs(postgres) == old
    assert copy_to_postgres(home, next_run)  # as 'holdfast score' does when it is run again


def test_a_damaged_part_keeps_the_old_rows(base, home, postgres, next_run, monkeypatch):
    copy_to_postgres(home, base.snapshot)
    old = runs(postgres)

    def damaged(self):
        yield from list(self._reader.batches(None, 500))[:2]
        raise BadInput("part-all.parquet is damaged")

    monkeypatch.setattr(type(next_run), "iterate", damaged)
    assert refused(home, next_run) == "part-all.parquet is damaged"
    assert runs(postgres) == old


def test_two_copies_at_once_are_one(base, home, postgres):
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda _: copy_to_postgres(home, base.snapshot), range(2)))
    assert sorted(done) == [False, True]
    assert runs(postgres) == [(base.snapshot.run_id, base.snapshot.manifest["users"])]


def test_without_a_second_home_nothing_is_done(base):
    assert not copy_to_postgres(base.config, base.snapshot)


def test_another_table_is_not_touched(base, home, postgres):
    postgres.sql("CREATE TABLE shop.churn (user_id int)", "INSERT INTO shop.churn VALUES (1)")
    assert refused(home, base.snapshot) == (
        "holdfast.toml: store.postgres.table: 'shop.churn' holds something else than snapshots; "
        "name a table that is not there yet"
    )
    assert postgres.sql("SELECT user_id FROM shop.churn") == [(1,)]


def test_columns_that_a_new_version_brings_are_added(base, home, postgres, next_run):
    copy_to_postgres(home, base.snapshot)
    postgres.sql("ALTER TABLE shop.churn DROP COLUMN reasons", "ALTER TABLE shop.churn ADD COLUMN note text")
    assert copy_to_postgres(home, next_run)
    assert postgres.sql("SELECT count(reasons) > 0, count(note) FROM shop.churn") == [(True, 0)]


def test_ids_of_another_type_are_told(base, home, postgres):
    copy_to_postgres(home, base.snapshot)
    postgres.sql("ALTER TABLE shop.churn ALTER COLUMN user_id TYPE text", "UPDATE shop.churn SET run = 'old'")
    assert refused(home, base.snapshot) == (
        "holdfast.toml: store.postgres.table: 'shop.churn': user_id is text there and bigint in the snapshot; "
        "drop the table"
    )


TABLES = {
    "nowhere.churn": 'schema "nowhere" does not exist',
    "shop.churn; DROP SCHEMA shop": "invalid name syntax",
}


@pytest.mark.parametrize("table", TABLES)
def test_a_table_that_cannot_be_made_is_told(base, home, table):
    store = home.store.model_copy(update={"postgres": ServerTable(uri="${PG}", table=table)})
    line = refused(home.model_copy(update={"store": store}), base.snapshot)
    assert line.startswith("holdfast.toml: store.postgres.table: ") and TABLES[table] in line


def test_a_server_that_cannot_be_reached_is_told(base, home, monkeypatch):
    monkeypatch.setenv("PG", "postgresql://ann:tiger@localhost:1/shop")
    line = refused(home, base.snapshot)
    assert line.startswith("holdfast.toml: store.postgres.uri: '${PG}': Connection refused") and "tiger" not in line


def test_names_are_taken_as_sql_takes_them(base, home, postgres):
    store = home.store.model_copy(update={"postgres": ServerTable(uri="${PG}", table='shop."Who Churns"')})
    config = home.model_copy(update={"store": store})
    assert copy_to_postgres(config, base.snapshot) and not copy_to_postgres(config, base.snapshot)
    assert postgres.sql('SELECT count(*) FROM shop."Who Churns"') == [(base.snapshot.manifest["users"],)]
