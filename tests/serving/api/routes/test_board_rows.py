"""Boards as JSON, CSV and Parquet: the same rows, and no cell that a spreadsheet would run."""

import io
from datetime import date

import orjson
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from features import whole_files
from features.boards import BOARDS
from serving.api.routes.board_rows import CSV, JSON, PARQUET, about, wanted, written


@pytest.fixture
def hostile(tmp_path):
    table = pa.table(
        {"channel": ["=1+1", 'a,"b"', None], "date": [date(2026, 1, 2)] * 3, "amount": [-1.5, 2.0, float("nan")]}
    )
    pq.write_table(table, tmp_path / "orders.parquet")
    digest = whole_files.sha256(tmp_path / "orders.parquet")
    return tmp_path, {"made": {"orders": {"file": "orders.parquet", "sha256": digest, "rows": 3}}}


def test_the_formats_hold_the_same_rows(hostile):
    folder, boards = hostile
    told = orjson.loads(written(folder, boards, "orders", JSON))
    assert told[0] == {"channel": "=1+1", "date": "2026-01-02", "amount": -1.5} and told[2]["amount"] is None
    text = written(folder, boards, "orders", CSV).decode()
    assert text.splitlines() == [
        "channel,date,amount",
        "'=1+1,2026-01-02,-1.5",
        '"a,""b""",2026-01-02,2.0',
        ",2026-01-02,",
    ]
    assert pq.read_table(io.BytesIO(written(folder, boards, "orders", PARQUET)))["channel"].to_pylist() == [
        "=1+1",
        'a,"b"',
        None,
    ]
    assert written(folder, boards, "cube", JSON) is None


def test_a_board_is_told_in_the_language_asked_for(hostile):
    zh, en = (about(BOARDS["orders"], hostile[1], lang) for lang in ("zh", "en"))
    assert (zh["title"], en["title"], zh["rows"], zh["missing"]) == ("订单", "Orders", 3, None)
    assert [one["name"] for one in zh["columns"]] == [one["name"] for one in en["columns"]]
    assert en["columns"][1]["null"] == "not known" and en["columns"][0]["null"] is None
    assert about(BOARDS["cube"], {"missing": {"cube": "needs x"}}, "en")["missing"] == "needs x"


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("text/html,application/xhtml+xml,*/*;q=0.8", JSON),
        ("text/csv", CSV),
        ("application/json;q=0.2, text/csv;q=0.9", CSV),
        ("application/vnd.apache.parquet", PARQUET),
        ("text/csv;q=x", JSON),
        ("image/png", JSON),
    ],
)
def test_the_format_is_the_one_that_accept_likes_best(accept, kind):
    assert wanted(accept) == kind
