"""Bad rows are set aside with their reason and as they came, every row is accounted for, and too many stop the run."""

from datetime import datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.engine.duckdb_session import connect
from features.errors import BadInput, GateFailed
from features.tables.clean import clean

LENIENT = "[quality]\nmax_bad_share = 0.9\n"
ORDERS = '[tables.orders]\npath = "orders.*"\n'
GOOD = "1,2026-01-01,5"
TIMES = pa.array([10**15, 10**15 + 1, 10**15 + 2], pa.timestamp("us"))


def quarantine(tmp_path, name="orders"):
    return pq.read_table(tmp_path / "store" / "quarantine" / f"{name}.parquet").to_pylist()


def csv(*rows, header="user_id,time,amount"):
    return {"orders.csv": "\n".join([header, *rows]) + "\n"}


# A row of orders.csv → why it is set aside.
REASONS = {
    ",2026-01-01,5": "user_id is missing",
    "  ,2026-01-01,5": "user_id is missing",
    "1,,5": "time is missing",
    "1,yesterday,5": "time is not a time",
    "1,2026-02-30,5": "time is not a time",
    "1,31/01/2026,5": "time is not a time",
    "1,2026-01-01 01:00:00 PM,5": "time is not a time",  # read as 1 at night, it would be twelve hours off
    "1,2026-06-01 00:00:01,5": "time is later than now",
    "1,9999-12-31,5": "time is later than now",
    "1,10000-01-01,5": "time is later than now",
    "1,0001-01-01,5": "time is before 1970",
    "1,1969-12-31 23:59:59,5": "time is before 1970",
    "1,2026-01-01,": "amount is missing",
    "1,2026-01-01,five": "amount is not a number",
    '1,2026-01-01,"1,234.50"': "amount is not a number",
    "1,2026-01-01,NaN": "amount is not a number",
    "1,2026-01-01,inf": "amount is not a number",
    "1,2026-01-01,-5": "amount is negative and refunds are not configured",
}


@pytest.mark.parametrize("row", REASONS)
def test_a_bad_row_is_set_aside_with_its_reason_and_as_it_came(cleaned, tmp_path, row):
    tables, rows = cleaned(LENIENT + ORDERS, **csv(GOOD, row))
    assert len(rows["orders"]) == 1
    counts = tables.counts["orders"]
    assert (counts.rows, counts.used, counts.merged, counts.quarantined) == (2, 1, 0, 1)
    assert counts.reasons == {REASONS[row]: 1}
    (kept,) = quarantine(tmp_path)
    assert kept.pop("reason") == REASONS[row]
    expected = ["1", "2026-01-01", "1,234.50"] if '"' in row else row.split(",")
    assert [value or "" for value in kept.values()] == expected


NUMBERS = {
    "NaN": float("nan"),
    "infinite": float("inf"),
    "missing": None,
    "too large for money": 1e15,
}


def test_all_reasons_of_a_row_are_told_at_once(cleaned, tmp_path):
    tables, _ = cleaned(LENIENT + ORDERS, **csv(GOOD, ",soon,five"))
    assert tables.counts["orders"].reasons == {"user_id is missing": 1}  # counted by the first
    (kept,) = quarantine(tmp_path)
    assert kept["reason"] == "user_id is missing; time is not a time; amount is not a number"


@pytest.mark.parametrize("amount", NUMBERS.values(), ids=NUMBERS.keys())
def test_amounts_in_parquet_are_numbers(cleaned, amount):
    times = pa.array([10**15, 10**15 + 1], pa.timestamp("us"))
    table = pa.table({"user_id": [1, 1], "time": times, "amount": pa.array([5.0, amount], pa.float64())})
    tables, _ = cleaned(LENIENT + ORDERS, **{"orders.parquet": table})
    reason = "amount is missing" if amount is None else "amount is not a number"
    assert tables.counts["orders"].reasons == {reason: 1}


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("column", ["user_id", "items", "discount"])
def test_what_is_no_number_is_found_in_every_column_of_floats(cleaned, column, value):
    # With NaN alone: Parquet's statistics leave it out, and DuckDB's isnan() is then false of every row.
    columns = {name: [1.0, 2.0, 3.0] for name in ("user_id", "amount", "items", "discount")} | {"time": TIMES}
    table = pa.table(columns | {column: [1.0, 2.0, value]})
    tables, rows = cleaned(LENIENT + ORDERS, **{"orders.parquet": table})
    noun = "a user id" if column == "user_id" else "a number"
    assert tables.counts["orders"].reasons == {f"{column} is not {noun}": 1}
    assert [row["user_id"] for row in rows["orders"]] == [1, 2]


TOO_FAR = {"after all times": 2**63 - 1, "before all times": -(2**63) + 1, "in the year 10000": 253402300800000000}


