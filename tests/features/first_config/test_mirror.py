"""A first configuration is written of object storage and of lakehouse tables as of files here, and names them."""

import tomllib

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.config import load
from features.errors import BadInput
from features.first_config import append, write
from features.places.files import find

ORDERS = "customer_id,order_date,total\n" + "".join(
    f"{user},2026-01-{day:02d} 10:00:00,{day}.50\n" for user in range(30) for day in range(1, 8)
)
USERS = pa.table({"customer_id": list(range(30)), "signup_date": ["2025-01-01"] * 30, "email_opt_in": [True] * 30})


def test_files_on_object_storage_are_looked_at_and_named(s3, tmp_path):
    for month in range(1, 6):
        s3.put(ORDERS.encode(), f"shop/orders/2026-0{month}.csv")
    pq.write_table(USERS, tmp_path / "users.parquet")
    s3.put(tmp_path / "users.parquet", "shop/users.parquet")
    target = tmp_path / "holdfast.toml"
    told = write([f"{s3.uri}/shop/orders", f"{s3.uri}/shop/users.parquet"], target)
    config = load(target)
    assert len(find(config, "orders")) == 5 and find(config, "users") == [f"{s3.uri}/shop/users.parquet"]
    assert config.tables["orders"].columns["amount"] == "total"
    assert any(line.startswith(f"{s3.uri}/shop/orders/2026-01.csv and 4 more: orders (") for line in told)
    assert str(target.parent) not in target.read_text() and "/tmp" not in target.read_text()
    append(target)
    assert "users.email_opt_in" in target.read_text()  # so the columns of users were seen


def test_a_place_without_files_is_told_by_its_uri(s3, tmp_path):
    with pytest.raises(BadInput, match=f"^'{s3.uri}/none': no file there"):
        write([f"{s3.uri}/none"], tmp_path / "holdfast.toml")
    s3.put(b"a,b\n1,2\n", "odd.csv")
    with pytest.raises(BadInput, match=f"^{s3.uri}/odd.csv: "):
        write([f"{s3.uri}/odd.csv"], tmp_path / "holdfast.toml")


def test_a_delta_table_gets_its_format(needs, tmp_path, monkeypatch):
    needs("delta")
    from deltalake import write_deltalake

    rows = [line.split(",") for line in ORDERS.splitlines()]
    table = pa.table(dict(zip(rows[0], map(list, zip(*rows[1:], strict=True)), strict=True)))
    write_deltalake(tmp_path / "lake/orders", table)
    monkeypatch.chdir(tmp_path)
    write(["lake/orders"], tmp_path / "holdfast.toml")
    given = tomllib.loads((tmp_path / "holdfast.toml").read_text())["tables"]["orders"]
    assert (given["path"], given["format"]) == ("lake/orders", "delta")
