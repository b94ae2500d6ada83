"""Raw rows tell what whole tables tell where the clock of the project's zone changes, today and in the weeks before."""

from contextlib import ExitStack
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest

from features.build import plan, run
from features.build.look_up import nobody
from features.catalogue.feature import parse
from features.config import load
from features.config.stage_rules import WEEKS
from features.user_base import opened
from features.wall_clock import instant, later
from serving.api.predict.raw_rows import Raw

TOML = """\
[project]
timezone = "{zone}"
[engine]
threads = 1
[tables.orders]
path = "orders.csv"
[tables.events]
path = "events.csv"
[tables.users]
path = "users.csv"
[churn]
activity = ["orders"]
horizon_days = 30
"""
LOOKS = ("days_since_active", "order_count_7d", "order_count_30d", "gap_longest", "gap_mean", "streak_longest")
LOOKS += ("event_count_14d", "days_since_event", "days_since_signup")
USERS = 12
# Cutoffs as the clock shows them: days after it went ahead and back, and within the hour that comes twice.
CUTOFFS = {
    "Europe/Berlin": [datetime(2025, 4, 9), datetime(2025, 11, 3), datetime(2025, 10, 26, 2, 30, fold=1)],
    "Australia/Lord_Howe": [datetime(2025, 10, 12), datetime(2025, 4, 8, 2, 10)],
    "Asia/Shanghai": [datetime(2025, 11, 3)],
    "UTC": [datetime(2025, 11, 3)],
}
EACH = [(zone, at) for zone, times in CUTOFFS.items() for at in times]


def rows(at, seed=1):
    """Rows by table as a request brings them, each with its user: of whole days, or of the small hours."""
    rng = np.random.default_rng(seed)

    def times(count):
        days = [datetime(at.year, at.month, at.day) - timedelta(days=int(n)) for n in rng.integers(-2, 110, count)]
        minutes = np.where(rng.random(count) < 0.5, 0, rng.integers(60, 240, count))
        return [str(day + timedelta(minutes=int(more))) for day, more in zip(days, minutes, strict=True)]

    who = rng.integers(0, USERS, 300)
    orders = [{"user_id": int(u), "time": t, "amount": 1.5} for u, t in zip(who, times(300), strict=True)]
    events = [{"user_id": int(u), "time": t} for u, t in zip(who, times(300), strict=True)]
    users = [
        {"user_id": u, "signup_time": t, "birthday": f"1990-{at:%m}-{1 + u:02}"}
        | {"timezone": [None, "Asia/Tokyo"][u % 2]}
        for u, t in enumerate(times(USERS))
    ]
    return {"orders": orders, "events": events, "users": users}


@pytest.fixture
def whole(tmp_path):
    """whole(zone, given): the configuration and the open base over the same rows in files."""
    with ExitStack() as stack:

        def make(zone, given):
            (tmp_path / "holdfast.toml").write_text(TOML.format(zone=zone))
            for name, table in given.items():
                pa.csv.write_csv(pa.Table.from_pylist(table), tmp_path / f"{name}.csv")
            return stack.enter_context(opened(load(tmp_path / "holdfast.toml")))

        yield make


@pytest.mark.parametrize("zone, shown", EACH, ids=str)
def test_today_and_every_week_are_what_whole_tables_tell(whole, zone, shown):
    given, at = rows(shown), instant(shown, zone)
    base = whole(zone, given)
    asked = pa.table({"user_id": pa.array(range(USERS), pa.int64())})

    def of(user, table):
        return [
            {key: value for key, value in row.items() if key != "user_id"} for row in table if row["user_id"] == user
        ]

    sent = [{name: of(user, table) for name, table in given.items()} for user in range(USERS)]
    names = (*LOOKS, "days_to_birthday")
    known = Raw(base.config, names, 1, LOOKS).known(sent, nobody(at))
    assert known.bad == []
    compiled = plan(base, [parse(name) for name in names])
    whole_tables = run(base.con, compiled, nobody(at), asked).sort_by("user_id")
    assert {name: known.features[name].to_pylist() for name in names} == {
        name: whole_tables[name].to_pylist() for name in names
    }
    for week in range(WEEKS):
        earlier = nobody(later(at, -7 * (week + 1), zone))
        expected = run(base.con, compiled, earlier, asked).sort_by("user_id")
        mine = known.weeks.take(pa.array([user * WEEKS + week for user in range(USERS)]))
        for name in LOOKS:
            assert mine[name].to_pylist() == expected[name].to_pylist(), (week, name)


def test_a_zone_that_is_none_sets_the_row_aside(whole):
    base = whole("Europe/Berlin", rows(datetime(2025, 11, 3)))
    sent = [{"users": [{"birthday": "1990-01-01", "timezone": "Mars/Olympus"}]}]
    known = Raw(base.config, ["days_to_birthday"], 1).known(sent, nobody(datetime(2025, 11, 3)))
    assert [(one.table, one.code) for one in known.bad] == [("users", "not_one_of")]
