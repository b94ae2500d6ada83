"""A sample of a file: names, rows from all of it, and how a text is written."""

import gzip
from datetime import datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import BadInput
from features.first_config.sample import ROWS, take


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "~", "\x01"])
def test_the_delimiter_is_seen_and_said_where_check_would_not_see_it(tmp_path, delimiter):
    (tmp_path / "a.csv").write_text(f"a{delimiter}b\n1{delimiter}2\n")
    found = take(tmp_path / "a.csv")
    assert found.names == ("a", "b") and found.rows == {"a": ["1"], "b": ["2"]}
    assert found.delimiter == (delimiter if delimiter in "~\x01" else "")


@pytest.mark.parametrize(
    "header, encoding, said",
    [
        ("größe,b", "utf-8", ""),
        ("größe,b", "utf-8-sig", ""),
        ("größe,b", "utf-16", ""),  # its mark tells check as well
        ("größe,b", "cp1252", "cp1252"),
        ("用户编号,b", "gbk", "gb18030"),
    ],
)
def test_the_encoding_is_seen_and_said_where_check_would_not_see_it(tmp_path, header, encoding, said):
    (tmp_path / "a.csv").write_bytes(f"{header}\nä,2\n".replace("ä", header[0]).encode(encoding))
    found = take(tmp_path / "a.csv")
    assert (found.names, found.encoding) == (tuple(header.split(",")), said)


def test_a_large_file_is_looked_at_from_its_beginning_to_its_end(tmp_path):
    (tmp_path / "a.csv").write_text("n,text\n" + "".join(f"{n},{'x' * 60}\n" for n in range(100_000)))
    numbers = [int(value) for value in take(tmp_path / "a.csv").filled("n")]
    assert len(numbers) == ROWS and numbers == sorted(set(numbers))
    assert numbers[0] < 10 and numbers[-1] > 99_000 and any(40_000 < n < 60_000 for n in numbers)


def test_a_packed_file_is_looked_at_in_blocks_of_neighbours(tmp_path):
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress("\n".join(["n,m", *(f"{n},1" for n in range(5000))]).encode()))
    numbers = [int(value) for value in take(tmp_path / "a.csv.gz").filled("n")]
    assert numbers[:100] == [*range(100)] and numbers[-1] > 4000 and len(numbers) == ROWS


def test_lines_that_do_not_fit_and_empty_values_are_no_rows(tmp_path):
    (tmp_path / "a.csv").write_text('a,b\n1,2,3\n"x, y", \n\n')
    assert take(tmp_path / "a.csv").rows == {"a": ["x, y"], "b": [None]}


def test_parquet_tells_its_types_and_nested_columns_are_left_out(tmp_path):
    table = pa.table(
        {
            "t": [datetime(2026, 1, 1), None],
            "x": [1.0, float("nan")],
            "f": [True, False],
            "s": ["a", ""],
            "l": [[1], [2]],
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    found = take(tmp_path / "a.parquet")
    assert found.typed == {"t": "time", "x": "number"} and found.names == ("t", "x", "f", "s")
    assert found.rows == {
        "t": ["2026-01-01 00:00:00", None],
        "x": ["1", None],
        "f": ["true", "false"],
        "s": ["a", None],
    }


def test_a_parquet_file_without_rows_has_names(tmp_path):
    pq.write_table(pa.table({"a": pa.array([], pa.int64())}), tmp_path / "a.parquet")
    assert take(tmp_path / "a.parquet").rows == {"a": []}


@pytest.mark.parametrize(
    "name, content, cause",
    [
        ("a.parquet", b"PAR1 no PAR1", "cannot be read: "),
        ("a.xls", b"", "has a form that is not read (.xls); save it as .xlsx or CSV"),
        ("a.zip", b"PK no", "cannot be read: "),
        ("none.csv", None, "cannot be read: No such file or directory; name a CSV or Parquet file"),
    ],
)
def test_what_cannot_be_read_says_why_in_one_line(tmp_path, name, content, cause):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput) as caught:
        take(tmp_path / name)
    assert str(caught.value).startswith(cause) and "\n" not in str(caught.value)
    assert "tables.init" not in str(caught.value)
