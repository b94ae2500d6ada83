from xml.etree import ElementTree

import pytest

from serving.charts.intervals import interval


def drawn(*values, span=(-1, 1)):
    picture = ElementTree.fromstring(interval(*values, span, "+2 pp", width=210))
    lines = [(one.get("class"), float(one.get("x1")), float(one.get("x2"))) for one in picture.iter("line")]
    return lines, [float(dot.get("cx")) for dot in picture.iter("circle")]


def test_whiskers_end_where_the_interval_does_and_zero_is_marked():
    lines, dots = drawn(-0.5, 0.2, 0.5)
    assert lines == [("zero", 105, 105), ("line", 55, 155), ("line", 55, 55), ("line", 155, 155)]
    assert dots == [125]


def test_a_whisker_that_leaves_the_span_has_no_end():
    lines, dots = drawn(-5, 1.5, 0.5)
    assert lines == [("zero", 105, 105), ("line", 5, 155), ("line", 155, 155)]
    assert dots == []


def test_nulls_and_a_zero_outside_are_not_drawn():
    assert drawn(None, None, None, span=(1, 2)) == ([], [])


def test_an_empty_span_is_refused():
    with pytest.raises(ValueError, match="widen it"):
        drawn(0, 0, 0, span=(1, 1))
