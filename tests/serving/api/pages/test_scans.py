"""Pages share one DuckDB: each scan stands alone, in UTC, and ends when its request's time is over."""

from concurrent.futures import ThreadPoolExecutor
from threading import Timer

import duckdb
import pytest

from serving.api.guard.deadline import CURRENT, Work
from serving.api.pages.scans import scanning


def told(number: int) -> tuple[int, str]:
    with scanning() as con:
        con.execute("CREATE TEMP TABLE mine AS SELECT ? AS n", [number])
        return con.execute("SELECT n, current_setting('TimeZone') FROM mine").fetchall()[0]


def test_scans_of_several_threads_do_not_see_each_other_and_read_utc():
    with ThreadPoolExecutor(4) as workers:
        found = list(workers.map(told, range(20)))
    assert found == [(number, "UTC") for number in range(20)]


def test_a_scan_whose_time_is_over_is_interrupted_and_others_go_on():
    work = Work()
    token = CURRENT.set(work)
    try:
        Timer(0.2, work.stop).start()
        with pytest.raises(duckdb.InterruptException), scanning() as con:
            con.execute("SELECT sum(sqrt(a.range * b.range)) FROM range(10_000_000) AS a, range(10_000_000) AS b")
    finally:
        CURRENT.reset(token)
    assert told(7)[0] == 7
