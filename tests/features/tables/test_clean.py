"""Clean tables: types by contract, lines merged into orders, user ids that still meet. Bad rows: test_clean_bad.py,
times: test_clean_times.py."""

from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import BadInput
from features.tables.counts import Counts

ORDERS = '[tables.orders]\npath = "orders.*"\n'
EVENTS = '[tables.events]\npath = "events.*"\n'
USERS = '[tables.users]\npath = "users.*"\n'
NOON = datetime(2026, 1, 1, 12)


def orders(*rows, header="user_id,time,amount"):
    return {"orders.csv": "\n".join([header, *rows]) + "\n"}


def test_text_becomes_what_the_contract_says(cleaned):
    header = "user_id,time,amount,items,discount,channel,order_id"
    _, rows = cleaned(ORDERS, **orders("1,2026-01-01 12:00:00, 12.34 ,2,0.1,web,7", header=header))
    assert rows["orders"] == [
        {
            "user_id": 1,
            "time": NOON,
            "amount": Decimal("12.3400"),
            "items": 2.0,
            "discount": Decimal("0.1000"),
            "channel": "web",
            "order_id": "7",
            "refund": False,
        }
    ]


def test_parquet_becomes_the_same(cleaned):
    csv = orders("1,2026-01-01 12:00:00,12.34")
    table = pa.table({"user_id": pa.array([1], pa.int32()), "time": [NOON], "amount": pa.array([12.34])})
    assert cleaned(ORDERS, **csv)[1] == cleaned(ORDERS.replace("*", "parquet"), **{"orders.parquet": table})[1]


def test_users_have_flags_and_dates(cleaned):
    users = "user_id,consent_marketing,birthday,signup_time\n1,true,1990-02-03,2026-01-01 12:00\n2,,,\n"
    _, rows = cleaned(ORDERS + USERS, **orders("1,2026-01-01,1"), **{"users.csv": users})
    one, two = sorted(rows["users"], key=lambda row: row["user_id"])
    assert one["consent_marketing"] is True and one["birthday"] == date(1990, 2, 3) and one["signup_time"] == NOON
    assert two == {"user_id": 2, "consent_marketing": None, "birthday": None, "signup_time": None}


def test_empty_text_is_missing(cleaned):
    events = pa.table({"user_id": ["a"], "time": [NOON], "event": [""], "value": [" "]})
    _, rows = cleaned(EVENTS, **{"events.parquet": events})
    assert rows["events"][0] == {"user_id": "a", "time": NOON, "event": None, "value": None}


EMPTY = {"user_id": pa.int64(), "time": pa.timestamp("us"), "amount": pa.float64()}


@pytest.mark.parametrize(
    "file, content",
    [
        ("orders.csv", "user_id,time,amount\n"),
        ("orders.parquet", pa.table({name: pa.array([], dtype) for name, dtype in EMPTY.items()})),
    ],
)
def test_an_empty_table_is_no_input(cleaned, file, content):
    with pytest.raises(BadInput) as caught:
        cleaned(ORDERS, **{file: content})
    assert str(caught.value) == "tables.orders: orders.* has no rows; check the path and the export"


@pytest.mark.parametrize("column", range(4))
def test_damage_inside_a_parquet_file_is_told_in_one_line(cleaned, tmp_path, column):
    users = list(range(1000))
    table = pa.table({"user_id": users, "time": [NOON] * 1000, "amount": [1.5] * 1000, "channel": map(str, users)})
    cleaned(ORDERS, **{"orders.parquet": table})
    file = tmp_path / "orders.parquet"
    chunk = pq.read_metadata(file).row_group(0).column(column)
    begin, whole = chunk.dictionary_page_offset or chunk.data_page_offset, file.read_bytes()
    file.write_bytes(whole[:begin] + b"\xff" * 40 + whole[begin + 40 :])
    with pytest.raises(BadInput) as caught:
        cleaned(ORDERS)
    line = str(caught.value)
    assert line.startswith("tables.orders: cannot be read: ") and line.endswith("mend or remove the file")
    assert "\n" not in line


