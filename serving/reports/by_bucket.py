"""A base bucket by bucket, so that what is worked out of all users takes the memory of one bucket's."""

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from features.build import known
from features.catalogue.columns_needed import columns_needed
from features.errors import BadInput
from features.user_base import UserBase
from serving.batch.buckets import Buckets, digits_for, split
from serving.batch.lock import alone
from serving.batch.part import prefixes


@dataclass(frozen=True)
class ByBucket:
    """part: the base whose tables show one bucket's rows at a time. users: known at the as-of, in all buckets."""

    part: UserBase
    users: int
    buckets: Buckets

    def each(self) -> Iterator[str]:
        """Show every bucket in turn: the prefix of its users' hash."""
        for prefix in prefixes(self.buckets.digits):
            self.buckets.show(self.part.con, prefix)
            yield prefix


@contextmanager
def by_bucket(
    base: UserBase, as_of: datetime, features: Iterable[str], job: str, digits: int | None = None
) -> Iterator[ByBucket]:
    """The base's rows before the as-of, as far as these features need them, split by md5(user_id as text).

    For DuckDB; on Spark: ``split_on_spark``. Up to 100,000 users are one bucket, read in place. job: names the split
    rows, which lie in the store's ``work`` and are removed afterwards. digits: of the hash, see ``buckets.digits_for``.
    Raises BadInput where nobody is known at the as-of.
    """
    everybody = base.con.create_table("known", known(base, as_of), temp=True, overwrite=True)
    users = int(base.con.to_pyarrow(everybody.count()).as_py())
    if not users:
        raise BadInput(f"as-of {as_of:%Y-%m-%d %H:%M}: no user is known then; take a later as-of")
    digits = digits_for(users) if digits is None else digits
    if not digits:
        yield ByBucket(base, users, Buckets(base.tables, 0))
        return
    needed = columns_needed(base.tables, features)
    work = base.config.store_path / "work" / f"{job}-{os.getpid()}"
    with alone(work.with_suffix(".lock")):
        try:
            rows = split(base.con, base.tables, everybody, as_of, needed, digits, work)
            yield ByBucket(base.over(rows.tables), users, rows)
        finally:
            shutil.rmtree(work, ignore_errors=True)
