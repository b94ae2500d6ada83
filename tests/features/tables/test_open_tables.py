"""The configured files: found, opened under our names, and told about in one line where that fails."""

from datetime import datetime

import pyarrow as pa
import pytest

from features.engine.duckdb_session import connect
from features.errors import BadInput
from features.tables.open_tables import integer_ids, open_tables
from features.tables.stamps import fingerprint

TOML = '[tables.orders]\npath = "{}"\n'
CSV = "user_id,time,amount\n1,2026-01-01,5\n"
TABLE = pa.table({"user_id": [1], "time": [datetime(2026, 1, 1)], "amount": [5.0]})


@pytest.fixture
def opened(shop):
    """The orders as they came, as rows."""

    def make(toml, **files):
        config = shop(toml, **files)
        with connect(config) as con:
            return con.to_pyarrow(open_tables(con, config)["orders"]).to_pylist()

    return make


def told(opened, toml, **files):
    with pytest.raises(BadInput) as caught:
        opened(toml, **files)
    assert "\n" not in str(caught.value)
    return str(caught.value)


FILES = {
    "a CSV file": ("orders.csv", {"orders.csv": CSV}),
    "a compressed one": ("orders.csv.gz", {"orders.csv.gz": CSV}),
    "a CSV file with semicolons": ("orders.csv", {"orders.csv": CSV.replace(",", ";")}),
    "a Parquet file": ("orders.parquet", {"orders.parquet": TABLE}),
    "a glob": ("data/*.parquet", {"data/a.parquet": TABLE}),
    "folders below": ("data/**/*.parquet", {"data/2026/01/a.parquet": TABLE}),
    "brackets in a folder": ("data[1]/orders.parquet", {"data[1]/orders.parquet": TABLE}),
}


@pytest.mark.parametrize("path, files", FILES.values(), ids=FILES.keys())
def test_files_are_found(opened, path, files):
    # A bracket is a pattern to glob; where it is meant as it stands, write [[]1].
    rows = opened(TOML.format(path.replace("[1]", "[[]1]")), **files)
    assert [str(row["user_id"]) for row in rows] == ["1"]


def test_the_folder_of_the_file_is_no_pattern(tmp_path, shop):
    home = tmp_path / "shop [x]*"
    home.mkdir()
    (home / "orders.csv").write_text(CSV)
    (home / "holdfast.toml").write_text(TOML.format("*.csv"))
    from features.config import load

    config = load(home / "holdfast.toml")
    with connect(config) as con:
        assert con.to_pyarrow(open_tables(con, config)["orders"]).num_rows == 1


def test_several_files_are_one_table(opened):
    files = {"data/a.csv": CSV, "data/b.csv": CSV, "more.csv": CSV}
    assert len(opened('[tables.orders]\npath = ["data/*.csv", "more.csv"]\n', **files)) == 3


def test_files_may_have_other_columns_in_another_order(opened):
    other = "amount,channel,user_id,time\n7,web,2,2026-01-02\n"
    rows = sorted(opened(TOML.format("*.csv"), **{"a.csv": CSV, "b.csv": other}), key=lambda row: row["user_id"])
    assert [(row["user_id"], row["amount"], row["channel"]) for row in rows] == [("1", "5", None), ("2", "7", "web")]


def test_variables_in_a_path_are_filled_in(opened, monkeypatch, tmp_path):
    monkeypatch.setenv("PLACE", str(tmp_path / "there"))
    assert opened(TOML.format("${PLACE}/orders.csv"), **{"there/orders.csv": CSV})


def test_columns_are_read_under_our_names_and_others_are_left(opened):
    csv = "customer,when,value,secret\n1,2026-01-01,5,x\n"
    toml = TOML.format("orders.csv") + 'columns = { user_id = "customer", time = "when", amount = "value" }\n'
    assert opened(toml, **{"orders.csv": csv}) == [{"user_id": "1", "time": "2026-01-01", "amount": "5"}]