def test_numbers_are_no_times(cleaned):
    table = pa.table({"user_id": [1], "time": [1767225600], "amount": [1.0]})
    with pytest.raises(
        BadInput,
        match="column time holds numbers, not times, such as .1767225600.: time_format = .epoch_s.",
    ):
        cleaned(ORDERS, **{"orders.parquet": table})


# Lines of orders → (user, order, amount) of what comes out.
MERGED = {
    "one user at one time": (["1,12:00,,2", "1,12:00,,3"], [(1, None, 5)]),
    "another time": (["1,12:00,,2", "1,12:01,,3"], [(1, None, 2), (1, None, 3)]),
    "another user": (["1,12:00,,2", "2,12:00,,3"], [(1, None, 2), (2, None, 3)]),
    "one order": (["1,12:00,a,2", "1,12:00,a,3"], [(1, "a", 5)]),
    "two orders at one time": (["1,12:00,a,2", "1,12:00,b,3"], [(1, "a", 2), (1, "b", 3)]),
    # Added up, the later line would be known before it was ordered.
    "one order at two times": (["1,12:00,a,2", "1,12:01,a,3"], [(1, "a", 2), (1, "a", 3)]),
    "one order of two users": (["1,12:00,a,2", "2,12:00,a,3"], [(1, "a", 2), (2, "a", 3)]),
    "with and without a name": (["1,12:00,a,2", "1,12:00,,3", "1,12:00,,4"], [(1, None, 7), (1, "a", 2)]),
    "a discount as a line": (["1,12:00,a,5", "1,12:00,a,-2"], [(1, "a", 3)]),
}


@pytest.mark.parametrize("lines, expected", MERGED.values(), ids=MERGED.keys())
def test_lines_become_orders(cleaned, lines, expected):
    split = (line.split(",") for line in lines)
    csv = [f"{user},2026-01-01 {time},{order},{amount}" for user, time, order, amount in split]
    files = orders(*csv, header="user_id,time,order_id,amount")
    tables, rows = cleaned(ORDERS + 'refunds = "negative"\n', **files)
    got = sorted((row["user_id"], row["order_id"] or "", row["amount"]) for row in rows["orders"])
    assert got == [(user, order or "", amount) for user, order, amount in expected]
    counts = tables.counts["orders"]
    assert (counts.rows, counts.used, counts.merged) == (len(lines), len(expected), len(lines) - len(expected))
    assert not any(row["refund"] for row in rows["orders"])


def test_a_merged_order_adds_up_and_is_known_with_its_last_line(cleaned):
    header = "user_id,time,amount,items,discount,channel,known_at"
    lines = [
        "1,2026-01-01 12:00,0.1,1,,web,2026-01-03",
        "1,2026-01-01 12:00,0.2,2,0.5,app,2026-01-02",
        "1,2026-01-01 12:00,0.3,,0.25,,",
    ]
    (row,) = cleaned(ORDERS, **orders(*lines, header=header))[1]["orders"]
    assert (row["amount"], row["items"], row["discount"]) == (Decimal("0.6"), 3, Decimal("0.75"))
    assert (row["channel"], row["known_at"]) == ("app", datetime(2026, 1, 3))


def test_events_are_not_merged(cleaned):
    events = "user_id,time\n1,2026-01-01 12:00\n1,2026-01-01 12:00\n"
    tables, rows = cleaned(EVENTS, **{"events.csv": events})
    assert len(rows["events"]) == 2 and tables.counts["events"].merged == 0


def test_refunds_are_marked_where_they_are_configured(cleaned):
    csv = orders("1,2026-01-01 12:00,5", "1,2026-01-02 12:00,-5")
    _, rows = cleaned(ORDERS + 'refunds = "negative"\n', **csv)
    assert {row["amount"]: row["refund"] for row in rows["orders"]} == {5: False, -5: True}


