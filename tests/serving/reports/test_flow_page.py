import re
from datetime import datetime
from html.parser import HTMLParser

import pytest

from features.groups.lifecycle import ABSENT, Flow
from serving.reports import flow_page

JAN, FEB, MAR = (datetime(2026, month, 1) for month in (1, 2, 3))
FLOWS = [
    Flow(JAN, FEB, {("new", "active"): 6000, ("new", "gone"): 2, ("active", "active"): 5, (ABSENT, "new"): 3}),
    Flow(FEB, MAR, {("active", "active"): 6001, ("active", "gone"): 4, ("gone", "gone"): 2, ("new", "active"): 3}),
]
HOSTILE = """</style><script>alert("1")</script>' onload='x"""
NAMES = {"new": ("new users", "新用户"), "active": ("active", "活跃"), "gone": (HOSTILE, HOSTILE)}


class Page(HTMLParser):
    """The marks of a page, the text of its cells, and what its titles say."""

    def __init__(self, text):
        super().__init__()
        self.marks, self.rows, self.titles = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.marks.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        if tag in ("th", "td"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        self.marks.append(("/" + tag, {}))

    def handle_data(self, data):
        inside = [tag for tag, _ in self.marks[-1:]]
        if inside == ["title"]:
            self.titles.append(data)
        elif self.rows and inside and inside[0] in ("th", "td", "/span"):
            self.rows[-1][-1] += data.strip()


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("flow")
    flow_page.write(FLOWS, NAMES, folder / "flow.html")
    assert [file.name for file in folder.iterdir()] == ["flow.html"]
    text = (folder / "flow.html").read_text(encoding="utf-8")
    return text, Page(text)


def test_the_page_stands_alone_without_script_and_hostile_names_stay_text(written):
    text, page = written
    tags = {tag for tag, _ in page.marks}
    assert tags & {"script", "link", "img", "iframe", "object", "a"} == set()
    assert [key for _, attributes in page.marks for key in attributes if key == "style" or key.startswith("on")] == []
    assert re.findall(r"url\(|@import|https?:", text) == []
    assert f"2026-02-01, {HOSTILE}: 2" in page.titles


def test_the_tables_hold_every_user_and_every_move(written):
    _, page = written
    users, *moves = _tables(page.rows)
    assert users[0] == ["stage", "阶段", "2026-01-01", "2026-02-01", "2026-03-01"]
    assert [row[1:] for row in users[1:]] == [
        ["新用户", "6,002 · 100%", "3 · 0%", "0 · 0%"],
        ["活跃", "5 · 0%", "6,005 · 100%", "6,004 · 100%"],
        [HOSTILE, "0 · 0%", "2 · 0%", "6 · 0%"],
        ["尚未出现", "3 · 0%", "0 · 0%", "0 · 0%"],
    ]
    called = {"new users": "new", "active": "active", HOSTILE: "gone", "not known yet": ABSENT}
    for flow, (head, *rows) in zip(FLOWS, moves, strict=True):
        found = {
            (called[row[0]], called[to]): int(cell.replace(",", ""))
            for row in rows
            for to, cell in zip(head[1:], row[1:], strict=True)
            if cell
        }
        assert found == flow.counts


def _tables(rows):
    """Rows of cells → tables: each begins with a row whose first cell is a head's."""
    begins = [place for place, row in enumerate(rows) if row[0] in ("stage", "users")]
    return [rows[begin:end] for begin, end in zip(begins, [*begins[1:], len(rows)], strict=True)]


def test_moves_that_are_too_small_to_see_are_counted_not_drawn(written):
    text, page = written
    drawn = [title for title in page.titles if " users, 2026-" in title]
    assert len(drawn) == 3  # a thin one, and two of six thousand
    assert "5 moves of fewer than 5 users, 14 users in all, are not drawn" in text


def test_a_stage_without_a_name_is_called_by_its_id(tmp_path):
    flow_page.write([Flow(JAN, FEB, {("lapsed_4", "lapsed_4"): 1})], {}, tmp_path / "flow.html")
    assert "lapsed_4 → lapsed_4: 1 users" in (tmp_path / "flow.html").read_text(encoding="utf-8")
