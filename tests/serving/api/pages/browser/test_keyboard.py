"""By keyboard and without JavaScript: what opens is reached by Tab, one sees where one is, and forms work."""

import pytest

TARGETS = ".top a, .top input, main :is(a[href], button, input:not([type=hidden]), select, summary, [tabindex='0'])"
# Marks all targets, and how each looks where it has not the focus: of a link in a picture its shapes.
MARK = """(targets) => {
    const parts = (one) => one.closest('svg') ? [...one.querySelectorAll('.band, .box, .fill, .label')] : [one];
    window.looks = (one) => parts(one).map((part) => {
        const is = getComputedStyle(part), line = is.outlineStyle === 'none' ? '' : is.outlineWidth + is.outlineColor;
        return [line, is.stroke, is.strokeWidth, is.fillOpacity, is.textDecorationLine].join();
    }).join(' ');
    window.marked = [...document.querySelectorAll(targets)].filter((one) => one.checkVisibility());
    window.before = marked.map(looks);
    return marked.length;
}"""
STEP = """() => {
    const one = document.activeElement, place = marked.indexOf(one), box = one.getBoundingClientRect();
    if (place < 0) return [place, true, one.outerHTML.slice(0, 90)];
    const inside = box.bottom > 0 && box.top < innerHeight;
    return [place, inside && looks(one) !== before[place], one.outerHTML.slice(0, 90)];
}"""


@pytest.mark.parametrize("address", ["/ui", "/ui/flow", "/ui/cells"])
def test_all_that_opens_is_reached_by_tab_and_seen_to_be(address, site):
    page = site.open("ann")
    page.goto(address)
    count = page.evaluate(MARK, TARGETS)
    assert count > 20
    reached, unseen = set(), []
    for _ in range(count + 10):  # the way to sign out, and what is before the page
        page.keyboard.press("Tab")
        place, seen, what = page.evaluate(STEP)
        reached.add(place)
        unseen += [] if seen else [what]
    left = "(reached) => marked.filter((_, place) => !reached.includes(place)).map((one) => one.outerHTML)"
    assert (page.evaluate(left, [*reached]), unseen) == ([], [])


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
