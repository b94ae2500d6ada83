"""Features of rows that a request brings: the same as those of whole tables, and bad rows told one by one."""

from dataclasses import replace

import duckdb
import pyarrow as pa
import pytest

from features.build import plan, run
from features.feature import parse
from serving.api.guard.deadline import CURRENT, OutOfTime, Work
from serving.api.raw import Bad, Raw

NAMES = ("days_since_active", "order_count_30d", "order_amount_total", "event_count_30d", "plan")


@pytest.fixture(scope="module")
def raw(base):
    return Raw(base.config, NAMES, 1)


def orders(*rows):
    return {"orders": [{"time": time, "amount": amount} for time, amount in rows]}


def value(raw, population, user, name):
    return raw.features([user], population)[0][name].to_pylist()[0]


def test_every_feature_of_a_model_is_what_the_whole_tables_give(base, population, rows, sent):
    names = tuple(dict.fromkeys(["days_since_active", *base.model.bundle.features]))
    ids = [row["user_id"] for row in rows[:150]]
    got, bad = Raw(base.config, names, 1).features(sent(ids), population)
    assert bad == [] and got["user_id"].to_pylist() == list(range(150))
    compiled = plan(base.config, base.con, base.tables.tables, [parse(name) for name in names])
    expected = run(base.con, compiled, population, pa.table({"user_id": ids})).sort_by("user_id")
    assert expected["user_id"].to_pylist() == ids
    assert [name for name in names if not got[name].equals(expected[name])] == []


def test_bad_rows_are_told_and_the_others_count(raw, population, as_of):
    fine = f"{as_of:%Y-%m-%dT00:00:00}"
    user = {
        "orders": [
            {"time": fine, "amount": 3.0},
            {"time": "yesterday", "amount": 1.0},
            {"amount": 1.0},
            {"time": fine},
            {"time": fine, "amount": -1.0},
            {"time": fine, "amount": 1e30},
            {"time": "2999-01-01", "amount": 1.0},
            {"time": "0001-01-01", "amount": 1.0},
        ],
        "events": [{"time": ""}, {"time": fine}],
    }
    features, bad = raw.features([{}, user], population)
    assert [(one.table, one.row, one.code) for one in bad] == [
        ("events", 0, "missing"),
        ("orders", 1, "not_a_time"),
        ("orders", 2, "missing"),
        ("orders", 3, "missing"),
        ("orders", 4, "negative"),
        ("orders", 5, "not_a_number"),
        ("orders", 6, "later_than_now"),
        ("orders", 7, "before_1970"),
    ]
    assert {one.user for one in bad} == {1} and bad[1] == Bad(1, "orders", 1, "not_a_time", "time is not a time")
    assert features["order_amount_total"].to_pylist() == [0, 3]
    assert features["event_count_30d"].to_pylist() == [0, 1]


def test_lines_of_one_order_are_one_order(raw, population):
    lines = [
        {"time": "2025-12-20", "amount": amount, "order_id": order} for amount, order in ((1, "a"), (2, "a"), (4, "b"))
    ]
    assert value(raw, population, {"orders": lines}, "order_count_30d") == 2


def test_rows_at_or_after_the_cutoff_change_nothing(raw, population, as_of):
    before = orders(("2025-12-20", 1.0))
    after = orders(("2025-12-20", 1.0), (as_of.isoformat(), 5.0), ("2026-02-01", 7.0))
    assert raw.features([before], population) == raw.features([after], population)


def test_nothing_of_a_request_outlives_it(raw, population):
    raw.features([orders(("2025-12-20", 1.0))], population)
    features, bad = raw.features([{}], population)
    assert features["order_amount_total"].to_pylist() == [0] and bad == []
    with pytest.raises(pa.ArrowException):  # a cutoff that is none: the request fails half way
        raw.features([orders(("2025-12-20", 1.0))], replace(population, cutoff="today"))
    assert raw.features([{}], population)[0].equals(features)


def test_the_database_reads_no_file_and_stays_so(raw):
    con = raw._idle.get()
    try:
        for sql in ("FROM read_csv('/etc/passwd')", "SET enable_external_access = true", "COPY moment TO '/tmp/x'"):
            with pytest.raises(duckdb.Error):
                con.execute(sql)
    finally:
        raw._idle.put(con)


def test_work_whose_time_is_over_does_not_begin(raw, population):
    work = Work()
    work.stop()
    token = CURRENT.set(work)
    try:
        with pytest.raises(OutOfTime):
            raw.features([{}], population)
    finally:
        CURRENT.reset(token)
    assert raw.features([{}], population)[1] == []  # and its connection serves the next
