import pyarrow as pa
import pytest

from features.config import load
from features.errors import BadInput
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
