"""Every page in both languages, schemes and widths: nothing cut, overlapping, pale or out of reach of the policy."""

import re

import pytest

from serving.api.pages.table import PAGES
from serving.api.sign_in.answers import POLICY
from tests.serving.api.pages.browser.addresses import ADDRESSES, MISSING, NO_PAGES
from tests.serving.api.pages.browser.looks import VIOLATIONS, look
from tests.serving.api.pages.browser.thread import in_thread


@pytest.fixture(scope="module", params=["en", "zh"])
@in_thread
def reader(request, site):
    """A page where somebody who may all that operators may has signed in."""
    page = site.open("ann", request.param)
    page.add_init_script(VIOLATIONS)
    page.language = request.param
    return page


def test_every_page_has_an_address_to_look_at():
    assert {one.name for one in PAGES if "GET" in one.methods} - NO_PAGES == ADDRESSES.keys() - {"an error"}


@pytest.mark.parametrize("name", ADDRESSES)
def test_a_page_is_whole_and_plain_to_see(name, reader, world, policy):
    for address in ADDRESSES[name]:
        reader.said.clear()
        answer = reader.goto(address.format(**world.names))
        status = 404 if address in MISSING else 200
        assert (answer.status, policy(answer)) == (status, set()), address
        wrong = look(reader)
        wrong += [one for one in reader.said if status == 200 or "404" not in one]
        assert not wrong, f"{address}: " + "\n".join(wrong)
        assert not re.search(r"\b[a-z]+\.[a-z_]+_says\b|\{\w+\}", reader.inner_text("body")), "a key is shown raw"


@pytest.fixture(scope="module")
def policy():
    """policy(answer): which headers of the policy it lacks."""
    return lambda answer: {name for name, value in POLICY.items() if answer.headers.get(name) != value}
