"""The protocol that is told before a run is the one that ran."""

from dataclasses import replace
from datetime import timedelta

import pytest

from features.user_base import UserBase
from training.evaluation.backtest import test_cutoffs as cutoffs_of_tests
from training.fit.protocol import of, plan

ORDERS = ["user_id ago amount", *((f"u{number}", ago, 1) for number in range(40) for ago in (1, 20, 45, 200))]


def test_what_is_planned_is_what_is_done(system):
    at = cutoffs_of_tests(system, 2)
    planned = plan(system, at)
    for result, one in zip(system.results, planned, strict=True):
        assert one.params() == result.bundle.trained_on["protocol"]
        assert (one.at, one.share, one.season) == (result.as_of, 1.0, False)
        assert one.rows == result.bundle.trained_on["rows"] and one.window == 30


def test_a_sample_is_planned_with_the_rows_expected_of_it(con, config_of, tables_of, cutoff):
    tables = tables_of(orders=ORDERS)
    config = config_of(train={"cutoffs": 4, "rows": 1000})
    (all_of_them,) = plan(UserBase(config, con, tables), [cutoff])
    # Two of the four have the order of 45 days before the end behind them.
    assert (all_of_them.rows, all_of_them.share, len(all_of_them.cutoffs)) == (80, 1.0, 4)
    config = config.model_copy(update={"train": config.train.model_copy(update={"rows": 40})})
    (half,) = plan(UserBase(config, con, tables), [cutoff])
    assert (half.rows, half.share) == (40, 0.5)


@pytest.mark.parametrize("horizon, cutoffs, season", [(30, 23, False), (30, 24, True), (60, 24, True)])
def test_seasons_are_weighed_where_the_cutoffs_span_more_than_300_days(
    con, config_of, tables_of, cutoff, horizon, cutoffs, season
):
    tables = replace(tables_of(orders=ORDERS), observed_from=cutoff - timedelta(days=2000))
    (one,) = plan(UserBase(config_of(horizon=horizon, train={"cutoffs": cutoffs}), con, tables), [cutoff])
    assert len(one.cutoffs) == cutoffs and one.season is season


def test_logs_too_short_have_a_protocol_without_cutoffs(con, config_of, tables_of, rows_of, cutoff):
    tables = tables_of(orders=["user_id ago amount", ("a", 40, 1)])
    (none,) = plan(UserBase(config_of(), con, tables), [cutoff])
    assert (none.cutoffs, none.rows, none.params()["first_training_cutoff"]) == ((), 0, None)
    one = of(
        UserBase(config_of(churn={"gap_days": 5}), None, tables), rows_of(churned=[0, 1]), cutoff + timedelta(days=35)
    )
    assert (one.rows, one.gap, one.window, one.cutoffs) == (2, 5, 35, (cutoff,))
