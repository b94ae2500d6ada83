"""Every page in both languages, schemes and widths: nothing cut, overlapping, pale or out of reach of the policy."""

import re

import pytest

from serving.api.pages.table import PAGES
from serving.api.sign_in.answers import POLICY
from tests.serving.api.pages.browser.looks import VIOLATIONS, look
from tests.serving.api.pages.browser.thread import in_thread

# Addresses of each page; what stands in braces is the world's.
ADDRESSES = {
    "/ui/login": ("/ui/login",),
    "/ui": ("/ui",),
    "/ui/flow": ("/ui/flow", "/ui/flow?all=1"),
    "/ui/cells": ("/ui/cells?band=high&stay=high",),
    "/ui/users": ("/ui/users", "/ui/users?q=nobody"),
    "/ui/users/{user_id}": ("/ui/users/{user}", "/ui/users/{unscored}"),
    "/ui/layers": ("/ui/layers",),
    "/ui/layers/{layer}/{group}": ("/ui/layers/{layer}/{group}",),
    "/ui/funnel": ("/ui/funnel",),
    "/ui/retention": ("/ui/retention",),
    "/ui/channels": ("/ui/channels",),
    "/ui/community": ("/ui/community",),
    "/ui/model": ("/ui/model",),
    "/ui/list": ("/ui/list?stage=at_risk",),
    "/ui/campaigns": ("/ui/campaigns",),
    "/ui/campaigns/new": ("/ui/campaigns/new?stage=at_risk",),
    "/ui/campaigns/{run}": ("/ui/campaigns/{run}", "/ui/campaigns/none"),
    "/ui/campaigns/{run}/people": ("/ui/campaigns/{run}/people",),
    "/ui/campaigns/{run}/play/{play}": ("/ui/campaigns/{run}/play/perks",),
    "/ui/verification": ("/ui/verification",),
    "an error": ("/ui/nowhere", "/ui/list?stage=at_risk&at=none"),
}
MISSING = ("/ui/users?q=nobody", "/ui/campaigns/none", *ADDRESSES["an error"])  # answered 404, which a browser tells of
NO_PAGES = {"/ui/static/{file}", "/ui/list/{kind}", "/ui/campaigns/{run}/files/{export}/{number}"}  # files
NO_PAGES |= {"/ui/login/oidc", "/ui/login/oidc/back"}  # lead elsewhere


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
        wrong = look(reader, thorough=reader.language == "en")
        wrong += [one for one in reader.said if status == 200 or "404" not in one]
        assert not wrong, f"{address}: " + "\n".join(wrong)
        assert not re.search(r"\b[a-z]+\.[a-z_]+_says\b|\{\w+\}", reader.inner_text("body")), "a key is shown raw"


@pytest.fixture(scope="module")
def policy():
    """policy(answer): which headers of the policy it lacks."""
    return lambda answer: {name for name, value in POLICY.items() if answer.headers.get(name) != value}
