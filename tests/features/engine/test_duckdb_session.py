"""The engine: a session in UTC whose scratch is gone afterwards, and wall clocks that know summer time."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone

import duckdb
import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.engine import duckdb_session
from features.engine.duckdb_session import batches, connect, from_local, read, threads, to_local, utc, without_zone

TOML = '[tables.orders]\npath = "orders.csv"\n'


@pytest.fixture
def config(shop):
    return shop(TOML)


def scratch(config):
    return list((config.store_path / "tmp").iterdir())


def test_the_scratch_file_is_gone_afterwards(config):
    with connect(config) as con:
        con.raw_sql("create table t as select 1 as x")
        assert len(scratch(config)) == 1
    assert scratch(config) == []


def test_the_scratch_file_is_gone_after_an_error(config):
    with pytest.raises(ZeroDivisionError), connect(config):
        _ = 1 / 0
    assert scratch(config) == []


def test_what_a_killed_process_left_is_swept(config):
    folder = config.store_path / "tmp"
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
    for name in (f"{dead.stdout.strip()}-left", f"{os.getpid()}-mine", "bundle-3"):
        (folder / name).mkdir(parents=True)
        (folder / name / "scratch.duckdb").write_text("x")
    with connect(config):
        left = {path.name for path in scratch(config)}
    # The living keep theirs, and what no process is named by is not ours to remove.
    assert f"{dead.stdout.strip()}-left" not in left
    assert {f"{os.getpid()}-mine", "bundle-3"} <= left


def test_folders_for_scratch_are_new_ones_and_gone_afterwards(config):
    with connect(config) as con:
        folders = {duckdb_session.scratch(con), duckdb_session.scratch(con)}
        assert len(folders) == 2 and all(folder.parent in scratch(config) for folder in folders)
    assert scratch(config) == []


def test_two_sessions_do_not_meet(config):
    with connect(config) as one, connect(config) as other:
        one.raw_sql("create table t as select 1 as x")
        with pytest.raises(duckdb.CatalogException):
            read(other, "from t")


def test_the_session_is_in_utc(con):
    assert read(con, "select cast(timestamptz '2026-01-01 00:00:00+00' as varchar) as at")["at"].to_pylist() == [
        "2026-01-01 00:00:00+00"
    ]


def test_batches_hold_every_row_and_leave_the_session_free(con):
    found = list(batches(con, "SELECT i FROM range(5_000) r(i)", 2_048))
    assert len(found) > 1 and sum(part["i"].to_numpy().sum() for part in found) == 5_000 * 4_999 // 2
    for _ in batches(con, "SELECT i FROM range(5_000) r(i)", 2_048):
        break
    assert read(con, "SELECT 1 AS one", few=True)["one"].to_pylist() == [1]


def test_threads_and_memory_are_as_configured(shop):
    config = shop(TOML + '[engine]\nthreads = 1\nmemory = "512MiB"\n')
    with connect(config) as con:
        sql = "select current_setting('threads') as threads, current_setting('memory_limit') as memory"
        assert read(con, sql).to_pylist() == [{"threads": 1, "memory": "512.0 MiB"}]


def test_there_are_never_more_threads_than_cores(shop):
    # Two trainings with more threads than cores take several times as long as with fewer.
    assert threads(shop(TOML + "[engine]\nthreads = 4096\n")) == threads(shop(TOML)) <= (os.cpu_count() or 1)


def at_utc(con, zone, local):
    return con.to_pyarrow(from_local(ibis.literal(local, "timestamp(6)"), zone)).as_py()


def at_home(con, zone, instant):
    return con.to_pyarrow(to_local(ibis.literal(instant, "timestamp(6)"), zone)).as_py()


CLOCKS = [
    ("UTC", datetime(2026, 7, 1, 12), datetime(2026, 7, 1, 12)),
    ("Asia/Shanghai", datetime(2026, 7, 1, 12), datetime(2026, 7, 1, 4)),
    ("Asia/Kolkata", datetime(2026, 7, 1, 12), datetime(2026, 7, 1, 6, 30)),
    ("Europe/Berlin", datetime(2026, 3, 29, 1, 59, 59), datetime(2026, 3, 29, 0, 59, 59)),  # the last second of winter
    ("Europe/Berlin", datetime(2026, 3, 29, 3), datetime(2026, 3, 29, 1)),  # and one later
    ("Europe/Berlin", datetime(2026, 10, 25, 1, 59), datetime(2026, 10, 24, 23, 59)),
    ("Europe/Berlin", datetime(2026, 10, 25, 3), datetime(2026, 10, 25, 2)),
    ("America/New_York", datetime(2026, 1, 1), datetime(2026, 1, 1, 5)),
    ("America/New_York", datetime(2026, 7, 1), datetime(2026, 7, 1, 4)),
]


@pytest.mark.parametrize("zone, local, instant", CLOCKS)
def test_wall_clocks_and_instants(con, zone, local, instant):
    assert at_utc(con, zone, local) == instant
    assert at_home(con, zone, instant) == local
    assert utc(local, zone) == instant


def test_an_hour_that_the_clock_skips_is_still_a_time(con):
    assert at_utc(con, "Europe/Berlin", datetime(2026, 3, 29, 2, 30)) == datetime(2026, 3, 29, 1, 30)


@settings(max_examples=25)
@given(
    instant=st.datetimes(datetime(1990, 1, 1), datetime(2035, 1, 1)),
    zone=st.sampled_from(["Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "UTC"]),
)
def test_the_engine_and_python_agree_about_every_instant(con, instant, zone):
    home = at_home(con, zone, instant)
    assert instant - timedelta(hours=12) < home < instant + timedelta(hours=14)
    # Where the clock shows a time twice, either of the two instants will do.
    assert {utc(home, zone), utc(home.replace(fold=1), zone)} >= {instant}


def test_a_time_with_a_zone_keeps_it(con):
    assert utc(datetime(2026, 1, 1, 8, tzinfo=timezone(timedelta(hours=8))), "Europe/Berlin") == datetime(2026, 1, 1)
    assert utc(datetime(2026, 1, 1, tzinfo=UTC)) == datetime(2026, 1, 1)


def test_an_instant_becomes_what_a_cast_makes_of_it(con):
    """Also before 1970, at the ends of what there is, infinite and null: shorter only in time."""
    texts = ["2020-02-02 12:00:00.123456+02", "1969-12-31 23:59:59.999999Z", "290000-01-01 00:00:00Z"]
    given = ibis.memtable({"text": [*texts, "infinity", "-infinity", None]}, schema={"text": "string"})
    at = given.text.cast("timestamp('UTC')")
    found = given.select(ours=without_zone(at).cast("string"), cast=at.cast("timestamp(6)").cast("string"))
    rows = con.to_pyarrow(found).to_pylist()
    assert [one["ours"] for one in rows] == [one["cast"] for one in rows]
    assert {"2020-02-02 10:00:00.123456", "infinity", None} < {one["ours"] for one in rows}
