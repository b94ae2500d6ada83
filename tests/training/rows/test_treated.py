"""Rows of treated users are found by what overlaps, whoever tells of it, and become what train.treated says."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.config import Store
from features.user_base import UserBase
from training.rows.treated import TREATED, apart, scored, treated

RUN = "2025-12-01-0123456789/winback"


@pytest.fixture
def base_of(config_of, con, tables_of, tmp_path):
    """base_of(messages=None, **train): users 0 to 9 with an order each, a horizon of 30 days, a store of its own."""

    def make(messages=None, **train):
        tables = {"orders": ("user_id order_id ago amount", *((user, user, 40.0, 1) for user in range(10)))}
        if messages is not None:
            tables["messages"] = ("user_id ago channel campaign_id", *messages)
        config = config_of(tuple(tables), churn={"activity": ["orders"]}, train=train)
        config = config.model_copy(update={"store": Store(path=str(tmp_path))})
        return UserBase(config, con, tables_of(**tables))

    return make


@pytest.fixture
def rows(rows_of, cutoff):
    """Users 0 to 9 at the cutoff and at one 60 days before."""
    made = rows_of(
        churned=[0, 1] * 10, cutoff=[0] * 10 + [1] * 10, cutoffs=(cutoff - timedelta(days=60), cutoff), f=range(20)
    )
    return replace(made, user_id=pa.chunked_array([pa.array([*range(10)] * 2)]))


def assigned(base, cutoff, *given):
    """Into the store: user, days before the cutoff, arm."""
    file = base.config.store_path / "campaigns" / "assignments.parquet"
    file.parent.mkdir(parents=True, exist_ok=True)
    users, ago, arms = zip(*given, strict=True)
    times = pa.array([cutoff - timedelta(days=days) for days in ago], pa.timestamp("us"))
    pq.write_table(pa.table({"user_id": pa.array(users), "time": times, "arm": pa.array(arms)}), file)


def test_outcome_windows_that_overlap_the_label_window_count_and_no_others(base_of, rows, cutoff):
    base = base_of()
    assigned(
        base,
        cutoff,
        (0, 0.0, "treatment"),
        (1, 29.9, "treatment"),  # its 30 days reach into the label's
        (2, 30.0, "treatment"),  # they end as the label's begin; those of the older cutoff had ended
        (3, -29.9, "treatment"),
        (4, -30.0, "treatment"),
        (5, 0.0, "holdout"),
        (6, 60.0, "treatment"),  # at the older cutoff
        (77, 0.0, "treatment"),
    )
    assert np.flatnonzero(treated(base, rows)).tolist() == [6, 10, 11, 13]


def test_messages_of_own_runs_and_assignments_from_elsewhere_count(base_of, rows, con):
    base = base_of(messages=[(1, 5.0, "sms", RUN), (2, 5.0, "sms", "newsletter"), (3, 5.0, "sms", None)])
    assert np.flatnonzero(treated(base, rows)).tolist() == [11]
    times = pa.array([rows.cutoffs[1]] * 2, pa.timestamp("us"))
    elsewhere = con.create_table(
        "elsewhere",
        pa.table({"user_id": [7, 8], "time": times, "arm": ["treatment", "holdout"]}),
        temp=True,
        overwrite=True,
    )
    both = replace(base, tables=replace(base.tables, assignments=elsewhere))
    assert np.flatnonzero(treated(both, rows)).tolist() == [11, 17]


@pytest.mark.parametrize("how", ["keep", "drop", "feature"])
def test_rows_become_what_the_setting_says_and_the_share_is_told(base_of, rows, cutoff, how):
    base = base_of(treated=how)
    assigned(base, cutoff, *((user, 0.0, "treatment") for user in (0, 4, 5)))
    found = apart(base, rows)
    assert found.treated == 3 / 20
    assert len(found) == (17 if how == "drop" else 20)
    if how == "drop":
        assert found.features["f"].tolist() == [*range(10), 11, 12, 13, 16, 17, 18, 19]
        assert found.user_id.to_pylist() == [*range(10), 1, 2, 3, 6, 7, 8, 9]
        assert found.churned.tolist() == [int(x) % 2 for x in found.features["f"]]
    assert (TREATED in found.features) == (how == "feature")
    if how == "feature":
        assert list(found.features)[-1] == TREATED
        assert np.flatnonzero(found.features[TREATED]).tolist() == [10, 14, 15]
        assert scored(tuple(found.features)) == ("f",)


def test_without_campaigns_nothing_changes(base_of, rows):
    assert apart(base_of(treated="drop"), rows) is rows
