"""What became of users over several horizons: measured on windows that had all closed, and right on a known base."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.metrics import roc_auc_score

from features.config import load
from features.simulate import simulate
from features.user_base import UserBase, opened
from training.fit.lifetime_windows import lifetime_cutoffs, measure_lifetime
from training.fit.train import complete, training_rows
from training.rows import labels
from training.rows.spine import floats, rows

FIRST = datetime(2024, 1, 1)


@pytest.mark.parametrize(
    "days, closed, back",
    [
        (480, 8, [240, 300, 360]),  # half of the logs ahead of the latest cutoff, a quarter before the first
        (478.6, 8, [240, 299, 359]),  # a first row in the afternoon costs no horizon
        (470, 7, [210, 281, 352]),
        (2000, 8, [240, 870, 1500]),
        (120, 2, [60, 75, 90]),
        (60, 1, [30, 38, 45]),
        (20, 0, [30]),
    ],
)
def test_half_of_the_logs_is_looked_ahead_and_the_cutoffs_spread_over_the_year(config_of, days, closed, back):
    test = FIRST + timedelta(days=days)
    found, cutoffs = lifetime_cutoffs(config_of(), FIRST, test)
    assert found == closed and [round((test - at) / timedelta(days=1)) for at in reversed(cutoffs)] == back


def test_gap_and_value_horizon_have_closed_too(config_of):
    test = FIRST + timedelta(days=480)
    for sections, ahead in (({"churn": {"gap_days": 5}}, 245), ({"value": {"horizon_days": 300}}, 300)):
        _, cutoffs = lifetime_cutoffs(config_of(**sections), FIRST, test)
        assert test - cutoffs[-1] == timedelta(days=ahead)


@pytest.fixture
def told(system):
    """told(days): the tables for a test so many days after the first row, and what is said of them."""

    def make(days, tables=system.tables):
        test = (tables.observed_from + timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0)
        return measure_lifetime(UserBase(system.config, system.con, tables), system.bundle, test)

    return make


def test_short_logs_have_no_lifetime_and_it_is_said(told):
    assert told(100) == (None, "no lifetime: the logs hold 99 days, 120 are needed")


def test_too_few_users_have_no_lifetime_and_it_is_said(told, monkeypatch):
    monkeypatch.setattr("training.fit.lifetime_windows.FEWEST_USERS", 10_000)
    found, what = told(210)
    assert found is None and what.startswith("no lifetime: ") and what.endswith(" users at 3 cutoffs, 10000 are needed")


def test_what_comes_after_the_test_changes_nothing(told, system):
    found, what = told(210)
    assert found.closed == 3 and len(found.active) == 8
    assert what.startswith("lifetime: the next 8 horizons, 3 of them measured and the others by their ratio, from ")
    test = system.tables.observed_from.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=210)
    ended = {
        name: table.filter(table.time < test) if "time" in table.columns else table
        for name, table in system.tables.items()
    }
    assert told(210, replace(system.tables, tables=ended, observed_until=test))[0] == found


@pytest.fixture(scope="module")
def years(tmp_path_factory):
    """3,000 simulated users over two years, their orders alone; trained 8 horizons before the end, so that what came is
    known: scores, value and activity of the eligible users."""
    folder = tmp_path_factory.mktemp("years")
    simulate(folder, 3000, until=date(2026, 1, 1), days=720)
    (folder / "holdfast.toml").write_text(
        '[engine]\nthreads = 1\n[tables.orders]\npath = "orders/*.parquet"\n'
        "[churn]\nhorizon_days = 30\ncurve_days = [7, 14, 45]\n[train]\ncutoffs = 6\n"
    )
    config = load(folder / "holdfast.toml")
    with opened(config) as base:
        test = base.tables.observed_until - timedelta(days=240)
        bundle = complete(base, training_rows(base, test), test)
        now = rows(base, [test])
        users = pa.table({"user_id": now.user_id})
        truth = labels.horizon_labels(base, base.tables.observed_until, test, users, 8).sort_by("user_id")
        score = bundle.score(pd.DataFrame({name: now.features[name] for name in bundle.features}), 1)
        yield score, floats(truth["value"]), sum(floats(truth[f"active_{k}"]) for k in range(1, 9)), now


def test_lifetimes_are_what_they_turn_out_to_be(years):
    score, _, active, _ = years
    assert score["lifetime_days"].mean() == pytest.approx(30 * active.mean(), rel=0.1)
    assert np.corrcoef(score["lifetime_days"], active)[0, 1] > 0.5


def test_lifetime_values_are_what_they_turn_out_to_be_and_the_interval_holds_four_fifths(years):
    score, value, *_ = years
    assert score["lifetime_value"].mean() == pytest.approx(value.mean(), rel=0.1)
    inside = (value >= score["lifetime_value_low"]) & (value <= score["lifetime_value_high"])
    assert inside.mean() == pytest.approx(0.8, abs=0.07)


def test_the_curve_tells_who_comes_back_by_when(years):
    score, _, _, now = years
    for name, days in (("churn_7d", 7), ("churn_14d", 14), ("churn_risk", 30), ("churn_45d", 45)):
        churned = ~(now.days_to_return < days)
        assert roc_auc_score(churned, score[name]) > 0.65, name
        assert score[name].mean() == pytest.approx(churned.mean(), abs=0.08), name  # this spring is weak for all four
    curve = score[["churn_7d", "churn_14d", "churn_risk", "churn_45d"]].to_numpy()
    assert (np.diff(curve, axis=1) <= 0).all()
