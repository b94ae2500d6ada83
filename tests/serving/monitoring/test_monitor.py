"""serving/monitoring/monitor.py: on a day on which nothing happens, and on days on which something does."""

import shutil
from datetime import timedelta

import ibis
import pytest

from serving.batch import score as job
from serving.monitoring.monitor import advice, monitor
from tests.serving.monitoring.conftest import DAY, as_known


@pytest.fixture(scope="module")
def quiet(monitored):
    return monitor(monitored, monitored.tables.observed_until)


@pytest.fixture
def happened(monitored, older, tmp_path, monkeypatch):
    """happened(tables): the report of a run in which the tables are others than in all runs before."""
    monkeypatch.setattr(job, "write_boards", lambda *_: {"made": {}, "missing": {}})

    def run(**tables):
        until = monitored.tables.observed_until
        shutil.copytree(monitored.config.store_path, tmp_path / "store")
        store = monitored.config.store.model_copy(update={"path": str(tmp_path / "store")})
        config = monitored.config.model_copy(update={"store": store})
        base = as_known(monitored, until, dict(monitored.tables) | tables)
        base = type(base)(config, base.con, base.tables)
        job.score(base, older, until, fresh=True)
        return monitor(base, until)

    return run


def test_a_quiet_day_is_fine(quiet):
    assert (quiet.verdict, list(quiet.found), quiet.days) == ("fine", [], 1)
    assert len(quiet.realised) == 3
    assert not any(one.hindsight for one in quiet.realised)


def test_what_is_old_by_the_clock_stops(monitored):
    report = monitor(monitored, monitored.tables.observed_until + timedelta(days=40))
    assert report.verdict == "stop"
    assert [one.subject for one in report.found] == ["logs", "snapshot"]


def test_a_feed_that_stops_is_named(happened, base, as_of):
    events = base.tables["events"]
    report = happened(events=events.filter(events.time < ibis.literal(as_of - DAY, "timestamp(6)")))
    assert report.verdict == "stop"
    assert ("stopped", "events") in {(one.kind, one.subject) for one in report.found}
    assert [one.subject for one in report.found if one.kind == "volume"] == []  # said once


def test_a_feed_that_comes_twice_and_amounts_in_cents_are_named(happened, base, as_of):
    events, orders = base.tables["events"], base.tables["orders"]
    new = events.filter(events.time >= ibis.literal(as_of - DAY, "timestamp(6)"))
    late = orders.time >= ibis.literal(as_of - DAY, "timestamp(6)")
    cents = ibis.ifelse(late, orders.amount * 100, orders.amount).cast(orders.amount.type())
    report = happened(events=events.union(new).union(new), orders=orders.mutate(amount=cents))
    assert report.verdict == "stop"
    assert {("doubled", "events"), ("unit", "orders.amount")} <= {(one.kind, one.subject) for one in report.found}


def test_every_verdict_has_its_advice_in_both_languages():
    assert len({advice(one).en for one in ("fine", "watch", "retrain", "stop")}) == 4
    assert all(advice(one).zh for one in ("fine", "watch", "retrain", "stop"))
