"""How far the logs reach: by their times, as configured, and not by one wrong clock without a word."""

from datetime import datetime, timedelta

import pytest

from features.errors import BadInput

TOML = '[tables.orders]\npath = "orders.csv"\n[churn]\nhorizon_days = 30\n'


def daily(days=200, *more):
    at = [datetime(2025, 6, 1, 9) + timedelta(days=day) for day in range(days)]
    lines = [f"{1 + place % 7},{one:%Y-%m-%d %H:%M},5" for place, one in enumerate([*at, *more])]
    return {"orders.csv": "\n".join(["user_id,time,amount", *lines]) + "\n"}


@pytest.mark.parametrize(
    "at, words",
    [
        (datetime(2026, 5, 1), 'the newest row, of 2026-05-01 00:00, .*: \\[churn\\] observed_until = "2025-12-18"'),
        (datetime(2019, 1, 1), 'the oldest row, of 2019-01-01 00:00, .*: \\[churn\\] observed_from = "2025-06-01"'),
    ],
)
def test_a_lone_row_far_from_all_others_is_named_with_the_cure(cleaned, at, words):
    import re

    (note,) = cleaned(TOML, **daily(200, at))[0].notes
    assert re.search(words, note)


def test_the_cure_takes_the_word_back(cleaned):
    files = daily(200, datetime(2026, 5, 1), datetime(2019, 1, 1))
    tables, _ = cleaned(TOML + 'observed_until = "2025-12-18"\nobserved_from = "2025-06-01"\n', **files)
    assert tables.notes == ()
    assert (tables.observed_from, tables.observed_until) == (datetime(2025, 6, 1), datetime(2025, 12, 18))


def test_the_cure_is_a_date_of_the_zone_that_cuts_no_other_row_off(cleaned):
    # 09:00 in Auckland is the evening before in UTC; a date of UTC would end the logs before their last row.
    zone = '[project]\ntimezone = "Pacific/Auckland"\n'
    files = daily(200, datetime(2026, 5, 1))
    (note,) = cleaned(zone + TOML, **files)[0].notes
    assert note.endswith('[churn] observed_until = "2025-12-18"')
    tables, rows = cleaned(zone + TOML + 'observed_until = "2025-12-18"\n', **files)
    assert sorted(row["time"] for row in rows["orders"])[-2] < tables.observed_until


def test_a_season_that_ends_is_no_wrong_clock(cleaned):
    assert cleaned(TOML, **daily(200, *[datetime(2026, 1, 10, hour) for hour in range(20)]))[0].notes == ()


def test_few_rows_are_never_odd(cleaned):
    assert cleaned(TOML, **daily(20, datetime(2026, 5, 1)))[0].notes == ()


@pytest.mark.parametrize("key", ["observed_until", "observed_from"])
def test_what_lies_ahead_is_not_observed(cleaned, key):
    with pytest.raises(BadInput, match=f"churn.{key}: '2027-01-01' is later than now, .*; name a date up to today"):
        cleaned(TOML + f"{key} = 2027-01-01\n", **daily())


def test_logs_that_begin_after_their_end_are_refused(cleaned):
    with pytest.raises(BadInput, match="churn.observed_from: .* is not before the end of the logs"):
        cleaned(TOML + "observed_from = 2025-08-01\nobserved_until = 2025-07-01\n", **daily())


def test_rows_from_before_the_logs_begin_are_left_out_and_counted(cleaned):
    files = daily(200, datetime(2019, 3, 4, 5))
    tables, rows = cleaned(TOML + "observed_from = 2025-06-01\n", **files)
    counts = tables.counts["orders"]
    assert (counts.rows, counts.used, counts.before, counts.quarantined) == (201, 200, 1, 0)
    assert "200 used + 0 merged + 1 before observed_from + 0 quarantined" in str(counts)
    assert min(row["time"] for row in rows["orders"]) == datetime(2025, 6, 1, 9) and tables.notes == ()


def test_the_begin_of_the_logs_is_the_projects_midnight_and_counts_itself(cleaned):
    files = {"orders.csv": "user_id,time,amount\n1,2026-01-01 00:00,5\n1,2025-12-31 23:59:59,5\n1,2026-02-01,5\n"}
    toml = '[project]\ntimezone = "Asia/Shanghai"\n' + TOML + "observed_from = 2026-01-01\n"
    assert cleaned(toml, **files)[0].counts["orders"].before == 1


def test_users_are_no_log_and_stay(cleaned):
    users = {"users.csv": "user_id,time\n1,2019-01-01\n"}
    toml = '[tables.users]\npath = "users.csv"\n' + TOML + "observed_from = 2025-06-01\n"
    assert cleaned(toml, **users, **daily())[0].counts["users"].used == 1


def test_where_all_rows_are_from_before_that_is_told(cleaned):
    files = daily() | {"events.csv": "user_id,time\n1,2019-01-01\n"}
    toml = '[tables.events]\npath = "events.csv"\n' + TOML + "observed_from = 2025-06-01\n"
    with pytest.raises(BadInput, match="events: not one of 1 rows is usable, .* before churn.observed_from"):
        cleaned(toml, **files)
