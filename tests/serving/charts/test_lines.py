import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from serving.charts.lines import KINDS, Line, lines

DAYS = [f"2025-01-0{day}" for day in range(1, 6)]


def drawn(series, **how):
    box = ElementTree.fromstring(lines(series, DAYS, "traffic", **how))
    return box, [path.get("d") for path in box.iter("path")]


def heights(path):
    return [float(y) for y in re.findall(r"[ML][\d.]+ ([\d.]+)", path)]


def test_a_null_is_a_gap_and_a_lone_value_a_dot():
    _, (path,) = drawn([Line("users", [10, None, 5, 0, None])], height=134)
    assert path == "M0.00 0.0h0M50.00 50.0h0L75.00 100.0"


def test_lines_are_told_apart_by_class_and_by_names_that_do_not_overlap():
    series = [Line(f"series {number}", [100.0] * 5) for number in range(KINDS)]
    box, paths = drawn(series)
    assert len(paths) == KINDS and box.get("class") == "lines"
    assert [path.get("class") for path in box.iter("path")] == [f"line line-{number}" for number in range(KINDS)]
    names = [text for text in box.iter("text") if text.get("class") == "name"]
    assert [name.text for name in names] == [line.name for line in series]
    ys = sorted(float(name.get("y")) for name in names)
    assert min(b - a for a, b in pairwise(ys)) >= 12


def test_one_line_has_the_whole_width_and_no_name():
    box, _ = drawn([Line("users", [1] * 5)])
    assert box.get("class") == "lines alone"
    texts = [text.text for text in box.iter("text")]
    assert texts[-3:] == [DAYS[0], DAYS[2], DAYS[4]] and "users" not in texts


def test_values_stand_where_they_belong_and_ticks_are_written_by_the_caller():
    box, (path,) = drawn([Line("came", [0, 0.1, 0.2, 0.5, 1])], at=[0, 1, 2, 5, 10], number="{:.0%}".format)
    assert re.findall(r"[ML]([\d.]+)", path) == ["0.00", "10.00", "20.00", "50.00", "100.00"]
    assert "100%" in [text.text for text in box.iter("text")]
    assert heights(path) == sorted(heights(path), reverse=True)


def test_an_axis_may_leave_zero_out():
    _, (path,) = drawn([Line("users", [100, 101, 102, 103, 104])], zero=False, height=134)
    assert max(heights(path)) - min(heights(path)) > 90


@pytest.mark.parametrize("series", [[Line("a", [1] * 5)] * (KINDS + 1), [Line("a", [1])]])
def test_too_many_lines_or_too_few_values_are_refused(series):
    with pytest.raises(ValueError, match="draw up to 6"):
        drawn(series)


def test_nothing_known_is_an_empty_plot():
    assert drawn([Line("a", [None] * 5)])[1] == [""]
    assert "<path" in lines([Line("a", [])], [], "nothing yet")
