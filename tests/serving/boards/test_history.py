"""Boards look back on a few earlier snapshots, spread over horizons, and pass over what cannot be read."""

from datetime import datetime, timedelta

import pyarrow as pa

from serving.boards.history import MOST, history, wanted

AT = datetime(2026, 1, 1)


def rows(users=(1, 2), kind=None):
    return pa.table({"user_id": pa.array(users, kind or pa.int64()), "stage": ["active"] * len(users)})


def test_of_each_date_the_snapshot_made_last(write_snapshot, tmp_path):
    write_snapshot("2025-12-01-abc", rows())
    last = write_snapshot("2025-12-01-def", rows((1, 2, 3)))
    write_snapshot("2025-11-01-abc", rows())
    write_snapshot("2026-01-01-abc", rows())  # not earlier
    found = history(tmp_path, AT, 30, pa.int64())
    assert [*found] == [datetime(2025, 11, 1), datetime(2025, 12, 1)]
    assert {file.parent for file in found[datetime(2025, 12, 1)]} == {last.folder}


def test_what_is_damaged_or_anothers_is_passed_over(write_snapshot, tmp_path):
    damaged = write_snapshot("2025-12-01-abc", rows())
    next(damaged.folder.glob("*.parquet")).unlink()
    write_snapshot("2025-11-01-abc", rows(("a", "b"), pa.string()))
    write_snapshot("2025-10-01-abc", rows())
    assert [*history(tmp_path, AT, 30, pa.int64())] == [datetime(2025, 10, 1)]


def test_of_many_dates_those_a_quarter_of_a_horizon_apart_stay():
    dates = {AT - timedelta(days=days): [] for days in range(1, 200)}
    kept = sorted((AT - one).days for one in wanted(dates, AT, 40))
    assert kept == [1, *range(10, 120, 10)] and len(kept) == MOST
    few = {AT - timedelta(days=days): [] for days in (1, 2, 3)}
    assert wanted(few, AT, 40) == few
