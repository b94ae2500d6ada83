"""A form of another site is refused, however it comes."""

import pytest

from serving.api.guard.refusals import Rejected
from serving.api.sign_in.origin import check_form, check_origin, local, plain

OURS = {
    "by the browser's word": {"sec-fetch-site": ["same-origin"]},
    "by the browser's word, behind a proxy": {"sec-fetch-site": ["same-origin"], "origin": ["https://outside.example"]},
    "by the origin": {"origin": ["http://localhost:3000"]},
    "by the origin over https": {"origin": ["https://LOCALHOST:3000"]},
}
FOREIGN = {
    "nothing": {},
    "another site": {"sec-fetch-site": ["cross-site"]},
    "another site that names our origin": {"sec-fetch-site": ["cross-site"], "origin": ["http://localhost:3000"]},
    "a sister": {"sec-fetch-site": ["same-site"]},
    "nobody": {"sec-fetch-site": ["none"]},
    "two words": {"sec-fetch-site": ["same-origin", "cross-site"]},
    "another origin": {"origin": ["https://evil.example"]},
    "another port": {"origin": ["http://localhost:3001"]},
    "one that begins like ours": {"origin": ["http://localhost:3000.evil.example"]},
    "one with our name before": {"origin": ["http://localhost:3000@evil.example"]},
    "null": {"origin": ["null"]},
    "no address": {"origin": ["localhost:3000"]},
    "no host": {"origin": ["http://"]},
    "two origins": {"origin": ["http://localhost:3000", "https://evil.example"]},
    "a broken one": {"origin": ["http://[x"]},
    "another scheme": {"origin": ["chrome-extension://localhost:3000"]},
}


@pytest.mark.parametrize("headers", OURS.values(), ids=OURS.keys())
def test_our_own_form_is_taken(headers):
    check_origin({"host": ["localhost:3000"], **headers})


@pytest.mark.parametrize("headers", FOREIGN.values(), ids=FOREIGN.keys())
def test_a_foreign_one_is_refused(headers):
    with pytest.raises(Rejected) as caught:
        check_origin({"host": ["localhost:3000"], **headers})
    assert caught.value.refusal.status == 403


def test_without_a_host_no_origin_is_ours():
    with pytest.raises(Rejected):
        check_origin({"origin": ["http://localhost"]})


FORM = "application/x-www-form-urlencoded"
NO_FORM = [
    [],
    ["application/json"],
    ["multipart/form-data; boundary=x"],
    ["text/plain"],
    [FORM, FORM],
    [f"{FORM}, {FORM}"],
]


@pytest.mark.parametrize(("kinds", "coded"), [*((kinds, []) for kinds in NO_FORM), ([FORM], ["gzip"])])
def test_only_a_form_is_taken(kinds, coded):
    with pytest.raises(Rejected) as caught:
        check_form({"content-type": kinds, "content-encoding": coded}, "POST")
    assert caught.value.refusal.status == 415


def test_a_form_tells_its_length_and_a_get_needs_no_kind():
    kind = [f"{FORM}; charset=utf-8"]
    assert check_form({"content-type": kind, "content-length": ["7"]}, "POST") == 7
    assert check_form({}, "GET") is None


def test_this_machine_is_told_by_the_name_that_the_browser_uses():
    assert all(local({"host": [host]}) for host in ("localhost", "127.0.0.1:3000", "[::1]:3000", "LOCALHOST:1"))
    assert not any(local({"host": [host]}) for host in ("localhost.evil.example", "10.0.0.1", "", "[x"))
    assert not local({})
    assert (
        plain({"origin": ["http://shop.example"]}) and not plain({"origin": ["https://shop.example"]}) and not plain({})
    )
