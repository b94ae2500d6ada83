"""Features of rows that a request brings: the same as those of whole tables, and bad rows told one by one."""

from dataclasses import replace
from datetime import datetime, timedelta

import duckdb
import pyarrow as pa
import pytest

from features.build import plan, run
from features.build.population import Population
from features.catalogue.feature import parse
from features.config import Config
from features.config.stage_rules import WEEKS
from serving.api.guard.deadline import CURRENT, OutOfTime, Work
from serving.api.predict.raw_rows import Bad, Raw

NAMES = ("days_since_active", "order_count_30d", "order_amount_total", "event_count_30d", "plan")


@pytest.fixture(scope="module")
def raw(base):
    return Raw(base.config, NAMES, 1)


def orders(*rows):
    return {"orders": [{"time": time, "amount": amount} for time, amount in rows]}


def value(raw, population, user, name):
    return raw.known([user], population).features[name].to_pylist()[0]


def test_every_feature_of_a_model_is_what_the_whole_tables_give(base, population, rows, sent):
    names = tuple(dict.fromkeys(["days_since_active", *base.model.bundle.features]))
    ids = [row["user_id"] for row in rows[:150]]
    known = Raw(base.config, names, 1).known(sent(ids), population)
    got = known.features
    assert known.bad == [] and known.weeks is None and got["user_id"].to_pylist() == list(range(150))
    compiled = plan(base, [parse(name) for name in names])
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
    known = raw.known([{}, user], population)
    features, bad = known.features, known.bad
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
    assert raw.known([before], population) == raw.known([after], population)


def test_nothing_of_a_request_outlives_it(raw, population):
    raw.known([orders(("2025-12-20", 1.0))], population)
    known = raw.known([{}], population)
    assert known.features["order_amount_total"].to_pylist() == [0] and known.bad == []
    with pytest.raises(duckdb.ConversionException):  # a cutoff that is none: the request fails half way
        raw.known([orders(("2025-12-20", 1.0))], replace(population, cutoff="some day"))
    assert raw.known([{}], population) == known


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
            raw.known([{}], population)
    finally:
        CURRENT.reset(token)
    assert raw.known([{}], population).bad == []  # and its connection serves the next


def test_the_weeks_before_are_told_as_if_asked_then(base, population, rows, sent):
    looks, ids = (
        ("active_days_30d", "event_count_7d", "days_since_signup", "plan"),
        [row["user_id"] for row in rows[:60]],
    )
    known = Raw(base.config, ("plan",), 1, looks).known(sent(ids), population)
    compiled = plan(base, [parse(name) for name in looks])
    for week in range(WEEKS):
        then = replace(population, cutoff=population.cutoff - timedelta(days=7 * (week + 1)))
        expected = run(base.con, compiled, then, pa.table({"user_id": ids})).sort_by("user_id")
        got = known.weeks.take([*range(week, len(known.weeks), WEEKS)])
        assert [name for name in looks if got[name].to_pylist() != expected[name].to_pylist()] == []


def test_rows_of_a_request_are_the_users_own_whatever_id_tells_the_users_of_files():
    by_card = {"path": "o.csv", "columns": {"user_id": {"id_type": "card", "column": "card_no"}}}
    raw = Raw(Config(tables={"orders": by_card, "identities": {"path": "i.csv"}}), ["order_count_90d"], 1)
    rows = {"orders": [{"time": "2026-01-01", "amount": 5}]}
    known = raw.known([rows, {}], Population(datetime(2026, 2, 1), 0, None, None, 0.0, 0.0))
    assert known.features["order_count_90d"].to_pylist() == [1, 0] and known.bad == []


def test_rows_from_before_the_logs_begin_do_not_count_in_a_request_either(base, population, as_of):
    begin = as_of.replace(microsecond=0) - timedelta(days=100)
    churn = base.config.churn.model_copy(update={"observed_from": begin.isoformat()})
    one = Raw(base.config.model_copy(update={"churn": churn}), NAMES, 1)
    sent = orders((f"{begin:%Y-%m-%dT%H:%M:%S}", 3.0), (f"{begin - timedelta(seconds=1):%Y-%m-%dT%H:%M:%S}", 5.0))
    assert value(one, population, sent, "order_amount_total") == 3 and one.known([sent], population).bad == []
