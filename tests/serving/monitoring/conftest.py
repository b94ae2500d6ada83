"""Snapshots of a few days of the small base, scored once in a store of the tests' own."""

from dataclasses import replace
from datetime import timedelta

import pytest

from features.user_base import UserBase
from serving.batch import score as job
from serving.monitoring.logs.day_counts import day_counts
from training.tracking import Version

DAY = timedelta(days=1)
AGO = (95, 65, 35, 2, 1, 0)  # days before the end of the logs


def as_known(base: UserBase, at, tables=None) -> UserBase:
    """The base as it was known at a moment, with other tables where they are given."""
    known = replace(base.tables, observed_until=at, tables=tables or base.tables.tables)
    return replace(base, tables=known, built={})


@pytest.fixture(scope="session")
def older(base) -> Version:
    """The base's model, which says that it learned up to 100 days before the end: else nothing it said would count."""
    close = base.tables.observed_until - 100 * DAY
    told = base.model.bundle.trained_on | {"labels_close": close.isoformat()}
    return Version("older", "", replace(base.model.bundle, trained_on=told))


@pytest.fixture(scope="session")
def monitored(base, older, tmp_path_factory) -> UserBase:
    """The base with a store of snapshots of AGO. Tests read it; who scores copies the store."""
    store = base.config.store.model_copy(update={"path": str(tmp_path_factory.mktemp("monitored"))})
    found = UserBase(base.config.model_copy(update={"store": store}), base.con, base.tables)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(job, "write_boards", lambda *_: {"made": {}, "missing": {}})
        for days in AGO:
            at = base.tables.observed_until - days * DAY
            job.score(as_known(found, at), older, at)
    return found


@pytest.fixture(scope="session")
def counts(base):
    """The last nine weeks of the base's tables."""
    return day_counts(base, base.tables.observed_until, 63)
