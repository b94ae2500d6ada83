"""A base on Spark for the jobs that tell of all users: their features lie in the store by bucket, executors go on."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from features.build import count_known
from features.errors import BadInput
from features.progress import Progress
from features.user_base import UserBase
from serving.batch.bucket_features import RequiredFeatures, SplitFeatures, on_spark, populations
from serving.batch.buckets import digits_for
from serving.batch.lock import alone
from serving.batch.part import prefixes


@dataclass(frozen=True)
class Split:
    """users: known at the last date. work: a folder in the store, for what is removed afterwards."""

    base: UserBase
    users: int
    digits: int
    work: Path

    @property
    def prefixes(self) -> list[str]:
        return prefixes(self.digits)

    def features(self, at: datetime, required: RequiredFeatures, progress: Progress) -> SplitFeatures:
        """Have executors build what is required of everybody known at a date, and write it by bucket."""
        work = self.work / f"{at:%Y%m%dT%H%M%S%f}"
        work.mkdir(exist_ok=True)
        return on_spark(self.base, required, populations(self.base, at, required), self.digits, work, progress)


@contextmanager
def split_on_spark(base: UserBase, at: datetime, job: str, digits: int | None = None) -> Iterator[Split]:
    """The base by bucket of md5(user_id as text); up to 100,000 users are one. job: names the work folder.

    Raises BadInput where nobody is known at the date.
    """
    users = count_known(base, at)
    if not users:
        raise BadInput(f"as-of {at:%Y-%m-%d %H:%M}: no user is known then; take a later as-of")
    work = base.config.store_path / "work" / f"{job}-{os.getpid()}"
    with alone(work.with_suffix(".lock")):
        try:
            work.mkdir(parents=True, exist_ok=True)
            yield Split(base, users, digits_for(users) if digits is None else digits, work)
        finally:
            shutil.rmtree(work, ignore_errors=True)
