"""A user's random number: the same whoever works it out, even over users, and independent of the parts."""

import duckdb
import numpy as np
import pytest

from serving.batch.part import prefix_of
from serving.scoring.bucket import BUCKETS, bucket, buckets

DUCKDB = "SELECT ('0x' || right(md5(user_id::VARCHAR), 8))::BIGINT % 10000 FROM (SELECT unnest($1) AS user_id)"
POSTGRES = "SELECT ('x' || right(md5(user_id::text), 8))::bit(32)::bigint % 10000 FROM unnest({}) AS user_id"
IDS = ["u-1", "Müller", "张三", "", "0017"]


def test_it_is_the_end_of_the_md5():
    # md5("1") = c4ca4238a0b923820dcc509a6f75849b
    assert bucket(1) == bucket("1") == 0x6F75849B % 10_000


def test_duckdb_says_the_same():
    for ids in (IDS, list(range(500))):
        assert [row[0] for row in duckdb.execute(DUCKDB, [ids]).fetchall()] == buckets(ids).tolist()


def test_postgresql_says_the_same(server):
    assert [row[0] for row in server.sql(POSTGRES.format(f"ARRAY{IDS}"))] == buckets(IDS).tolist()
    assert [row[0] for row in server.sql(POSTGRES.format(f"ARRAY{list(range(500))}"))] == buckets(range(500)).tolist()


@pytest.mark.parametrize("prefix", ["", "3", "a"])
def test_every_tenth_of_the_buckets_holds_a_tenth_of_the_users_of_every_part(prefix):
    users = [user for user in range(40_000) if prefix_of(user, 1).startswith(prefix)]
    found = buckets(users)
    assert found.min() >= 0 and found.max() < BUCKETS
    shares = np.bincount(found * 10 // BUCKETS, minlength=10) / len(users)
    assert shares == pytest.approx(np.full(10, 0.1), abs=4 * (0.09 / len(users)) ** 0.5)
