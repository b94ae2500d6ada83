"""CSV is read back by a reader of RFC 4180 that is not Python's, and by Python's in its strict mode."""

import csv
import io
import re

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from serving.campaigns.formats.comma_separated import files, parts, text
from serving.campaigns.formats.target import Target

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.text("\",\r\n'=+-@ \t", max_size=6)


def read(data: bytes) -> list[list[str]]:
    """RFC 4180, section 2: records end in CR LF; a field is in quotes, those within doubled, or has no such sign."""
    text, at, records = data.decode("utf-8"), 0, [[]]
    while at < len(text):
        found = re.compile(r'"((?:[^"]|"")*)"|([^",\r\n]*)').match(text, at)
        quoted, bare = found.groups()
        records[-1].append(bare if quoted is None else quoted.replace('""', '"'))
        at = found.end()
        assert text.startswith((",", "\r\n"), at), f"neither a comma nor CR LF behind a field, at {at}"
        if text[at] == ",":
            at += 1
        else:
            at += 2
            records.append([])
    assert records.pop() == [], "the last record has no end"
    assert len({len(one) for one in records}) == 1, "records of unequal length"
    return records


def as_written(cell: str) -> str:
    """Takes a guard off again, as docs/how-to/exports.md says."""
    return cell[1:] if re.match(r"'[\s'\x00-\x1f\ufeff\u200b-\u200f\u2060]*[=+\-@\t\r\n＝＋－＠−]", cell) else cell


@given(st.lists(st.tuples(TEXT, st.none() | TEXT, st.integers(-5, 5)), min_size=1, max_size=8))
def test_any_text_comes_back_and_no_cell_begins_like_a_formula(values):
    a, b, n = zip(*values, strict=True)
    rows = pa.table({"a": pa.array(a, pa.string()), "b": pa.array(b, pa.string()), "n": pa.array(n, pa.int64())})
    (part,) = parts(rows, Target("sms", 100, "p"))
    records = read(part.data)
    assert records == list(csv.reader(io.StringIO(part.data.decode(), newline=""), strict=True))
    assert records[0] == ["a", "b", "n"]
    for record, (one, other, number) in zip(records[1:], values, strict=True):
        assert [as_written(cell) for cell in record[:2]] == [one, other or ""] and record[2] == str(number)
        assert not any(cell.lstrip().startswith(("=", "+", "-", "@")) for cell in record[:2])
        assert not any(cell.startswith(("\t", "\r")) for cell in record[:2])


def test_files_hold_a_batch_each_with_their_names(a_list, target):
    found = list(parts(a_list(25), target(batch=10)))
    assert [one.rows for one in found] == [10, 10, 5]
    records = [read(one.data) for one in found]
    assert all(one[0] == a_list(1).column_names for one in records)
    assert [row[0] for one in records for row in one[1:]] == [f"u{at}" for at in range(25)]


def test_files_end_before_they_are_too_large(a_list):
    rows = a_list(50)
    found = list(files(rows, 1000, 1000))
    assert len(found) > 5 and max(len(one.data) for one in found) <= 1000
    assert [row[0] for one in found for row in read(one.data)[1:]] == rows["user_id"].to_pylist()


def test_nobody_makes_no_file(a_list, target):
    assert list(parts(a_list(0), target())) == []


def test_a_name_of_a_column_is_guarded_too(target):
    (part,) = parts(pa.table({"=cmd()": [1]}), target())
    assert read(part.data)[0] == ["'=cmd()"]


def test_times_reasons_and_nothing_as_the_documentation_says(a_list, target):
    (part,) = parts(a_list(1, reasons=[["2 orders", "=x"]]), target())
    row = dict(zip(*read(part.data), strict=True))
    assert row["send_after"] == "2026-06-02T01:00:00Z" and row["send_before"] == "" and row["offer"] == ""
    assert row["reasons"] == "2 orders; =x"


def test_lines_told_piece_by_piece_are_one_file(a_list, target):
    rows = a_list(5)
    (part,) = parts(rows, target())
    assert text(rows.slice(0, 2), head=True) + text(rows.slice(2), head=False) == part.data
