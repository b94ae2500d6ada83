"""The measures find what they are for, and nothing in a page that is as it should be."""

import pytest

from tests.serving.api.pages.browser.looks import MEASURES
from tests.serving.api.pages.browser.thread import in_thread

PAGE = """<!doctype html><style>body {{ font: 15px sans-serif; margin: 0; color: #222; background: #fff }}</style>
<main><div class="card">{}</div></main>"""
FAULTS = {
    "cut": (
        '<p style="width: 3000px">beyond the window</p>',
        '<div style="width: 3em; overflow: hidden; white-space: nowrap">longer than its box</div>',
        '<svg width="40" height="20"><text y="15">beyond its picture</text></svg>',
        '<input placeholder="longer than there is room" style="width: 4em">',
    ),
    "overlaps": (
        '<p>one</p><p style="margin-top: -2.2em">other</p>',
        '<svg width="99" height="20"><text y="15">one</text><text y="15" x="9">other</text></svg>',
    ),
    "squeezed": ('<div style="width: 2em">流失三十天</div>', '<div style="width: 4em">2025年12月1日</div>'),
    "unsaid": (
        "<table><thead><tr><th>Risk</th></tr></thead></table><p>a sentence that says something else</p>",
        "<table><thead><tr><th>Risk</th></tr></thead></table><dl><dt>Risk</dt><dd>?</dd></dl>",
        '<ul><li class="tile"><h2>Users</h2><p>5</p></li></ul>',
        '<svg width="9" height="9"></svg>',
        '<form class="stack"><div><label for="a">Budget</label><input id="a"></div></form>',
    ),
    "pale": (
        '<p style="color: #999">grey</p>',
        '<p style="opacity: .5">half to be seen through</p>',
        '<svg width="99" height="20"><rect width="99" height="20" fill="#333"/><text y="15">dark on dark</text></svg>',
        '<input placeholder="grey as browsers have it" style="background: #aaa">',
    ),
}
FINE = """<p>one</p><p>two <a href="#x">three</a></p><div style="overflow: hidden">four</div>
<svg width="99" height="20"><rect width="99" height="20" fill="#333"/><text y="15" fill="#fff">five</text></svg>
<p>what all of this is about</p><ul><li class="tile"><h2>Users</h2><p>5</p><p class="small">who is here</p></li></ul>
<table><thead><tr><th>Risk</th></tr></thead></table><dl><dt>Risk</dt><dd>the chance to leave</dd></dl>
<div class="hidden" style="color: #fff">for those who hear the page</div>
<details><summary>six</summary><p style="color: #999">folded away</p></details>"""


@pytest.fixture(scope="module")
@in_thread
def measured(chromium):
    """measured(kind, html): what that measure finds."""
    page = chromium.new_page()

    def measure(kind, html):
        page.set_content(PAGE.format(html))
        page.evaluate(MEASURES)
        return page.evaluate(f"measures.{kind}()")

    yield measure
    page.close()


@pytest.mark.parametrize("kind", FAULTS)
def test_a_measure_finds_its_faults_alone(kind, measured):
    for html in FAULTS[kind]:
        assert measured(kind, html), html
    assert not measured(kind, FINE)
