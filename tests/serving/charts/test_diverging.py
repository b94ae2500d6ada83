from xml.etree import ElementTree

import pytest

from serving.charts.diverging import diverging


@pytest.mark.parametrize(
    ("value", "x", "long", "kind"),
    [(0.5, 51, 25, "up"), (-0.5, 26, 25, "down"), (9, 51, 50, "up"), (-9, 1, 50, "down"), (None, 51, 0, "down")],
)
def test_a_bar_leaves_zero_to_the_side_of_its_sign(value, x, long, kind):
    rect = ElementTree.fromstring(diverging(value, 1, "+0.54", width=102)).find("rect")
    assert (float(rect.get("x")), float(rect.get("width"))) == (x, long)
    assert rect.get("class") == f"fill {kind}"


def test_a_colour_may_be_asked_for_and_nothing_is_divided_by_zero():
    rect = ElementTree.fromstring(diverging(0, 0, "0", "good")).find("rect")
    assert (rect.get("class"), rect.get("width")) == ("fill good", "0")
