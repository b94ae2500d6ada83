"""Forms that the engine does not read are read all the same, and every refusal names the form and the cure."""

import bz2
import gzip
import io
import zipfile
from datetime import datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.ipc as ipc
import pyarrow.parquet as pq
import pytest

from features.errors import BadInput

TOML = '[quality]\nmax_bad_share = 0.9\n[tables.orders]\npath = "{}"\n'
CSV = "user_id,time,amount,channel\n1,2026-01-05 12:00:00,10.25,网店\n2,2026-01-06 12:00:00,20,\n"
LINES = (
    '{"user_id": 1, "time": "2026-01-05 12:00:00", "amount": 10.25, "channel": "网店"}\n'
    '{"user_id": 2, "time": "2026-01-06 12:00:00", "amount": 20, "more": {"a": [1]}}\n'
)
ROWS = [
    {"user_id": 1, "time": datetime(2026, 1, 5, 12), "amount": Decimal("10.25"), "channel": "网店", "refund": False},
    {"user_id": 2, "time": datetime(2026, 1, 6, 12), "amount": Decimal(20), "channel": None, "refund": False},
]
TABLE = pa.table(
    {
        "user_id": [1, 2],
        "time": pa.array([row["time"] for row in ROWS], pa.timestamp("ns", "UTC")),
        "amount": pa.array([10.25, 20.0]),
        "channel": pa.array(["网店", None]).dictionary_encode(),
    }
)


def zipped(**files):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_", "."), content)
    return held.getvalue()


def excel(*sheets):
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    for rows in sheets:
        sheet = book.create_sheet()
        for row in rows:
            sheet.append(row)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def unions():
    both = pa.UnionArray.from_sparse(pa.array([0, 1], pa.int8()), [pa.array([1, 2]), pa.array(["secret", "b"])])
    held, table = io.BytesIO(), TABLE.append_column("both", both)
    with ipc.new_file(held, table.schema) as writer:
        writer.write_table(table)
    return held.getvalue()


def arrow(opened):
    held = io.BytesIO()
    with opened(held, TABLE.schema) as writer:
        writer.write_table(TABLE)
    return held.getvalue()


SHEET = [["user_id", "time", "amount", "channel"], *[list(row.values())[:4] for row in ROWS]]
FORMS = {
    "orders.csv.gz": lambda: gzip.compress(CSV.encode()),
    "orders.csv.bz2": lambda: bz2.compress(CSV.encode()),
    "orders.csv.zst": lambda: pa.compress(CSV.encode(), "zstd", asbytes=True),
    "orders.zip": lambda: zipped(orders_csv=CSV),
    "lines.zip": lambda: zipped(orders_jsonl=LINES),
    "orders.jsonl": lambda: LINES.encode(),
    "orders.ndjson.gz": lambda: gzip.compress(LINES.encode()),
    "orders.xlsx": lambda: excel(SHEET),
    "orders.arrow": lambda: arrow(ipc.new_file),
    "orders.feather": lambda: arrow(ipc.new_stream),
    "orders.parq": None,
    "orders-utf16.csv": lambda: CSV.encode("utf-16"),  # its mark tells
    "orders-bom.csv": lambda: CSV.encode("utf-8-sig"),
}


@pytest.fixture
def read(cleaned, tmp_path):
    """read(name, content, settings): the clean orders of such a file, by user."""

    def make(name, content, settings="", path=None):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            pq.write_table(TABLE, file)
        else:
            file.write_bytes(content)
        tables, rows = cleaned(TOML.format(path or name) + settings)
        return sorted(rows["orders"], key=lambda row: row["user_id"]), tables

    return make


@pytest.mark.parametrize("name", FORMS)
def test_a_form_is_read_as_the_plain_file_is(read, name):
    assert read(name, FORMS[name] and FORMS[name]())[0] == ROWS


@pytest.mark.parametrize("encoding", ["gbk", "utf-16-le", "gb18030", "utf-8"])
def test_text_is_read_in_its_encoding(read, encoding):
    assert read("orders.csv", CSV.encode(encoding), f'encoding = "{encoding}"\n')[0] == ROWS


def test_numbers_of_json_are_read_as_they_are_written(read):
    line = '{"user_id": 9007199254740993, "time": "2026-01-05", "amount": 99999999999999.1234}\n'
    (row,), _ = read("orders.jsonl", line.encode())
    assert (row["user_id"], row["amount"]) == (9007199254740993, Decimal("99999999999999.1234"))


def test_a_line_that_is_no_json_is_set_aside(read):
    rows, tables = read("orders.jsonl", (LINES + '{"user_id": 3, "ti\n').encode())
    assert len(rows) == 2 and tables.counts["orders"].reasons == {"line does not fit the header": 1}


