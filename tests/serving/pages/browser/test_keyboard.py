"""Without a mouse and without JavaScript: what can be opened is reached by Tab, where one is is seen, and forms work."""

import pytest

TARGETS = "main a[href], main button, main input:not([type=hidden]), main select, main summary, main [tabindex='0'], .top a, .top input"
# Marks all targets, and how each looks where it has not the focus: of a link in a picture its shapes.
MARK = """(targets) => {
    const parts = (one) => one.closest('svg') ? [...one.querySelectorAll('.band, .box, .fill, .label')] : [one];
    window.looks = (one) => parts(one).map((part) => {
        const { outlineStyle, outlineWidth, outlineColor, stroke, strokeWidth, fillOpacity, textDecorationLine } = getComputedStyle(part);
        const line = outlineStyle === 'none' ? '' : outlineWidth + outlineColor;
        return [line, stroke, strokeWidth, fillOpacity, textDecorationLine].join();
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
    left = page.evaluate(
        "(found) => marked.filter((_, n) => !found.includes(n)).map((one) => one.outerHTML)", [*reached]
    )
    assert (left, unseen) == ([], [])


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
