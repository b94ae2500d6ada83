"""What a snapshot shows beside scores is counted in the tables as a person would."""

import pyarrow as pa

from serving.scoring.shown import WEEKS, points_balance, shown, weekly_counts


def test_weekly_counts_are_the_orders_of_each_week_oldest_first(base, as_of):
    rows = base.snapshot.table(["user_id", "weekly_counts"])
    orders = base.tables["orders"].select("user_id", "time").to_pandas()
    orders["week"] = -(-(as_of - orders.time).dt.total_seconds() // (7 * 86_400))  # the first ends with the as-of
    orders = orders[(orders.week >= 1) & (orders.week <= WEEKS)]
    by_week = orders.groupby(["user_id", "week"]).size()
    expected = [
        [int(by_week.get((user, week), 0)) for week in range(WEEKS, 0, -1)] for user in rows["user_id"].to_pylist()
    ]
    assert rows["weekly_counts"].to_pylist() == expected
    assert by_week.sum() > 500


def test_weeks_without_orders_count_times_active():
    table = pa.table({f"active_count_{7 * week}d": [min(week, 3)] for week in range(1, WEEKS + 1)})
    assert weekly_counts(table).to_pylist() == [[0] * 23 + [1, 1, 1]]


def test_what_the_tables_do_not_have_is_null_and_not_asked_for(base):
    nothing = pa.table({"user_id": [1, 2]})
    assert weekly_counts(nothing).to_pylist() == [None, None]
    assert points_balance(nothing).to_pylist() == [None, None]
    assert set(base.snapshot.table(["points_balance"])["points_balance"].to_pylist()) == {None}
    assert len(shown(base)) == WEEKS  # orders; there are no points


def test_the_balance_of_points_is_that_of_the_feature():
    assert points_balance(pa.table({"points_balance": pa.array([3, -1], pa.int64())})).to_pylist() == [3.0, -1.0]
