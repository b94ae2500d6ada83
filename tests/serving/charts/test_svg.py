from xml.etree import ElementTree

import pytest
from markupsafe import Markup

from serving.charts.svg import frame, join, tag, told

HOSTILE = """</title><script>alert("1")</script>' onload='x"""


def test_text_and_attributes_stay_text():
    mark = ElementTree.fromstring(told(HOSTILE, tag("rect", cls=HOSTILE, x=HOSTILE), href="/ui?a=1&b=2"))
    assert [one.tag for one in mark.iter()] == ["a", "title", "rect"]
    assert mark.attrib == {"href": "/ui?a=1&b=2", "aria-label": HOSTILE}
    assert mark[0].text == HOSTILE and mark[1].attrib == {"class": HOSTILE, "x": HOSTILE}


def test_markup_is_not_escaped_again():
    assert join([Markup("<b>1</b>"), "<"]) == "<b>1</b>&lt;"


def test_numbers_are_short_and_keep_their_sign():
    assert tag("rect", x=-0.5, y=-0.001, width=10.0, height=1 / 3, rx=None) == (
        '<rect x="-0.5" y="0" width="10" height="0.33"></rect>'
    )


@pytest.mark.parametrize(
    "href", ["javascript:alert(1)", "https://e.example/", "//e.example", "/\\e.example", "/\t/e.example", "ui", ""]
)
def test_a_link_that_leads_off_this_server_is_refused(href):
    with pytest.raises(ValueError, match="leads off this server"):
        told("there", href=href)


def test_a_picture_with_links_is_a_group_so_that_they_are_heard():
    assert ElementTree.fromstring(frame("a & b")).attrib == {"role": "img", "aria-label": "a & b"}
    assert ElementTree.fromstring(frame("a", linked=True)).get("role") == "group"