@pytest.mark.parametrize("time", TOO_FAR.values(), ids=TOO_FAR.keys())
@pytest.mark.parametrize("column", ["time", "known_at"])
def test_times_that_python_does_not_know_are_told_too(shop, column, time):
    times = {"time": TIMES, "known_at": TIMES} | {column: pa.array([10**15, 10**15 + 1, time], pa.timestamp("us"))}
    orders = pa.table({"user_id": [1] * 3, "amount": [5] * 3, **times})
    config = shop(LENIENT + ORDERS, **{"orders.parquet": orders})
    with connect(config) as con:
        tables = clean(con, config)
    reason = "time is later than now" if time > 0 else "time is before 1970"
    assert tables.counts["orders"].reasons == ({reason: 1} if column == "time" else {})


def test_numbers_that_could_not_be_added_up_exactly_are_set_aside(cleaned):
    rows = ["1,2026-01-01,5,1e13", "1,2026-01-02,5,1e11"]
    tables, _ = cleaned(LENIENT + ORDERS, **csv(*rows, header="user_id,time,amount,items"))
    assert tables.counts["orders"].reasons == {"items is not a number": 1}


def test_a_wrong_clock_is_suspected_before_all_rows_are(cleaned, tmp_path):
    rows = ["1,2026-01-01,5", "1,2026-01-02,5", "2,2018-12-31,5"]
    with pytest.raises(BadInput) as caught:
        cleaned(LENIENT + ORDERS, now=datetime(2019, 1, 1), **csv(*rows))
    assert str(caught.value) == (
        "tables.orders: 2 of 3 rows are later than this machine's clock, which says 2019-01-01 00:00 UTC: set the "
        "clock; if it is right, mend the times or say how they are written (time_format)"
    )
    assert not (tmp_path / "store" / "quarantine").exists()


def test_where_some_rows_lie_ahead_the_clock_is_asked_about(cleaned):
    rows = ["1,2026-01-01,5", "1,2026-01-02,5", "2,2018-12-31,5", "2,2018-12-31,6"]
    with pytest.raises(GateFailed, match="is this machine's clock right, which says 2026-01-01 12:00 UTC.$"):
        cleaned(ORDERS, now=datetime(2026, 1, 1, 12), **csv(*rows))


def test_optional_columns_are_checked_too(cleaned):
    rows = ["1,2026-01-01,5,many,", "1,2026-01-02,5,,soon", "1,2026-01-03,5,nan,", "1,2026-01-04,5,,"]
    tables, rows = cleaned(LENIENT + ORDERS, **csv(*rows, header="user_id,time,amount,items,known_at"))
    assert tables.counts["orders"].reasons == {"items is not a number": 2, "known_at is not a time": 1}
    assert len(rows["orders"]) == 1


POINTS = LENIENT + ORDERS + '[tables.points]\npath = "points.csv"\n'


def test_an_unknown_kind_is_set_aside(cleaned, tmp_path):
    points = "user_id,time,kind,points\n1,2026-01-01,earned,5\n1,2026-01-01,stolen,5\n1,2026-01-01,,5\n"
    tables, rows = cleaned(POINTS, **csv(GOOD), **{"points.csv": points})
    assert tables.counts["points"].reasons == {
        "kind is none of earned, claimed, spent, expired": 1,
        "kind is missing": 1,
    }
    assert [row["kind"] for row in rows["points"]] == ["earned"]
    assert {row["kind"] for row in quarantine(tmp_path, "points")} == {"stolen", None}


def test_points_have_no_sign_of_their_own(cleaned):
    # Spent points written as -5 would be earned by the balance.
    points = "user_id,time,kind,points\n1,2026-01-01,earned,5.5\n1,2026-01-01,spent,-5\n"
    tables, rows = cleaned(POINTS, **csv(GOOD), **{"points.csv": points})
    assert tables.counts["points"].reasons == {"points is negative; the kind says which way they go": 1}
    assert [row["points"] for row in rows["points"]] == [Decimal("5.5")]


def test_a_row_is_set_aside_once_however_much_is_wrong_with_it(cleaned, tmp_path):
    tables, _ = cleaned(LENIENT + ORDERS, **csv(GOOD, ",soon,many"))
    assert tables.counts["orders"].quarantined == 1 == len(quarantine(tmp_path))


def test_reasons_are_counted_the_most_frequent_first(cleaned):
    tables, _ = cleaned(LENIENT + ORDERS, **csv(GOOD, "1,2026-01-01,a", "1,,1", "1,soon,1", "1,late,1"))
    assert list(tables.counts["orders"].reasons.items()) == [
        ("time is not a time", 2),
        ("time is missing", 1),
        ("amount is not a number", 1),
    ]


def test_rows_of_now_are_in_time(cleaned):
    assert cleaned(ORDERS, **csv("1,2026-06-01 00:00:00,5"))[0].counts["orders"].quarantined == 0


