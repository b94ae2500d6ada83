from xml.etree import ElementTree

import pytest

from serving.charts.columns import columns


def test_columns_stand_at_their_weeks_as_high_as_their_values():
    box = ElementTree.fromstring(columns([2, None, 0, 4], list("abcd"), ["2", "", "0", "4"], "orders by week"))
    picture, ends = box
    assert picture.get("viewBox") == "0 0 4 100" and picture.get("aria-label") == "orders by week"
    rects = [group.find("rect") for group in picture]
    assert [(float(one.get("x")), float(one.get("y")), float(one.get("height"))) for one in rects] == [
        (0.08, 50, 50),
        (3.08, 0, 100),
    ]
    assert [group.find("title").text for group in picture] == ["a: 2", "d: 4"]
    assert [end.text for end in ends] == ["a", "d"]


def test_of_no_weeks_there_is_an_empty_picture():
    assert len(ElementTree.fromstring(columns([], [], [], "orders"))[0]) == 0


def test_a_week_without_its_label_is_refused():
    with pytest.raises(ValueError, match="shorter"):
        columns([1, 2], ["a"], ["1", "2"], "orders")