IDS = {
    "numbers": (["7", "8"], [7, 8]),
    "zeros in front": (["7", "007"], ["007", "7"]),
    "names": (["ann", " bob "], ["ann", "bob"]),
}


@pytest.mark.parametrize("ids, expected", IDS.values(), ids=IDS.keys())
def test_user_ids_keep_their_type(cleaned, ids, expected):
    _, rows = cleaned(ORDERS, **orders(*(f"{user},2026-01-01,1" for user in ids)))
    assert sorted(row["user_id"] for row in rows["orders"]) == expected


def test_ids_of_all_tables_have_one_type(cleaned):
    events = "user_id,time\n7,2026-01-01\nann,2026-01-01\n"
    _, rows = cleaned(ORDERS + EVENTS, **orders("7,2026-01-01,1"), **{"events.csv": events})
    assert [row["user_id"] for row in rows["orders"]] == ["7"]
    assert sorted(row["user_id"] for row in rows["events"]) == ["7", "ann"]


def test_ids_that_pandas_made_floats_still_meet_the_others(cleaned):
    # One missing id makes a column of integers one of floats: 7.0 is the user 7 of the other table.
    table = pa.table({"user_id": [7.0] * 30 + [None], "time": [NOON] * 31, "amount": [1.0] * 31})
    for ids, expected in ((["7", "8"], 7), (["7", "ann"], "7")):
        events = "user_id,time\n" + "".join(f"{user},2026-01-01\n" for user in ids)
        files = {"orders.parquet": table, "events.csv": events}
        _, rows = cleaned(ORDERS + EVENTS, **files)
        assert {row["user_id"] for row in rows["orders"]} == {expected}
        assert expected in {row["user_id"] for row in rows["events"]}


@pytest.mark.parametrize("other, expected", [("2", [1, 1, 2]), ("ann", ["1", "1", "ann"])])
def test_floats_written_to_csv_meet_the_others_too(cleaned, other, expected):
    events = {"events.csv": "user_id,time\n1.0,2026-01-01\n"}
    tables = ORDERS + '[tables.events]\npath = "events.csv"\n'
    _, rows = cleaned(tables, **orders("1,2026-01-01,1", f"{other},2026-01-01,1"), **events)
    assert sorted(row["user_id"] for name in rows for row in rows[name]) == expected


def test_counts_tell_what_became_of_the_rows():
    counts = Counts(1234, 1200, 30, 4, {"amount is missing": 3, "time is missing": 1})
    assert str(counts) == (
        "1,234 rows = 1,200 used + 30 merged + 4 quarantined (3 amount is missing, 1 time is missing)"
    )
    assert str(Counts(2, 2, 0, 0, {})) == "2 rows = 2 used + 0 merged + 0 quarantined"


# A row beside user 1's with a user called "abc" → settings under which it is not used.
NOT_USED = {
    "a bad time": ("abc,yesterday,5,", ""),
    "cancelled": ("abc,2026-01-01,5,yes", "cancelled = \"off == 'yes'\"\n"),
    "a guest": (",2026-01-01,5,", 'guests = "drop"\n'),
}


@pytest.mark.parametrize("row, said", NOT_USED.values(), ids=NOT_USED.keys())
def test_a_row_that_is_not_used_does_not_make_ids_text(cleaned, row, said):
    files = orders("1,2026-01-01,5,", row, header="user_id,time,amount,off")
    tables, rows = cleaned(ORDERS + said + "[quality]\nmax_bad_share = 0.9\n", **files)
    assert [one["user_id"] for one in rows["orders"]] == [1]
    assert tables.counts["orders"].rows == 2


def test_a_row_that_is_used_makes_ids_text(cleaned):
    _, rows = cleaned(ORDERS, **orders("1,2026-01-01,5", "abc,2026-01-01,5"))
    assert {one["user_id"] for one in rows["orders"]} == {"1", "abc"}