@pytest.mark.parametrize("name", ["a\u2028b", "a\x85b", "a\x0bb", "a\x1eb"])
def test_what_some_take_for_a_line_end_is_none_within_a_text(read, name):
    lines = f'{{"user_id": 1, "time": "2026-01-05", "amount": 1, "channel": "{name}"}}\n{LINES}'
    (row, *others), tables = read("orders.jsonl", lines.replace("\x0b", "\\u000b").replace("\x1e", "\\u001e").encode())
    assert row["channel"] == name and len(others) == 2 and tables.counts["orders"].quarantined == 0


@pytest.mark.parametrize("line", ['{"user_id": "\\ud800", "time": 1}', '{"user_id": ' + "[" * 100_000, "[1]", '"x"'])
def test_a_line_that_no_table_can_hold_costs_that_line_alone(read, line):
    rows, tables = read("orders.jsonl", f"{line}\n{LINES}".encode())
    assert len(rows) == 2 and tables.counts["orders"].reasons == {"line does not fit the header": 1}


def test_records_are_no_user_ids(read):
    held = io.BytesIO()
    pq.write_table(TABLE.set_column(0, "user_id", pa.array([{"id": "secret"}, {"id": "b"}])), held)
    with pytest.raises(BadInput, match="column user_id holds lists or records, not ids") as caught:
        read("orders.parquet", held.getvalue())
    assert "secret" not in str(caught.value)


def test_a_folder_is_read_with_the_columns_of_its_partitions(read, tmp_path):
    settings = 'columns = { channel = "shop" }\n'
    other = CSV.replace("\n1,", "\n3,").replace("\n2,", "\n4,")
    (tmp_path / "data" / "shop=02").mkdir(parents=True)
    (tmp_path / "data" / "shop=02" / "b.csv.bz2").write_bytes(bz2.compress(other.encode()))
    (tmp_path / "data" / "_SUCCESS").write_text("")
    rows, _ = read("data/shop=01/a.csv", CSV.encode(), settings, path="data")
    assert [(row["user_id"], row["channel"]) for row in rows] == [(1, "01"), (2, "01"), (3, "02"), (4, "02")]


REFUSED = {
    "locked.csv": (CSV.encode("gbk"), 'encoding = "utf-16"\n', "is no utf-16"),
    "orders.zip": (zipped(a_csv=CSV, b_csv=CSV), "", "holds 2 files and not one; unpack it and name the folder"),
    "broken.zip": (b"PK\x03\x04 secret", "", "is damaged (BadZipFile); export it again"),
    "orders.xlsx": (excel(SHEET, SHEET), "", "has 2 sheets with rows and not one; save the one that is meant"),
    "twice.xlsx": (excel([["amount", "amount"], [1, 2]]), "", "has two columns named 'amount'; rename one"),
    "orders.csv.bz2": (b"BZh9secret", "", "cannot be read: it is damaged"),
    "named.csv.bz2": (b"secret", "", "is no bzip2 file but text; name it .csv"),
    "packed.csv": (gzip.compress(CSV.encode()), "", "is gzip by its content, whatever its name says; name it .gz"),
    "named.parquet": (b"secret", "", "is no Parquet file but text"),
    "page.csv": (b"<html>secret</html>", "", "is a web page or XML and no table"),
    "junk.csv": (bytes(range(256)), "", "is no UTF-8 text; give it as CSV or Parquet"),
    "bare.csv": (b"secret,2026-01-05,10\n", "", "has no header: its first line is a row; put a line with the columns'"),
    "empty.csv": (b"\n", "", "is empty; check the path and the export"),
    "empty.jsonl": (b"", "", "is empty; check the path and the export"),
    "list.jsonl": (b'[{"user_id": "secret"}]', "", "holds no JSON object; write one object a line"),
    "union.arrow": (unions(), "", "has a column of a type that is not read; leave it out"),
    "orders.arrow": (b"secret", "", "cannot be read: it is damaged"),
    "orders.xls": (b"secret", "", "has a form that is not read (.xls); save it as .xlsx or CSV"),
    "orders.json": (b'[{"secret": 1}]', "", "write one object a line and name it .jsonl"),
    "dup.csv": (b"user_id,time,amount,amount\n1,2026-01-01,secret,1\n", "", "two columns named 'amount'; rename one"),
    "titled.csv": (b"Report secret\n\nuser_id,time,amount\n1,2026-01-01,1\n", "", "2 lines stand above its header"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_names_the_form_and_the_cure_and_shows_no_row(read, name):
    content, settings, words = REFUSED[name]
    with pytest.raises(BadInput) as caught:
        read(name, content, settings)
    line = str(caught.value)
    assert words in line and name in line and "\n" not in line and "secret" not in line
