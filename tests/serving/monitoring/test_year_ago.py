"""Whether users stay away otherwise than users alike a year ago: the sum, and bases made by hand."""

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.config import load
from features.user_base import opened
from serving.monitoring.year_ago import ALARM, cusum, findings, year_ago

END, DAYS, USERS = datetime(2026, 1, 1), 820, 2000


def test_a_sum_rises_only_by_what_is_above_the_slack_and_looks_both_ways():
    assert cusum(np.array([1.9, -1.9, 2.0])) == [0, 0, 0]
    assert cusum(np.array([3.0, 3.0, 1.25])) == [1, 2, 1.25]
    assert cusum(np.array([-4.0, 1.25, 4.25])) == [-2, 0, 2.25]


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """shop(rate): a base with 2,000 users who come on one day in twenty, and on so many in the last 50 days."""

    def make(rate):
        folder, random = tmp_path_factory.mktemp("year"), np.random.default_rng(5)
        comes = random.random((USERS, DAYS)) < 0.05
        comes[:, -50:] = random.random((USERS, 50)) < rate
        user, day = np.nonzero(comes)
        time = np.datetime64(END) - np.timedelta64(DAYS, "D") + day.astype("m8[D]") + np.timedelta64(9, "h")
        rows = {"user_id": user, "time": time.astype("M8[us]"), "amount": np.ones(len(user))}
        pq.write_table(pa.table(rows), folder / "orders.parquet")
        (folder / "holdfast.toml").write_text(
            '[tables.orders]\npath = "orders.parquet"\n[churn]\nactivity = ["orders"]\nhorizon_days = 30\n'
        )
        return opened(load(folder / "holdfast.toml"))

    return make


def test_users_who_come_as_they_did_are_not_told_and_users_who_come_less_are(shop):
    with shop(0.05) as base:
        quiet = year_ago(base, base.tables.observed_until)
        assert not quiet.changed and findings(quiet) == [] and quiet.silent == pytest.approx(0.95**28, abs=0.03)
        short = replace(base.tables, observed_from=END - timedelta(days=500))
        assert year_ago(replace(base, tables=short, built={}), END) is None
    with shop(0.04) as base:
        fewer = year_ago(base, base.tables.observed_until)
    assert fewer.changed and fewer.sum > ALARM
    (told,) = findings(fewer)
    assert told.level == "retrain" and "stay away more than users like them a year ago" in told.said.en
    assert "更少活动" in told.said.zh