def test_a_mapped_column_wins_over_one_of_our_name(opened):
    csv = "user_id,time,amount,net\n1,2026-01-01,5,4\n"
    toml = TOML.format("orders.csv") + 'columns = { amount = "net" }\n'
    assert opened(toml, **{"orders.csv": csv})[0]["amount"] == "4"


def test_a_missing_file_is_named_as_it_was_written(opened):
    assert told(opened, TOML.format("data/*.csv")) == (
        "holdfast.toml: tables.orders.path: no file at 'data/*.csv'; correct the path"
    )


def test_one_missing_file_of_several_is_an_error(opened):
    line = told(opened, '[tables.orders]\npath = ["a.csv", "b.csv"]\n', **{"a.csv": CSV})
    assert "no file at 'b.csv'" in line


def test_a_variable_without_a_value_is_named_with_its_key(opened, monkeypatch):
    monkeypatch.delenv("PLACE", raising=False)
    line = told(opened, TOML.format("${PLACE}/orders.csv"))
    assert line.startswith("holdfast.toml: tables.orders.path: '${PLACE}' has no value; set PLACE")


def test_two_formats_are_not_mixed(opened):
    line = told(opened, TOML.format("data/*"), **{"data/a.csv": CSV, "data/b.parquet": TABLE})
    assert line == "holdfast.toml: tables.orders.path: both Parquet and CSV files; give one kind"


def test_a_missing_column_is_told_the_nearest(opened):
    line = told(opened, TOML.format("orders.csv"), **{"orders.csv": CSV.replace("amount", "Amount")})
    assert line == (
        "holdfast.toml: tables.orders.columns: no column 'amount' for amount in orders.csv; "
        "did you mean 'Amount'? (columns = { amount = \"…\" })"
    )


def test_a_mapped_column_must_be_there(opened):
    toml = TOML.format("orders.csv") + 'columns = { items = "itmes" }\n'
    assert "no column 'itmes' for items in orders.csv; " in told(opened, toml, **{"orders.csv": CSV})


@pytest.mark.parametrize("cut", [0, 4, 40, -40, -4], ids=lambda cut: f"cut at {cut}")
def test_a_damaged_parquet_file_is_named(opened, tmp_path, cut):
    import pyarrow.parquet as pq

    pq.write_table(TABLE, tmp_path / "orders.parquet")
    (tmp_path / "orders.parquet").write_bytes((tmp_path / "orders.parquet").read_bytes()[:cut])
    line = told(opened, TOML.format("orders.parquet"))
    assert line.startswith("tables.orders: ") and line.endswith("; mend or remove the file")
    assert "orders.parquet" in line and "cannot be read" in line


@pytest.mark.parametrize("row", ["2,2026-01-01,1,000", "2,2026-01-01", '2,"2026-01-01,1'])
def test_a_damaged_line_of_a_csv_file_stands_among_the_rows_to_be_set_aside(opened, row):
    rows = opened(TOML.format("orders.csv"), **{"orders.csv": CSV + row + "\n3,2026-01-01,1\n"})
    assert [(one["user_id"], one["malformed_line"]) for one in rows] == [("1", None), (None, row), ("3", None)]


@pytest.mark.parametrize("before", [1, 30_000], ids=["early", "late"])
@pytest.mark.parametrize("line", ["ü,2026-01-01,5,x", "1,2026-01-01,5,ü"], ids=["first column", "last column"])
def test_a_line_that_is_not_utf_8_stands_among_the_rows_to_be_set_aside(shop, before, line):
    config = shop(TOML.format("orders.csv"))
    good = b"1,2026-01-01,5,x\n"
    content = b"user_id,time,amount,channel\n" + good * before + line.encode("latin-1") + b"\n" + good
    (config.file.parent / "orders.csv").write_bytes(content)
    with connect(config) as con:
        table = open_tables(con, config)["orders"]
        assert int(con.to_pyarrow(table.count()).as_py()) == before + 2
        odd = con.to_pyarrow(table.malformed_line.nunique()).as_py(), con.to_pyarrow(table.malformed_line.max()).as_py()
    assert odd == (1, line.replace("ü", r"\xfc"))


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16-be"])
def test_a_csv_file_whose_header_is_not_utf_8_is_told(shop, encoding):
    config = shop(TOML.format("orders.csv"))
    (config.file.parent / "orders.csv").write_bytes(CSV.replace("amount", "amount,größe").encode(encoding))
    with pytest.raises(BadInput) as caught, connect(config) as con:
        open_tables(con, config)
    line = str(caught.value)
    assert "orders.csv cannot be read: " in line and line.endswith('encoding = "utf-16", "gbk", "cp1252"')


