"""Values of a raw table as the contract wants them, and the words for what is wrong with a row."""

import re
from datetime import datetime

import ibis
import pyarrow as pa
import pytest

from features.catalogue.input_tables import CONTRACTS
from features.config import Config
from features.tables.columns import SEVERAL
from features.tables.damaged_csv import LINE
from features.tables.row_checks import CODES, faults, first_fault, typed, which_fault

CONFIG = Config(tables={name: {"path": f"{name}.parquet"} for name in ("orders", "points", "feedback", "users")})
NOW = datetime(2026, 1, 31)


@pytest.fixture(scope="module")
def look():
    """look(table, rows): (values without the fault, faults) of raw rows, everything in order."""
    con = ibis.duckdb.connect()
    con.raw_sql("SET TimeZone = 'UTC'")

    def found(name, rows, now=NOW):
        table = con.create_table("raw", ibis.memtable(rows).mutate(row=ibis.row_number()), overwrite=True)
        values = typed(CONFIG, name, table, True)
        tests = faults(CONFIG, name, table, values, now)
        read = con.to_pyarrow(table.select(table["row"], **values, fault=first_fault(tests)).order_by("row"))
        return read.drop_columns("row").to_pylist()

    return found


def order(**columns):
    return {"user_id": 1, "time": "2026-01-01T00:00:00", "amount": 1.0} | columns


@pytest.mark.parametrize(
    ("columns", "fault"),
    [
        ({}, None),
        ({"amount": None}, "amount is missing"),
        ({"amount": 1e30}, "amount is not a number"),
        ({"amount": -1.0}, "amount is negative and refunds are not configured"),
        ({"time": "yesterday"}, "time is not a time"),
        ({"time": None}, "time is missing"),
        ({"time": "2026-02-01"}, "time is later than now"),
        ({"time": "1969-12-31T23:59:59"}, "time is before 1970"),
        ({"time": "1970-01-01"}, "time is zero (1970-01-01), which stands for no time"),
        ({"time": "yesterday", "amount": None}, "time is not a time"),  # the first counts
    ],
)
def test_the_first_fault_of_a_row_is_told(look, columns, fault):
    found, fine = look("orders", [order(**columns), order()])
    assert (found["fault"], fine["fault"]) == (fault, None)


def test_now_may_be_told_by_the_engine_itself(look):
    rows = [order(), order(time="2999-01-01")]
    assert [row["fault"] for row in look("orders", rows, ibis.now().cast("timestamp(6)"))] == [
        None,
        "time is later than now",
    ]


@pytest.mark.parametrize(
    ("resolved", "fault"),
    [
        ("2026-01-10", None),  # clocks, zones and whole days differ
        ("2026-01-09T12:00:00", None),
        ("2026-01-09T11:59:59", "resolved_at is more than a day before time"),
        (None, None),
    ],
)
def test_what_comes_afterwards_is_not_long_before(look, resolved, fault):
    row = {"user_id": 1, "time": "2026-01-10T12:00:00", "kind": "ticket"}
    rows = [row | {"resolved_at": resolved}, row | {"resolved_at": "2026-01-11"}]
    assert [one["fault"] for one in look("feedback", rows)] == [fault, None]


def test_columns_of_others_are_passed_over(look):
    (found,) = look("orders", [order(mood="good")])
    assert found == {"user_id": 1, "time": datetime(2026, 1, 1), "amount": 1, "fault": None}


def test_kinds_and_signs_of_points_are_held_to_their_contract(look):
    rows = [
        {"user_id": 1, "time": "2026-01-01", "kind": kind, "points": n} for kind, n in (("won", 1.0), ("spent", -1.0))
    ]
    told = [row["fault"] for row in look("points", rows)]
    assert told == [
        "kind is none of earned, claimed, spent, expired",
        "points is negative; the kind says which way they go",
    ]


def test_a_time_zone_is_one_that_there_is(look):
    zones = ["Asia/Shanghai", "UTC", None, "", "Mars/Olympus", "CEST"]
    found = look("users", pa.table({"user_id": [1] * 6, "timezone": zones}))
    assert [row["timezone"] for row in found] == ["Asia/Shanghai", "UTC", None, None, "Mars/Olympus", "CEST"]
    wrong = "timezone is none of the IANA list, such as Asia/Shanghai"
    assert [row["fault"] for row in found] == [None] * 4 + [wrong] * 2


def every_fault():
    """All that can be wrong with a row of any table, from files of text with lines that do not fit."""
    for name, contract in CONTRACTS.items():
        sources = {one: {"path": f"{one}.csv"} for one in {name, "orders", "events", "identities"}}
        sources["events"]["columns"] = {"user_id": {"id_type": "card", "column": "card_no"}}
        config = Config(tables=sources)
        columns = {column.name: "string" for column in contract.columns}
        columns |= {SEVERAL: "boolean"} if name == "identities" else {}
        table = ibis.table(columns | {LINE: "string"}, name="raw")
        yield from faults(config, name, table, typed(config, name, table, True), NOW)


def test_every_fault_has_a_code_that_is_listed_and_every_listed_code_a_fault():
    assert {one.code for one in every_fault()} == set(CODES)


def test_faults_of_one_code_are_worded_alike():
    words = {(one.code, re.sub(r"^\w+ | of .*| and .*|[;:].*", "", one.words)) for one in every_fault()}
    assert ("negative", "is negative") in words and len(words) == len(CODES)


def test_a_fault_is_found_by_its_place_as_by_its_words(look):
    con = ibis.duckdb.connect()
    table = con.create_table("raw", ibis.memtable([order(), order(amount=None), order(time="yesterday")]))
    tests = faults(CONFIG, "orders", table, typed(CONFIG, "orders", table, True), NOW)
    found = con.to_pyarrow(table.select(place=which_fault(tests), words=first_fault(tests))).to_pylist()
    assert [one["words"] for one in found] == [None, "amount is missing", "time is not a time"]
    assert [one["place"] if one["place"] is None else tests[one["place"]].code for one in found] == [
        None,
        "missing",
        "not_a_time",
    ]


@pytest.mark.parametrize("zone", ["CST", "IST", "BST", "est"])
def test_a_zone_whose_name_means_several_is_not_guessed(look, zone):
    (row,) = look("orders", [order(time=f"2026-01-01 12:00:00 {zone}")])
    assert row["time"] is None and row["fault"].startswith("time is not a time: the short name of its zone")


def test_a_zone_whose_name_means_one_is_read(look):
    rows = look("orders", [order(time=f"2026-01-01 12:00:00 {zone}") for zone in ("CET", "JST", "UTC", "Asia/Tokyo")])
    assert [row["time"].hour for row in rows] == [11, 3, 12, 3]


def test_no_time_is_zero_in_the_projects_zone_either(look):
    assert look("orders", [order(time="1970-01-01T00:00:00Z")])[0]["fault"].startswith("time is zero")


def test_an_ambiguous_zone_has_a_code_of_its_own():
    con = ibis.duckdb.connect()
    table = con.create_table("raw", ibis.memtable([order(time="2026-01-01 12:00:00 CST"), order(time="yesterday")]))
    tests = faults(CONFIG, "orders", table, typed(CONFIG, "orders", table, True), NOW)
    found = con.to_pyarrow(table.select(place=which_fault(tests))).to_pylist()
    assert [tests[one["place"]].code for one in found] == ["ambiguous_zone", "not_a_time"]
