"""Label windows, cutoffs and outlooks keep to the calendar of the project's zone where its clock changes."""

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from features.tables import CleanTables
from features.user_base import UserBase
from features.wall_clock import instant, wall
from training.evaluation.backtest import test_cutoffs as cutoffs_of_tests
from training.fit.lifetime_windows import lifetime_cutoffs
from training.rows.labels import ahead, horizon_labels, labels, window
from training.rows.spine import by_calendar, closed, rows, training_cutoffs

# The day that the clock changes: ahead and back.
CHANGES = {
    "Europe/Berlin": ("2025-03-30", "2025-10-26"),
    "America/New_York": ("2025-03-09", "2025-11-02"),
    "Australia/Lord_Howe": ("2025-10-05", "2025-04-06"),
    "Asia/Shanghai": ("1991-04-14", "1991-09-15"),
    "America/Sao_Paulo": ("2017-10-15", "2018-02-18"),
    "Pacific/Apia": ("2012-09-30", "2012-04-01"),
}
EACH = [(zone, day) for zone, days in CHANGES.items() for day in days]


def instants(shown, zone):
    known = pd.DatetimeIndex(shown).tz_localize(zone, ambiguous=np.ones(len(shown), bool), nonexistent="shift_forward")
    return known.tz_convert("UTC").tz_localize(None)


@pytest.fixture
def base(con, config_of):
    """base(zone, {user: instants}, until, …): a user base with orders of 1 each."""

    def make(zone, orders, until, first=datetime(1980, 1, 1), **sections):
        users = [user for user, times in orders.items() for _ in times]
        times = [time for times in orders.values() for time in times]
        made = {"user_id": pa.array(users, pa.string()), "time": pa.array(times, pa.timestamp("us"))}
        made |= {
            "amount": pa.array([Decimal(1)] * len(users), pa.decimal128(18, 4)),
            "refund": pa.array([False] * len(users), pa.bool_()),
        }
        table = con.create_table("calendar_orders", pa.table(made), temp=True, overwrite=True)
        tables = CleanTables({"orders": table}, observed_from=first, observed_until=until)
        return UserBase(config_of(horizon=30, project={"timezone": zone}, **sections), con, tables)

    return make


@pytest.mark.parametrize("back", [0, 1, 17, 29, 30, 31])
@pytest.mark.parametrize("zone, change", EACH)
def test_labels_are_pandas_calendars(base, zone, change, back):
    cutoff_day = pd.Timestamp(change) - pd.Timedelta(days=back)
    days = [0, 1, 16, 17, 28, 29, 30, 31, 45, 59]
    orders = {f"day{n}": instants([cutoff_day + pd.Timedelta(days=n)], zone) for n in days}
    orders["daily"] = instants(pd.date_range(cutoff_day - pd.Timedelta(days=40), periods=100), zone)
    cutoff, until = (instants([cutoff_day + pd.Timedelta(days=n)], zone)[0].to_pydatetime() for n in (0, 60))
    here = base(zone, orders, until)
    found = labels(here, until, cutoff, pa.table({"user_id": list(orders)})).to_pylist()
    expected = {f"day{n}": (n >= 30, float(n), float(n < 30)) for n in days} | {"daily": (False, 0.0, 30.0)}
    # Further ahead than the longest horizon of the curve nobody looks.
    reach = max(here.config.curve)
    expected = {user: (gone, far if far < reach else None, worth) for user, (gone, far, worth) in expected.items()}
    assert {row["user_id"]: (row["churned"], row["days_to_return"], row["value"]) for row in found} == expected
    further = horizon_labels(here, until, cutoff, pa.table({"user_id": list(orders)}), 2).to_pylist()
    assert {row["user_id"]: (row["active_1"], row["active_2"], row["value"]) for row in further} == {
        f"day{n}": (n < 30, n >= 30, 1.0) for n in days
    } | {"daily": (True, True, 60.0)}


@pytest.mark.parametrize("zone", CHANGES)
def test_every_cutoff_is_at_midnight_and_closed(base, zone):
    test = instants(["2025-11-20"], zone)[0].to_pydatetime()
    here = base(
        zone, {}, ahead(base(zone, {}, test).config, test, 30), instants(["2022-01-01"], zone)[0].to_pydatetime()
    )
    learned = training_cutoffs(here.config, here.tables.observed_from, test)
    closed(here.config, learned, test)
    lifetimes = lifetime_cutoffs(here.config, here.tables.observed_from, test)[1]
    tests = cutoffs_of_tests(here, 4)
    assert tests[-1] == test and len(learned) >= 12 and len(lifetimes) == 3
    for at in (*learned, *tests, *lifetimes):
        assert (wall(at, zone).hour, wall(at, zone).minute) == (0, 0)
    spacing = {wall(b, zone) - wall(a, zone) for a, b in pairwise(tests)}
    assert spacing == {timedelta(days=30)}


def test_a_window_that_is_open_by_the_calendar_is_refused(base):
    zone = "Europe/Berlin"
    begin, end = instant(datetime(2025, 10, 20), zone), instant(datetime(2025, 11, 19), zone)
    here = base(zone, {}, end)
    assert end - begin == timedelta(days=30, hours=1) and window(here.config) == timedelta(days=30)
    closed(here.config, [begin], end)
    with pytest.raises(ValueError, match="is open"):
        closed(here.config, [begin], end - timedelta(minutes=30))


def test_rows_know_their_returns_for_days_of_the_calendar(base):
    zone = "Europe/Berlin"
    day = pd.Timestamp("2025-10-20")
    orders = {str(n): instants([day - pd.Timedelta(days=3), day + pd.Timedelta(days=n)], zone) for n in range(8)}
    cutoff, until = (instants([day + pd.Timedelta(days=n)], zone)[0].to_pydatetime() for n in (0, 40))
    found = rows(base(zone, orders, until), [cutoff])
    assert found.observed == (min(40.0, max(base(zone, orders, until).config.curve)),)
    assert dict(zip(found.user_id.to_pylist(), found.days_to_return.tolist(), strict=True)) == {
        str(n): float(n) for n in range(8)
    }
    assert by_calendar(base(zone, orders, until).config, found).cutoffs == (datetime(2025, 10, 20),)
