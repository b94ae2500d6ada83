from pathlib import Path

import pyarrow as pa
import pytest
from ibis.backends.duckdb import Backend

from features.config import load
from features.errors import BadInput
from features.tables import clean, converted
from features.user_base import opened

TOML = '[tables.orders]\npath = "orders.csv"\n'


@pytest.fixture
def config(tmp_path):
    (tmp_path / "holdfast.toml").write_text(TOML)
    (tmp_path / "orders.csv").write_text("user_id,time,amount\n1,2026-01-01,5\n2,2026-01-02,7\n")
    return load(tmp_path / "holdfast.toml")


def test_an_open_base_has_its_tables_and_is_closed_afterwards(config):
    with opened(config) as base:
        assert set(base.tables) == {"orders"} and base.tables.counts["orders"].used == 2
        assert base.con.to_pyarrow(base.tables["orders"].count()).as_py() == 2
        scratch = config.store_path / "tmp"
        assert any(scratch.iterdir())
    assert not any(scratch.iterdir())


def test_a_part_of_a_base_shares_no_built_features_with_it(config):
    with opened(config) as base:
        base.built[base.tables.observed_until, 1.0] = pa.table({"user_id": [1, 2]})
        orders = base.tables["orders"]
        part = base.over({"orders": orders.filter(orders.user_id == 1)})
        assert part.con.to_pyarrow(part.tables["orders"].count()).as_py() == 1
        assert part.built == {} and part.tables.observed_until == base.tables.observed_until


def test_a_table_that_cannot_be_read_is_told_and_leaves_no_session(config):
    (config.file.parent / "orders.csv").unlink()
    with pytest.raises(BadInput, match=r"tables.orders.path: no file at 'orders.csv'"), opened(config):
        pass
    assert not any((config.store_path / "tmp").iterdir())


def grow(file):
    with file.open("a") as out:
        out.write("3,2026-01-03,5\n")


CHANGES = {
    "was changed": grow,
    "is gone": lambda file: file.unlink(),
    "is new": lambda file: file.with_name("orders2.csv").write_text("user_id,time,amount\n"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_an_input_that_was_changed_since_is_told_by_its_file(config, what):
    config.file.write_text(TOML.replace("orders.csv", "orders*.csv"))
    orders = config.file.with_name("orders.csv")
    with opened(load(config.file)) as base:
        base.still_as_read()
        CHANGES[what](orders)
        file = orders if what != "is new" else orders.with_name("orders2.csv")
        with pytest.raises(BadInput) as caught:
            base.still_as_read()
    assert str(caught.value).startswith(f"tables.orders: {file} {what} since it was read; run it again")


def test_a_file_that_changes_while_it_is_read_stops_the_run(config, monkeypatch):
    def observed(*given):
        grow(config.file.with_name("orders.csv"))
        return whole(*given)

    whole = clean.observed
    monkeypatch.setattr(clean, "observed", observed)
    with pytest.raises(BadInput, match="orders.csv was changed since it was read"), opened(config):
        pass


def test_a_full_disk_is_told_while_tables_are_read(config, monkeypatch):
    def full(con, *given, **more):
        con.con.execute("COPY (FROM range(9)) TO '/dev/full' (FORMAT csv)").fetchall()

    monkeypatch.setattr(Backend, "create_table", full)
    with pytest.raises(BadInput, match="the disk is full while the tables are read; free some space"), opened(config):
        pass


def test_a_full_disk_is_told_while_files_are_converted(config, monkeypatch):
    config.file.write_text(TOML + 'encoding = "latin-1"\n')
    monkeypatch.setattr(converted, "_as_utf8", lambda *_: Path("/dev/full").write_bytes(b"1"))
    with pytest.raises(BadInput, match="the disk is full while the tables are read"), opened(load(config.file)):
        pass
