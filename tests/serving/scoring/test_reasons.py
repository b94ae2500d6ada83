"""Reasons: by hand, on arrays small enough to add up in the head."""

import numpy as np
import pyarrow as pa

from serving.scoring.reasons import REASONS, TYPE, reasons

NAN = float("nan")
NAMES = ["order_count_15d", "order_count_30d", "days_since_active", "tenure_days"]


def why(contributions, matrix=None, names=NAMES, most=REASONS):
    """(feature, value, contribution) of each reason of each row."""
    contributions = np.array(contributions, float)
    matrix = np.arange(contributions.size, dtype=float).reshape(contributions.shape) if matrix is None else matrix
    found = reasons(names, np.array(matrix, float), contributions, most)
    fields = ("feature", "value", "contribution")
    return [[tuple(one[field] for field in fields) for one in row] for row in found.to_pylist()]


def test_several_windows_of_a_feature_are_one_reason_named_by_the_strongest():
    assert why([[0.25, 0.5, 0.125, 0.0]]) == [
        [("order_count_30d", 1.0, 0.75), ("days_since_active", 2.0, 0.125), ("tenure_days", 3.0, 0.0)]
    ]


def test_the_window_named_is_the_one_that_pushes_most_the_way_the_reason_does():
    assert why([[0.25, -0.5, 0.0, 0.0]])[0][0] == ("order_count_30d", 1.0, -0.25)
    assert why([[0.75, -0.5, 0.0, 0.0]])[0][0] == ("order_count_15d", 0.0, 0.25)


def test_windows_that_cancel_out_are_a_weak_reason():
    assert [name for name, _, _ in why([[1.0, -1.0, 0.125, 0.25]])[0]] == [
        "tenure_days",
        "days_since_active",
        "order_count_15d",
    ]


def test_each_kind_of_event_is_a_reason_of_its_own():
    names = ["event_count_30d", "event_count__view_30d", "event_count__view_15d", "event_count__buy_30d"]
    assert [(name, value) for name, _, value in why([[0.25, 0.5, 0.25, 0.125]], names=names)[0]] == [
        ("event_count__view_30d", 0.75),
        ("event_count_30d", 0.25),
        ("event_count__buy_30d", 0.125),
    ]


def test_above_the_bases_risk_what_raises_it_comes_first():
    assert [one[2] for one in why([[0.0, 0.125, -0.5, 0.5]])[0]] == [0.5, 0.125, -0.5]


def test_below_the_bases_risk_what_lowers_it_comes_first():
    assert [one[2] for one in why([[0.0, 0.5, -0.125, -0.5]])[0]] == [-0.5, -0.125, 0.5]


def test_behind_the_first_three_the_strongest_follow_whatever_their_sign():
    names = ["tenure_days", "gap_mean", "gap_last", "gap_count", "days_since_active", "order_total"]
    contributions = [0.5, 0.75, -1.0, 0.125, 0.25, 0.0625]
    assert [one[2] for one in why([contributions], names=names)[0]] == [0.75, 0.5, 0.25, -1.0, 0.125]


def test_half_lives_count_with_the_plain_windows_and_are_not_named():
    names = ["active_decayed_30d", "active_count_30d", "active_count_60d", "tenure_days"]
    assert why([[1.0, 0.25, -0.125, 0.5]], [[0.3, 1, 4, 9]], names=names) == [
        [("active_count_30d", 1.0, 1.125), ("tenure_days", 9.0, 0.5)]
    ]


def test_half_lives_alone_come_last():
    names = ["event_decayed_30d", "tenure_days", "gap_mean"]
    assert [name for name, _, _ in why([[9.0, 0.25, -0.5]], names=names)[0]] == [
        "tenure_days",
        "gap_mean",
        "event_decayed_30d",
    ]


def test_what_is_the_same_for_all_users_is_no_reason():
    names = ["base_churn_rate", "season_sin", "tenure_days"]
    assert [name for name, _, _ in why([[2.0, 1.0, 0.25]], names=names)[0]] == ["tenure_days"]
    assert [name for name, _, _ in why([[2.0, 1.0]], names=names[:2])[0]] == names[:2]


def test_a_count_is_told_beside_that_of_the_window_before():
    names = ["order_count_30d", "order_count_60d", "order_count_15d", "active_days_30d", "active_days_60d"]
    (row,) = reasons(names, np.array([[2.0, 8.0, 0.0, 1.0, 5.0]]), np.array([[0.5, 0.25, 0.125, 1.0, 0.0]])).to_pylist()
    assert [(one["feature"], one["value"], one["before"]) for one in row] == [
        ("active_days_30d", 1.0, None),  # a day may count once in either window
        ("order_count_30d", 2.0, 6.0),
    ]


def test_reasons_of_one_strength_keep_the_order_of_the_features():
    assert [name for name, _, _ in why([[0.25, 0.25, 0.5, -0.5]])[0]] == [
        "order_count_15d",
        "days_since_active",
        "tenure_days",
    ]


def test_every_row_has_reasons_of_its_own():
    assert [row[0] for row in why([[1, 0, 0, 0], [0, 0, 0, 1]], most=1)] == [
        ("order_count_15d", 0.0, 1.0),
        ("tenure_days", 7.0, 1.0),
    ]


def test_a_missing_value_is_null_and_no_number():
    assert why([[0, 0, 2.0, 1.0]], [[1, 1, NAN, 7.0]], most=2) == [
        [("days_since_active", None, 2.0), ("tenure_days", 7.0, 1.0)]
    ]


def test_no_more_are_given_than_asked_for():
    assert [len(row) for row in why([[1, 2, 3, 4]] * 3, most=2)] == [2, 2, 2]


def test_fewer_features_than_asked_for_are_all_given():
    assert why([[0.5, 0.25]], names=["tenure_days", "days_since_active"], most=9) == [
        [("tenure_days", 0.0, 0.5), ("days_since_active", 1.0, 0.25)]
    ]


def test_no_rows_have_no_reasons():
    found = reasons(NAMES, np.empty((0, 4)), np.empty((0, 4)))
    assert found.type == TYPE and len(found) == 0


def test_the_type_is_the_one_of_the_snapshot():
    fields = [(name, pa.float64()) for name in ("value", "before", "contribution")]
    fields.insert(0, ("feature", pa.string()))
    assert pa.list_(pa.struct(fields)) == TYPE