def test_the_file_of_an_earlier_run_goes(cleaned, tmp_path):
    cleaned(LENIENT + ORDERS, **csv(GOOD, "1,,5"))
    assert quarantine(tmp_path)
    cleaned(LENIENT + ORDERS, **csv(GOOD))
    assert list((tmp_path / "store" / "quarantine").iterdir()) == []


def test_too_many_bad_rows_stop_the_run(cleaned, tmp_path):
    with pytest.raises(GateFailed) as caught:
        cleaned(ORDERS, **csv(*[GOOD] * 18, "1,,5", "1,soon,5"))
    kept = tmp_path / "store" / "quarantine" / "orders.parquet"
    assert str(caught.value) == (
        "tables.orders: 2 of 20 rows set aside, more than quality.max_bad_share = 0.05: 1 × time is not a time, "
        f"1 × time is missing; mend them (they are in {kept}) or raise the share; "
        "time: 1 × such as 'soon': nothing known reads them; mend them"
    )
    assert len(quarantine(tmp_path)) == 2


def test_a_share_at_the_limit_passes(cleaned):
    assert cleaned(ORDERS, **csv(*[GOOD] * 19, "1,,5"))[0].counts["orders"].quarantined == 1


def test_a_share_of_none_allows_none(cleaned):
    with pytest.raises(GateFailed, match="1 of 100 rows"):
        cleaned("[quality]\nmax_bad_share = 0\n" + ORDERS, **csv(*[GOOD] * 99, "1,,5"))


def test_a_table_without_a_usable_row_is_no_input(cleaned):
    with pytest.raises(BadInput, match="tables.orders: not one of 1 rows is usable, see .*orders.parquet; mend them"):
        cleaned("[quality]\nmax_bad_share = 1\n" + ORDERS, **csv("1,,5"))


DAMAGED = {"too many values": "2,2026-01-01,1,000", "too few": "2,2026-01-01", "an open quote": '2,"2026-01-01,1'}


@pytest.mark.parametrize("line", DAMAGED.values(), ids=DAMAGED.keys())
@pytest.mark.parametrize("before", [3, 30_000], ids=["early", "late"])  # DuckDB looks at 20,480 rows to open a file
def test_a_line_that_does_not_fit_the_header_is_set_aside_and_the_rows_around_it_are_used(
    cleaned, tmp_path, line, before
):
    rows = [f"{user},2026-01-01,1" for user in range(before + 30)]
    tables, kept = cleaned(ORDERS, **csv(*rows[:before], line, *rows[before:]))
    counts = tables.counts["orders"]
    assert (counts.rows, counts.used, counts.quarantined) == (before + 31, before + 30, 1)
    assert str(counts).endswith("1 quarantined (1 line does not fit the header)")
    assert {row["user_id"] for row in kept["orders"]} == set(range(before + 30))
    (aside,) = quarantine(tmp_path)
    assert (aside["malformed_line"], aside["reason"]) == (line, "line does not fit the header")


def test_damaged_lines_count_towards_the_share_of_bad_rows(cleaned):
    with pytest.raises(GateFailed, match="2 of 20 rows set aside, .*: 1 × line does not fit the header, 1 × time is"):
        cleaned(ORDERS, **csv(*[GOOD] * 18, "1,2026-01-01", "1,soon,5"))


some_rows = st.lists(
    st.tuples(
        st.sampled_from(["1", "x y", ""]),
        st.sampled_from(["2026-01-01", "2026-01-02 03:04", "", "soon", "2027-01-01"]),
        st.sampled_from(["a", "b", ""]),
        st.sampled_from(["5", "0", "-1", "", "five", "nan"]),
    ),
    max_size=12,
)


def is_bad(row, refunds):
    user, time, _, amount = row
    negative = amount == "-1" and not refunds
    return not user or time in ("", "soon", "2027-01-01") or amount in ("", "five", "nan") or negative


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=some_rows, refunds=st.booleans())
def test_every_row_is_used_merged_or_quarantined(cleaned, tmp_path, rows, refunds):
    later = sum(time == "2027-01-01" for _, time, _, _ in rows)  # more than half of the rows would be a wrong clock's
    rows = [("1", "2026-01-01", f"z{n}", "5") for n in range(max(later, 1))] + rows
    toml = "[quality]\nmax_bad_share = 1\n" + ORDERS + ('refunds = "negative"\n' if refunds else "")
    tables, kept = cleaned(toml, **csv(*map(",".join, rows), header="user_id,time,order_id,amount"))
    counts, bad = tables.counts["orders"], sum(is_bad(row, refunds) for row in rows)
    good = [row for row in rows if not is_bad(row, refunds)]
    assert counts.repeats == len(good) - len(set(good))
    assert counts.rows == len(rows) == counts.used + counts.merged + counts.repeats + counts.quarantined
    assert counts.quarantined == bad == sum(counts.reasons.values())
    assert counts.used == len(kept["orders"]) == len({row[:3] for row in good})
    assert bad == 0 or len(quarantine(tmp_path)) == bad
