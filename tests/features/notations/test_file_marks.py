"""A file that is something else than its name says is told by what it is, and a plain one passes."""

import gzip

import pytest

from features.notations.file_marks import all_empty, is_row, mismatch

CSV = b"user_id,time,amount\n1,2026-01-05,10\n"
OTHERWISE = {
    "gzip as CSV": (gzip.compress(CSV, mtime=0), "CSV", "is gzip by its content, whatever its name says; name it .gz"),
    "Parquet as CSV": (b"PAR1secret", "CSV", "is Parquet by its content"),
    "a ZIP as gzip": (b"PK\x03\x04secret", "gz", "is ZIP by its content"),
    "a locked workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1secret", "Excel", "save it as .xlsx without a password"),
    "CSV as gzip": (CSV, "gz", "is no gzip file but text; name it .csv"),
    "CSV as Parquet": (CSV, "Parquet", "is no Parquet file but text; name it .csv"),
    "a login page": (b"\r\n<!DOCTYPE html><title>secret", "CSV", "is a web page or XML and no table"),
    "bytes": (bytes(range(256)), "CSV", "it is no UTF-8 text; give it as CSV or Parquet"),
    "UTF-16 without its mark": (CSV.decode().encode("utf-16-le"), "JSON lines", "say how it is written: encoding"),
}


@pytest.mark.parametrize("name", OTHERWISE)
def test_what_a_file_is_is_told_with_the_cure_and_without_its_content(name, tmp_path):
    content, claim, words = OTHERWISE[name]
    (tmp_path / "file").write_bytes(content)
    said = mismatch(str(tmp_path / "file"), claim)
    assert words in said and "secret" not in said and "\n" not in said


@pytest.mark.parametrize(
    ("content", "claim"),
    [
        (CSV, "CSV"),
        (CSV.decode().encode("utf-16"), "CSV"),
        (b"user_id,time\na\x00b,2026-01-05\n" + CSV, "CSV"),
        ("用户,时间\n".encode("gbk"), "CSV"),
        (b"user_id\x01time\x01amount\n7\x012026-01-05\x011\n", "CSV"),
        (gzip.compress(CSV, mtime=0), "gz"),
        (b"PAR1", "Parquet"),
        (b"\xff\xff\xff\xff stream", "Arrow"),
        (b"\x00\x01\x02 damaged", "Parquet"),
        (b"", "CSV"),
    ],
)
def test_what_its_name_says_passes(content, claim, tmp_path):
    (tmp_path / "file").write_bytes(content)
    assert mismatch(str(tmp_path / "file"), claim) == ""


def test_an_empty_part_beside_a_full_one_is_no_empty_table(tmp_path):
    files = [str(tmp_path / "a"), str(tmp_path / "b")]
    (tmp_path / "a").write_bytes(b"")
    (tmp_path / "b").write_bytes(b"\n \n")
    assert all_empty(files)
    (tmp_path / "b").write_bytes(CSV)
    assert not all_empty(files)


@pytest.mark.parametrize(
    ("line", "row"),
    [
        ("1,2026-01-05,10", True),
        ("u1,2026-01-05 12:00:00,10.5", True),
        ("Jo,05.01.2026,10", True),
        ("user_id,time,amount", False),
        ("user,2024,2025,time,amount", False),
        ("", False),
    ],
)
def test_a_first_line_of_values_is_no_header(line, row):
    assert is_row(line.split(",")) == row
