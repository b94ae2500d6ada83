"""Work that says how it is interrupted is interrupted when its time is over; other work is left alone."""

import asyncio
import threading
import time

import anyio
import duckdb
import pytest

from serving.api.guard.deadline import CURRENT, OutOfTime, Work, in_thread, stoppable


@pytest.fixture
def work():
    mark = CURRENT.set(Work())
    yield CURRENT.get()
    CURRENT.reset(mark)


def test_outside_of_a_request_nothing_is_stopped():
    with stoppable(lambda: pytest.fail("nobody asked for it")):
        assert CURRENT.get() is None


def test_what_is_running_is_stopped_and_what_has_ended_is_not(work):
    stopped = []
    with stoppable(lambda: stopped.append("ended")):
        assert work.busy
    with stoppable(lambda: stopped.append("running")):
        work.stop()
    assert stopped == ["running"] and not work.busy


def test_after_the_end_nothing_new_begins(work):
    work.stop()
    with pytest.raises(OutOfTime), stoppable(print):
        pytest.fail("it began")


def test_a_query_is_interrupted_and_its_connection_good_again(work):
    con = duckdb.connect()
    timer = threading.Timer(0.2, work.stop)
    timer.start()
    start = time.monotonic()
    with pytest.raises(duckdb.InterruptException), stoppable(con.interrupt):
        con.execute("select sum(a.range * b.range) from range(10000000) a, range(10000000) b").fetchall()
    assert time.monotonic() - start < 5 and con.execute("select 1").fetchone() == (1,)


def test_work_in_a_thread_is_busy_until_it_has_really_ended(work):
    begun, end = threading.Event(), threading.Event()

    async def ask():
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(in_thread(lambda: (begun.set(), end.wait(5)), anyio.CapacityLimiter(1)), 0.1)
        assert begun.is_set() and work.busy
        end.set()
        await asyncio.sleep(0.05)
        assert not work.busy
        return await in_thread(lambda: 7, anyio.CapacityLimiter(1))

    assert asyncio.run(ask()) == 7
