"""What the door's checks make of odd headers; test_gateway.py asks through the door."""

import pytest

from serving.api.guard.refusals import Rejected
from serving.api.guard.request_checks import check_host, check_kind, headers_of, is_here
from serving.api.guard.rules import Rules

ANY = Rules(None, None, 1, 1.0, 1)


def test_names_of_headers_are_lower_case_and_none_is_lost():
    scope = {"headers": [(b"X-Api-Key", b"a"), (b"x-api-key", b"b"), (b"Host", b"\xe9")]}
    assert headers_of(scope) == {"x-api-key": ["a", "b"], "host": ["é"]}


@pytest.mark.parametrize(
    ("client", "here"),
    [(None, True), (("127.0.0.1", 1), True), (("::1", 1), True), (("10.0.0.1", 1), False), (("x", 1), False)],
)
def test_this_machine_is_known_by_its_address(client, here):
    assert is_here(client) == here


@pytest.mark.parametrize("host", ["a b", "a/b", "a@b", "a:123456", "é", "[::1]x"])
def test_a_host_that_is_no_name_is_refused_where_any_is_served(host):
    check_host({"host": ["score.example:80"]}, ANY)
    with pytest.raises(Rejected):
        check_host({"host": [host]}, ANY)


def test_the_length_of_json_is_told_where_it_is_a_number():
    kind = {"content-type": ["application/json"]}
    assert check_kind(kind | {"content-length": ["12"]}, "POST") == 12
    assert check_kind(kind | {"content-length": ["1e3"]}, "POST") is None
