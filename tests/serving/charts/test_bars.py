from xml.etree import ElementTree

import pytest

from serving.charts.bars import Part, bar, legend, stacked

PARTS = [
    Part("<sent>", 30, "30", "fate-treatment", "/ui/list?fate=treatment&most=5"),
    Part("nobody", 0, "0", "fate-holdout", "/ui/list"),
    Part("no consent", 10, "10", "fate-no_consent"),
]


@pytest.mark.parametrize(("share", "long"), [(0.5, 50), (1.7, 100), (-1, 0), (None, 0), (1e-6, 1)])
def test_a_bar_is_as_long_as_its_share_and_what_is_not_zero_is_seen(share, long):
    track, filled = ElementTree.fromstring(bar(share, "stage-new", "5.9 %", width=100)).findall("rect")
    assert (track.get("width"), filled.get("width")) == ("100", str(long))
    assert filled.get("class") == "fill stage-new"


def test_segments_follow_each_other_and_are_links_that_say_what_and_how_many():
    picture = ElementTree.fromstring(stacked(PARTS, "fates"))
    assert picture.get("role") == "group"
    _, sent, refused = picture
    assert (sent.tag, sent.get("href")) == ("a", "/ui/list?fate=treatment&most=5")
    assert sent.get("aria-label") == sent.find("title").text == "<sent>: 30"
    assert (refused.tag, refused.find("title").text) == ("g", "no consent: 10")
    boxes = [part.find("rect") for part in (sent, refused)]
    assert [(box.get("x"), box.get("width")) for box in boxes] == [("0.000%", "75.000%"), ("75.000%", "25.000%")]


def test_a_bar_of_nobody_is_an_empty_track():
    assert [mark.get("class") for mark in ElementTree.fromstring(stacked(PARTS[1:2], "fates"))] == ["track"]


def test_the_legend_names_every_part_also_those_of_nobody():
    items = ElementTree.fromstring(legend(PARTS)).findall("li")
    assert ["".join(item.itertext()) for item in items] == ["<sent> 30", "nobody 0", "no consent 10"]
    assert [item.find("a") is not None for item in items] == [True, True, False]
