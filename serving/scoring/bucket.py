"""The random number that every user has for good: what holdouts and samples go by."""

import hashlib
from collections.abc import Sequence

import numpy as np

BUCKETS = 10_000


def bucket(user: int | str) -> int:
    """0 to 9,999: the last 8 hex digits of md5(user id as text), mod 10,000.

    The same in SQL: ``('0x' || right(md5(user_id::VARCHAR), 8))::BIGINT % 10000`` in DuckDB,
    ``('x' || right(md5(user_id::text), 8))::bit(32)::bigint % 10000`` in PostgreSQL. The parts of a snapshot go by the
    first digits, so that a bucket's users are in all of them.
    """
    return int(hashlib.md5(str(user).encode(), usedforsecurity=False).hexdigest()[-8:], 16) % BUCKETS


def buckets(users: Sequence[int | str]) -> np.ndarray:
    """The bucket of each user, shape (users,)."""
    return np.fromiter(map(bucket, users), np.int64, len(users))
