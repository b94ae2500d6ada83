"""What a board may see: rows that were there and known before the date, and of users the last of each."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from features.boards.sight import Sight


@pytest.fixture
def seen(con, config_of, tables_of, cutoff):
    def make(name, columns=None, zone="UTC", **literals):
        sight = Sight(config_of({"orders": 0} | literals, project={"timezone": zone}), cutoff, tables_of(**literals))
        table = sight.past(name) if columns is None else sight.users(*columns)
        return con.to_pyarrow(table.order_by(table.columns)).to_pylist()

    return make


def test_rows_at_or_after_the_date_or_known_only_then_are_not_there(seen):
    orders = ["user_id ago amount known_ago", ("a", 0, 1, None), ("b", 0.1, 2, None), ("c", 5, 3, 0), ("d", 5, 4, 1)]
    assert [one["user_id"] for one in seen("orders", orders=orders)] == ["b", "d"]


def test_what_happened_afterwards_to_an_earlier_row_is_null(seen):
    messages = ["user_id ago channel opened_ago clicked_ago", ("a", 5, "sms", 1, 0)]
    (row,) = seen("messages", messages=messages)
    assert row["opened_at"] == datetime(2025, 12, 31) and row["clicked_at"] is None


def test_a_day_is_that_of_the_projects_zone(seen):
    events = ["user_id ago", ("a", 1.2)]
    assert seen("events", events=events)[0]["date"] == date(2025, 12, 30)
    assert seen("events", zone="Asia/Shanghai", events=events)[0]["date"] == date(2025, 12, 31)


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Europe/Berlin", "America/Sao_Paulo", "Pacific/Apia", "UTC"])
def test_days_are_those_that_a_clock_in_the_zone_shows(con, config_of, zone):
    sight = Sight(config_of(project={"timezone": zone}), datetime(2026, 1, 1), {})
    begin, step = datetime(1985, 1, 1, 0, 30), timedelta(hours=11)  # twice a day, and near every change of the clock
    at = [begin + number * step for number in range(32_000)]
    rows = con.create_table("instants", pa.table({"time": pa.array(at, pa.timestamp("us"))}), overwrite=True)
    days = con.to_pyarrow(rows.select("time", day=sight.day(rows.time))).to_pylist()
    assert all(one["day"] == one["time"].replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date() for one in days)


def test_of_users_the_last_row_before_the_date_counts_and_nobody_who_signed_up_later(seen):
    users = ["user_id ago plan", ("a", 9, "free"), ("a", 3, "plus"), ("a", -1, "gold"), ("b", None, "free")]
    expected = [{"user_id": "a", "plan": "plus"}, {"user_id": "b", "plan": "free"}]
    assert seen("users", ("plan", "region"), users=users) == expected
    later = ["user_id signup_ago", ("a", 0), ("b", 0.1), ("c", None)]
    assert [one["user_id"] for one in seen("users", ("signup_time",), users=later)] == ["b", "c"]


def test_it_says_which_tables_and_columns_there_are(config_of, tables_of, cutoff):
    sight = Sight(config_of(), cutoff, tables_of(orders=["user_id ago amount", ("a", 1, 1)]))
    assert sight.has("orders") and sight.has("orders", "amount") and not sight.has("orders", "channel")
    assert not sight.has("events") and not sight.has("scored")


def test_the_last_day_ends_at_or_after_the_date(con, config_of):
    at = {datetime(2026, 1, 1): date(2025, 12, 31), datetime(2026, 1, 1, 0, 1): date(2026, 1, 1)}
    for moment, expected in at.items():
        assert con.to_pyarrow(Sight(config_of(), moment, {}).last_day).as_py() == expected
