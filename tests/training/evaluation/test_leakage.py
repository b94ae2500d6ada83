"""Planted leaks are named by the alarm, or cannot be planted at all; a sound base raises none."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from features.build import build
from features.catalogue.feature import REGISTRY, feature, parse
from features.user_base import UserBase
from training.evaluation.leakage import Alarm, alarms, auc, falling, others, own_rate, separating, sure, verdict
from training.fit.train import fit, training_rows
from training.rows.spine import rows


def test_a_sound_base_raises_no_alarm(system):
    assert [result.alarms for result in system.results] == [(), ()]


# A feature that peeks one day past the cutoff


def test_a_feature_cannot_be_written_that_peeks(con, config_of, tables_of, cutoff):
    def orders_of_tomorrow(orders):
        """Orders on the day after the cutoff, if only they were there."""
        return orders.count(where=(orders.days_ago <= 0) & (orders.days_ago > -1))

    try:
        feature(table="orders", unit="orders", dtype="int64", empty=0, zh="截止时刻后一天的订单数。")(
            orders_of_tomorrow
        )
        tables = tables_of(orders=["user_id ago amount", ("a", 5, 1), ("a", 0, 1), ("a", -0.5, 1)]).tables
        found = build(UserBase(config_of(), con, tables), cutoff, [parse("orders_of_tomorrow"), parse("order_total")])
    finally:
        REGISTRY.pop("orders_of_tomorrow", None)
    assert found.to_pylist() == [{"user_id": "a", "orders_of_tomorrow": 0, "order_total": 1}]


def test_a_column_that_peeks_a_day_is_named():
    # As a table of features made elsewhere would have it: who orders on the first day of a window of 30. Orders are
    # Poisson, and the baseline is the best there can be without the peek; alone, the column separates next to nothing.
    rng = np.random.default_rng(5)
    rate = rng.gamma(0.75, 0.042 / 0.75, 6000)
    tomorrow, later = rng.poisson(rate), rng.poisson(29 * rate)
    churned = (tomorrow + later == 0) * 1.0
    columns = {"orders_tomorrow": tomorrow, "rate": rate, "orders_past": rng.poisson(60 * rate)}
    matrix = np.column_stack(list(columns.values())).astype(float)
    assert separating(list(columns), matrix, churned) == [] and auc(-tomorrow, churned) < 0.56
    (alarm,) = sure(list(columns), matrix, churned, np.exp(-30 * rate))
    assert (alarm.name, alarm.kind, alarm.refuses) == ("orders_tomorrow", "sure", False)
    assert f"all {(tomorrow > 0).sum()} users with orders_tomorrow >= 1 stayed, of whom" in alarm.text
    assert "known_at" in alarm.text


# A table without its known_at

PEOPLE = 400


@pytest.fixture
def learned(con, config_of, tables_of, cutoff):
    """learned(known): Rows of users half of whom close their account after the cutoff, and the closing is entered
    afterwards as of a day before it; known: whether the table says when it was entered."""

    def make(known):
        orders = [("user_id", "ago", "amount"), *((user, 5 + user % 20, 1) for user in range(PEOPLE))]
        stay = [(user, -3, 1) for user in range(PEOPLE) if user % 2]
        closed = [(user, 2, "complaint", -10) for user in range(PEOPLE) if user % 2 == 0]
        tables = tables_of(
            orders=[" ".join(orders[0]), *orders[1:], *stay], feedback=["user_id ago kind known_ago", *closed]
        )
        feedback = tables.tables["feedback"]
        given = feedback.rename(known_at="known_time") if known else feedback.drop("known_time")
        tables = replace(tables, tables={**tables.tables, "feedback": given})
        config = config_of(("orders", "feedback"))
        found = rows(UserBase(config, con, tables), [cutoff])
        names = list(found.features)
        return separating(names, found.matrix(names), found.churned)

    return make


def test_a_table_without_its_known_at_is_named(learned):
    found = learned(known=False)
    assert found and all("feedback" in alarm.name or "complaint" in alarm.name for alarm in found)
    assert found[0].figure == 1.0 and found[0].refuses and "without its known_at" in found[0].text


def test_with_its_known_at_there_is_nothing_to_name(learned):
    assert learned(known=True) == []


# Label windows that overlap


@pytest.mark.parametrize("days", [30, 29.9])
def test_a_label_window_past_the_test_cutoff_is_impossible(con, config_of, tables_of, rows_of, cutoff, days):
    learn = rows_of(churned=np.arange(400) % 2, x=np.arange(400) % 7)
    tables, test = tables_of(orders=["user_id ago amount", ("a", 5, 1)]), cutoff + timedelta(days=days)
    if days < 30:
        with pytest.raises(ValueError, match="label window of 2026-01-01 00:00 is open at 2026-01-30 21:36"):
            fit(UserBase(config_of(), con, tables), learn, test)
    else:
        assert fit(UserBase(config_of(), con, tables), learn, test).trained_on["labels_close"] == test.isoformat()


# The signs one by one

HALF = np.repeat([0.0, 1.0], 500)


def test_a_feature_that_separates_is_named_whichever_way_it_points():
    noise = np.random.default_rng(1).normal(size=1000)
    columns = {
        "up": HALF * 9 + noise,
        "down": -HALF * 2.6 + noise,
        "weak": HALF + noise,
        "null": np.where(HALF, np.nan, 1),
    }
    found = separating(list(columns), np.column_stack(list(columns.values())), HALF)
    assert [(alarm.name, alarm.refuses) for alarm in found] == [("up", True), ("null", True), ("down", False)]
    assert found[0].figure == 1.0 and 0.95 < found[2].figure < 0.99


def test_text_is_taken_by_the_churn_of_each_and_rare_text_tells_nothing():
    plan, code = 1 - HALF, np.arange(1000.0)
    found = separating(["plan", "code"], np.column_stack([plan, code]), HALF, ("plan", "code"))
    assert [alarm.name for alarm in found] == ["plan"]


@pytest.mark.parametrize(
    "count, doubt, named", [(100, 0.3, True), (29, 0.9, False), (100, 0.04, False), (60, 0.3, True)]
)
def test_to_be_sure_of_those_the_baseline_doubts_is_named(count, doubt, named):
    column = np.zeros(1000)
    column[:count] = 7  # all of them stay
    found = sure(["x"], column[:, None], HALF, np.full(1000, doubt))
    assert [alarm.text.split(";")[0] for alarm in found] == (
        [f"all {count} users with x >= 7 stayed, of whom {doubt:.0%} were not to"] if named else []
    )


def test_null_can_be_sure_too():
    column = np.where(np.arange(1000) >= 900, np.nan, np.arange(1000) % 3)
    (alarm,) = sure(["x"], column[:, None], HALF, np.full(1000, 0.5))
    assert alarm.text.startswith("all 100 users with x null churned, of whom 50% were not to")


def test_one_user_among_them_who_ended_otherwise_clears_it():
    column = (np.arange(1000) < 100) * 1.0
    churned = HALF.copy()
    churned[50] = 1
    assert sure(["x"], column[:, None], churned, np.full(1000, 0.5)) == []


def test_an_auc_that_falls_apart_is_named():
    risk = np.random.default_rng(2).normal(size=1000)
    (alarm,) = falling(HALF + risk / 9, HALF, HALF + risk * 2, HALF)
    assert (alarm.name, alarm.kind) == ("model", "falls") and alarm.figure > 0.3
    assert alarm.text.startswith("AUC falls from 1.000 at the last training cutoff to 0.6")
    assert falling(HALF * 2 + risk, HALF, HALF * 1.9 + risk, HALF) == []
    few = np.arange(0, 1000, 50)  # of twenty users, an AUC may fall so far by chance
    assert falling(HALF[few] * 2 + risk[few], HALF[few], HALF[few] + risk[few], HALF[few]) == []


def test_the_auc_counts_ties_half():
    assert auc(np.array([1, 2, 2, 3]), np.array([0, 0, 1, 1])) == 0.875
    assert auc(np.arange(3), np.ones(3)) == 0.5


def test_a_leak_beyond_doubt_refuses_promotion_and_others_are_told():
    weak = [Alarm(f"x{number}", "sure", 30, "sure of them") for number in range(5)]
    assert verdict([], True, "it is good") == (True, "it is good")
    assert verdict(weak, True, "it is good") == (True, "it is good; leak alarm (amber): x0, x1, x2 and 2 more")
    certain = Alarm("y", "separates", 0.995, "y alone separates")
    assert verdict([*weak, certain], True, "it is good") == (False, "leak alarm: y alone separates")


def test_all_signs_of_a_model_are_looked_for(system):
    # With the labels of the test cutoff shuffled, what was learned falls apart there.
    learn = training_rows(system, system.result.as_of)
    test, risk = system.result.test, system.result.risk
    shuffled = replace(test, churned=np.random.default_rng(3).permutation(test.churned))
    found = alarms(system.bundle, learn, shuffled, risk["holdfast"], risk["histgb"], 1)
    assert [alarm.kind for alarm in found] == ["falls"]


def test_the_users_asked_for_are_not_those_learned_from(rows_of, cutoff):
    # Every user's own number tells the outcome, and no other user's does.
    users = np.arange(900)
    learn = rows_of(churned=np.random.default_rng(4).integers(0, 2, 900), x=users, cutoffs=(cutoff,))
    risk, churned = others(learn, learn.matrix(["x"]), 7, 1)
    assert len(risk) == 300 and churned.tolist() == learn.churned[users % 3 == 0].tolist()
    assert 0.35 < auc(risk, churned) < 0.65


# A base that drifts


def test_a_window_in_which_everybody_came_back_is_no_leak():
    # Churn fell from a half to two in a hundred: at both ends of every column all stayed, which no old rate expects.
    rng = np.random.default_rng(4)
    column, churned = rng.normal(size=(1000, 1)), (np.arange(1000) % 50 == 0) * 1.0
    churned[np.argsort(column[:, 0])[:60]] = churned[np.argsort(column[:, 0])[-60:]] = 0
    old = np.full(1000, 0.5)
    assert sure(["x"], column, churned, old) and not sure(["x"], column, churned, own_rate(old, churned))
    assert own_rate(old, churned).mean() == pytest.approx(churned.mean())


def test_a_window_with_one_outcome_leaves_the_baseline_alone():
    plain = np.array([0.2, 0.4])
    assert own_rate(plain, np.zeros(2)) is plain and own_rate(plain, np.ones(2)) is plain
