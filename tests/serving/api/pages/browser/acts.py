"""What operators do on several pages, in a browser."""

import re
import time

PATIENCE = 180  # seconds: a verb starts a Python of its own, on a machine that is busy


def waited(page, button, until):
    """Look again, as the page says, until something is there."""
    end = time.monotonic() + PATIENCE
    either = page.locator(f"{until}, {button}").first
    while True:
        either.wait_for(state="attached")  # a click may still be on its way to the page after it
        if page.locator(until).count():
            return
        assert time.monotonic() < end, page.inner_text("main")
        time.sleep(0.5)
        with page.expect_navigation():
            page.click(button)


def opened_draft(page):
    """Wait until the newest draft is made, which stands first, and open it; returns the run's name."""
    waited(page, "a:has-text('Look again')", "#jobs:not(:has(a:has-text('Look again')))")
    page.locator("#jobs a:has-text('open')").first.click()
    page.wait_for_url(re.compile(r"/campaigns/\d{4}-"))
    return page.url.rpartition("/")[2]


def exported(page, format, text=""):
    """Export all lists of the run that is open, and wait for the files; returns their links."""
    page.select_option("#format", format)
    page.fill("#text", text)
    page.click("button:has-text('Export')")
    waited(page, "a:has-text('Look again')", "table a[href*='/files/'], table:has-text('nobody')")
    return page.locator("a[href*='/files/']")
