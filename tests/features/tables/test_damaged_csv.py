"""What fits the header survives whatever stands beside it, and no line is lost."""

import csv
import gzip
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.tables import damaged_csv as salvage_module
from features.tables.damaged_csv import LINE, records, salvage


def read(text, width=3):
    return list(records(io.StringIO(text, newline=""), ",", width))


A, B = ["1", "x", "5"], ["2", "y", "6"]
LINES = {
    "too many": "7,8,9,10",
    "too few": "7,8",
    "an open quote": '7,"8,9',
    "a quote that ends too early": '7,"8"8,9',
    "an open quote at the end of the line": '7,8,"',
}


@pytest.mark.parametrize("line", LINES.values(), ids=LINES.keys())
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_a_damaged_line_comes_as_it_is_and_its_neighbours_survive(line, ending):
    assert read(ending.join(["1,x,5", line, "2,y,6", ""])) == [A, line, B]
    assert read(ending.join(["1,x,5", line])) == [A, line]


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ('"1","x","5"', A),
        ('1,"a, b",5', ["1", "a, b", "5"]),
        ('1,"say ""hi""",5', ["1", 'say "hi"', "5"]),
        ('1,"two\nlines",5', ["1", "two\nlines", "5"]),
        ('1,5" screen,5', ["1", '5" screen', "5"]),
        ('1,a\u2028"b,5', ["1", 'a\u2028"b', "5"]),  # no end of a line to CSV
        (",,", ["", "", ""]),
    ],
)
def test_quoted_text_is_read_also_over_several_lines(line, values):
    assert read(f"1,x,5\n{line}\n\n2,y,6\n") == [A, values, B]


def test_two_open_quotes_cost_two_lines(monkeypatch):
    lines = ['7,"8,9', *["1,x,5"] * 30, '7,"8,9', *["2,y,6"] * 30]
    assert read("\n".join(lines)) == [lines[0], *[A] * 30, lines[0], *[B] * 30]
    monkeypatch.setattr(salvage_module, "LONGEST", 5)
    assert read("\n".join(lines)) == [lines[0], *[A] * 30, lines[0], *[B] * 30]


fields = st.text(st.sampled_from(list('ab,"\n é')), max_size=6)


@given(st.lists(st.lists(fields, min_size=3, max_size=3), max_size=8))
def test_what_a_csv_writer_writes_is_read_back_whole(rows):
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    assert read(text.getvalue()) == rows


@given(st.lists(st.sampled_from(["1,x,5", *LINES.values()]), max_size=12))
def test_every_line_is_a_record_or_set_aside(lines):
    found = read("\n".join(lines))
    rows = ["".join(one) if isinstance(one, list) else one for one in found]
    assert sum(row.count("\n") + 1 for row in rows) == len(lines)


def test_files_become_one_table_by_name_with_the_damaged_lines_beside(con, tmp_path):
    (tmp_path / "a.csv").write_bytes(b"\xef\xbb\xbfuser_id,time,amount\n1,x,\n7,8\n")
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(b'amount,user_id,amount\n5,"2",9\n'))
    table = salvage(con, "saved", [str(tmp_path / "a.csv"), str(tmp_path / "b.csv.gz")], ",")
    assert con.to_pyarrow(table).to_pylist() == [
        {"user_id": "1", "time": "x", "amount": None, LINE: None},
        {"user_id": None, "time": None, "amount": None, LINE: "7,8"},
        {"user_id": "2", "time": None, "amount": "5", LINE: None},
    ]


@pytest.mark.parametrize(
    "content", [b"", b"\n1,2\n", b'user_id,"time\n1,2\n', "user_id,größe\n1,2\n".encode("latin-1")]
)
def test_where_there_is_nothing_to_save_it_says_so(con, tmp_path, content):
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(ValueError):
        salvage(con, "saved", [str(tmp_path / "a.csv")], ",")