def test_quotes_and_blank_lines_are_read(opened):
    csv = 'user_id,time,amount\n1,2026-01-01,"1,2""3"\n\n2,2026-01-01,5\n'
    assert [row["amount"] for row in opened(TOML.format("orders.csv"), **{"orders.csv": csv})] == ['1,2"3', "5"]


def test_an_empty_csv_file_is_named(opened):
    assert "orders" in told(opened, TOML.format("orders.csv"), **{"orders.csv": ""})


EVENTS = '[tables.events]\npath = "events.csv"\n'
BARE = {"events.csv": "user_id,time\n1,2026-01-01\n"}
COUNTED = {
    '[churn]\nactivity = ["events:login"]\n': (
        "holdfast.toml: churn.activity[0]: 'events:login' needs the column event, which tables.events lacks; "
        'map it with tables.events.columns = { event = "…" }'
    ),
    '[value]\nsum = "events.value"\n': (
        "holdfast.toml: value.sum: 'events.value' needs the column value, which tables.events lacks; "
        'map it with tables.events.columns = { value = "…" }'
    ),
}


@pytest.mark.parametrize("toml", COUNTED, ids=["activity", "value"])
def test_what_the_configuration_counts_must_be_there(opened, toml):
    assert told(opened, EVENTS + toml, **BARE) == COUNTED[toml]


WHOLE = {
    "numbers": ([1, 2], True),
    "numbers as text": (["1", "-2"], True),
    "zeros in front": (["1", "007"], False),
    "blanks around": ([" 1", "2"], False),
    "names": (["1", "ann"], False),
    "floats as text": (["1.0", "2"], True),
    "parts as text": (["1.5", "2"], False),
    "with one missing": ([1.0, None], True),  # what pandas makes of it
    "parts": ([1.5, 2.0], False),
    "not a number": ([1.0, float("nan")], True),
    "infinite": ([1.0, float("inf")], True),
    "too large for an integer": ([1.0, 1e30], False),
    "too large to be exact": ([1.0, 2.0**60], False),
    "missing text": (["1", None, ""], True),
    "unsigned": (pa.array([1, 2**63], pa.uint64()), False),
    "bytes": ([b"a", b"b"], False),
}


@pytest.mark.parametrize("ids, whole", WHOLE.values(), ids=WHOLE.keys())
def test_which_user_ids_are_integers(con, ids, whole):
    table = con.create_table("ids", pa.table({"user_id": ids}), temp=True, overwrite=True)
    assert integer_ids(con, {"orders": table}) == whole


def test_one_table_of_text_makes_all_ids_text(con):
    text = con.create_table("texts", pa.table({"user_id": ["ann"]}), temp=True, overwrite=True)
    numbers = con.create_table("numbers", pa.table({"user_id": [1]}), temp=True, overwrite=True)
    assert not integer_ids(con, {"orders": numbers, "events": text})


def test_the_fingerprint_follows_the_files(con, shop):
    def of(path, **files):
        return fingerprint(con, shop(TOML.format(path), **files), {})

    files = {"orders.csv": CSV}
    before = of("*.csv", **files)
    assert of("*.csv") == before
    assert of("*.csv", **{"orders.csv": CSV + "2,2026-01-01,5\n"}) != before
    assert of("*.csv", **files | {"more.csv": CSV}) != before
