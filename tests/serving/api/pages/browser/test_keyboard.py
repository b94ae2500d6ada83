"""By keyboard and without JavaScript: what opens is reached by Tab, one sees where one is, and forms work."""

import pytest

from tests.serving.api.pages.browser.addresses import ADDRESSES
from tests.serving.api.pages.browser.looks import OPEN
from tests.serving.api.pages.browser.thread import in_thread

TARGETS = ":is(a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0'])"
# Marks all targets, and how each looks where it has not the focus: of a link in a picture its shapes. What Tab comes to
# is measured when the key is let go: asking the browser for each would take three times as long.
MARK = """(targets) => {
    const parts = (one) => one.closest('svg') ? [...one.querySelectorAll('.band, .box, .fill, .label')] : [one];
    window.looks = (one) => parts(one).map((part) => {
        const is = getComputedStyle(part), line = is.outlineStyle === 'none' ? '' : is.outlineWidth + is.outlineColor;
        return [line, is.stroke, is.strokeWidth, is.fillOpacity, is.textDecorationLine].join();
    }).join(' ');
    window.marked = [...document.querySelectorAll(targets)].filter((one) => one.checkVisibility());
    document.activeElement.blur();  // of a field that has the focus from the start
    window.before = marked.map(looks);
    window.reached = new Set();
    window.unseen = [];
    addEventListener('keyup', () => {
        const one = document.activeElement, place = marked.indexOf(one), box = one.getBoundingClientRect();
        if (place < 0) return;
        reached.add(place);
        const inside = box.bottom > 0 && box.top < innerHeight;
        if (!inside || looks(one) === before[place]) unseen.push('not seen: ' + one.outerHTML.slice(0, 90));
    });
    return marked.length;
}"""
LEFT = """() => [
    ...marked.filter((_, place) => !reached.has(place)).map((one) => 'not reached: ' + one.outerHTML.slice(0, 90)),
    ...unseen,
]"""


@pytest.fixture(scope="module")
@in_thread
def readers(site):
    """A page of somebody who may all that operators may, by language."""
    return {language: site.open("ann", language) for language in ("en", "zh")}


@pytest.mark.parametrize("name", ADDRESSES)
def test_all_that_opens_is_reached_by_tab_and_seen_to_be(name, readers, world):
    page = readers["zh" if [*ADDRESSES].index(name) % 2 else "en"]
    page.goto(ADDRESSES[name][0].format(**world.names))
    page.evaluate(OPEN)
    count = page.evaluate(MARK, TARGETS)
    assert count > 2
    for _ in range(count + 3):  # what is before the page, and regions that only scroll
        page.keyboard.press("Tab")
    assert page.evaluate(LEFT) == []


def test_without_javascript_one_signs_in_looks_up_a_user_and_follows_a_number(site, world):
    page = site.open("ann", java_script_enabled=False)
    page.fill("#find", world.names["user"])
    page.press("#find", "Enter")
    page.wait_for_url(f"**/users/{world.names['user']}")
    page.goto("/ui")
    link = page.locator("table a").first
    number = link.inner_text()
    link.click()
    assert page.locator(".between b").inner_text().split()[0] == number
    page.click(".out button")
    page.wait_for_url("**/ui/login")
    page.goto("/ui/list")
    assert "/ui/login?next=" in page.url, "who signed out has to sign in again"
