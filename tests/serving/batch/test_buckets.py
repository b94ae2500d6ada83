"""Every row before the as-of is in the bucket of its user, and in no other."""

from datetime import datetime, timedelta

import duckdb
import pyarrow as pa
import pytest

from features.errors import BadInput
from serving.batch import buckets
from serving.batch.buckets import digits_for, split
from serving.batch.part import prefix_of, prefixes

AS_OF = datetime(2026, 1, 1)
KNOWN = pa.table({"user_id": [1, 2, 3, 5]})
USERS = [1, 1, 2, 3, 4, 5, 5]
AGO = [1, 9, 2, 0, 1, 3, -1]  # user 3's row lies on the as-of, one of user 5's after it


@pytest.fixture
def tables(base):
    """Rows of orders with a column that nobody needs, and who signs up later among the users."""
    rows = {"user_id": USERS, "time": [AS_OF - timedelta(days=ago) for ago in AGO], "note": ["'"] * len(USERS)}
    users = {"user_id": [3], "signup_time": [AS_OF + timedelta(days=1)]}
    made = {"orders": pa.table(rows), "users": pa.table(users)}
    return {
        name: base.con.create_table(f"of_buckets_{name}", table, temp=True, overwrite=True)
        for name, table in made.items()
    }


def cut(base, tables, folder, digits=1):
    known = base.con.create_table("of_buckets_known", KNOWN, temp=True, overwrite=True)
    return split(base.con, tables, known, AS_OF, {"orders": {"user_id", "time", "known_at"}}, digits, folder)


def shown(base, found, name):
    """(bucket, user) of every row that a table shows, bucket by bucket."""
    rows = []
    for prefix in prefixes(found.digits):
        found.show(base.con, prefix)
        rows += [(prefix, user) for (user,) in base.con.con.sql(f"SELECT user_id FROM bucket_{name}").fetchall()]
    return sorted(rows)


def test_every_row_of_the_known_before_the_as_of_is_in_its_users_bucket(base, tables, tmp_path):
    found = cut(base, tables, tmp_path / "it's")
    expected = [(prefix_of(user, 1), user) for user, ago in zip(USERS, AGO, strict=True) if ago > 0 and user != 4]
    assert shown(base, found, "orders") == sorted(expected)


def test_users_are_kept_whole_and_others_to_what_is_needed(base, tables, tmp_path):
    found = cut(base, tables, tmp_path, digits=2)
    assert shown(base, found, "users") == [(prefix_of(3, 2), 3)]
    assert found.tables["orders"].columns == ("user_id", "time")
    assert found.tables["users"].columns == ("user_id", "signup_time")


def test_one_bucket_is_read_in_place(base, tables, tmp_path):
    found = cut(base, tables, tmp_path / "rows", digits=0)
    assert found.tables == tables and not (tmp_path / "rows").exists()


def test_what_is_split_is_not_split_again(base, tables, tmp_path, monkeypatch):
    first = shown(base, cut(base, tables, tmp_path), "orders")
    monkeypatch.setattr(buckets, "_write", None)
    assert shown(base, cut(base, tables, tmp_path), "orders") == first


def test_what_a_killed_run_left_half_split_is_split_anew(base, tables, tmp_path):
    left = tmp_path / ".orders.tmp" / "part=0"
    left.mkdir(parents=True)
    (left / "data_0.parquet").write_bytes(b"half")
    assert len(shown(base, cut(base, tables, tmp_path), "orders")) == 4
    assert sorted(file.name for file in tmp_path.iterdir()) == ["orders", "users"]


def test_rows_that_do_not_arrive_are_missed(base, tables, tmp_path, monkeypatch):
    class Less:
        num_rows = 0

    monkeypatch.setattr(buckets.pq, "read_metadata", lambda file: Less)
    with pytest.raises(BadInput, match=r"orders: 0 rows of 4 arrived; check the disk, and score again"):
        cut(base, tables, tmp_path)
    assert not (tmp_path / "orders").exists()


def test_a_bucket_that_is_not_there_is_empty(base, tables, tmp_path):
    found = cut(base, tables, tmp_path)
    empty = next(one for one in prefixes(1) if one not in {prefix_of(user, 1) for user in USERS})
    found.show(base.con, empty)
    assert base.con.con.sql("FROM bucket_orders").fetchall() == []


@pytest.mark.parametrize(
    ("users", "digits"),
    [(1, 0), (100_000, 0), (100_001, 1), (10_000_000, 1), (16_000_001, 2), (64_000_000, 2), (64_000_001, 3)],
)
def test_buckets_are_neither_many_nor_large(users, digits):
    assert digits_for(users) == digits


def test_md5_is_the_same_to_the_engine_and_to_readers():
    for user in (1, -5, 10**18, "ann", "zoë", "店"):
        (found,) = duckdb.execute("SELECT md5(?::VARCHAR)[1:2]", [user]).fetchone()
        assert found == prefix_of(user, 2)
